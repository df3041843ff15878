import { describe, expect, test } from 'vitest';
import { commonOf, hostsOf } from '../../../src/explain/evidence/common.ts';
import { tellEvidence } from '../../../src/explain/evidence/gather.ts';
import type { Circumstances } from '../../../src/explain/evidence/circumstances.ts';
import { parseErrorOf } from '../../../src/explain/evidence/parse-error.ts';
import { clockTime, hostName, medianOf, sameVersion, some } from '../../../src/explain/evidence/words.ts';
import type { Incident } from '../../../src/incident/incident.ts';
import { at, incident } from '../../kit/findings.ts';
import { attempt, changes, circumstances, history, near, neighbours, now, platform, posted, run, standing } from '../kit.ts';

const told = (parts: Partial<Circumstances>, id: string): string =>
  tellEvidence(circumstances(parts)).find((item) => item.id === id)?.text ?? '';

describe('evidence is told in clauses, the most telling first', () => {
  test('E1: the try', () => {
    expect(told({ attempt: attempt({ executor: 'CeleryExecutor', note: 'seen', mapIndex: 3 }) }, 'E1')).toBe(
      'success, try 1 of 2, map index 3; ran for 10m, queued for 2.0s before; PythonOperator on worker-1, pool default_pool, queue default, executor CeleryExecutor; version 4; note: seen',
    );
  });

  test('E1: a try that runs tells how long, and when its worker was last heard of', () => {
    const running = attempt({
      state: 'running',
      durationSeconds: null,
      endedAt: null,
      lastHeartbeatAt: at('11:59').toISOString(),
    });
    expect(told({ attempt: running }, 'E1')).toContain('runs for 20m, queued for 2.0s before; last heartbeat 1m ago');
  });

  test('E3: earlier tries, and whether they failed of the same', () => {
    const one = { tryNumber: 1, state: 'failed', host: 'worker-1', endedAt: null, durationSeconds: 61, signature: 'a' };
    const two = { ...one, tryNumber: 2, host: 'worker-2.local' };
    expect(told({ earlierTries: [one, two] }, 'E3')).toBe(
      '2 earlier tries: try 1 failed after 1m1s and try 2 failed after 1m1s; on worker-1 and worker-2; all known ones with the same error',
    );
    expect(told({ earlierTries: [one, { ...two, signature: 'b' }] }, 'E3')).toContain('with different errors');
    expect(told({ earlierTries: [{ ...one, signature: null }] }, 'E3')).toBe(
      '1 earlier try: try 1 failed after 1m1s; on worker-1',
    );
  });

  test('E5: how it fared before', () => {
    expect(told({ history: history({ successes: 28, failureStreak: 2, recurrences: 1 }) }, 'E5')).toBe(
      '28 of the last 30 runs succeeded; the last 2 runs before this failed; median 2m; longest 2m30s; usually queued for 2.0s; last success 1h ago; by host: worker-1 2m (15), worker-2 2m1s (15); this incident came back 1 time since 11:50 UTC',
    );
    expect(told({ history: history({ runs: 0 }) }, 'E5')).toBe('no earlier run of this task is known');
  });

  test('E6: upstream first, then what failed and what the run waits for', () => {
    const text = told(
      {
        run: run({
          upstream: [standing({ state: 'failed', seconds: null })],
          holding: [standing({ taskId: 'load', state: 'running' })],
        }),
      },
      'E6',
    );
    expect(text).toBe(
      'upstream: extract (failed); the run waits for load (running for 1m, usually 1m); run scheduled__2026-03-02 is running, its 3 tasks: 2 success, 1 running',
    );
  });

  test('E7: who shares something comes first, others are counted', () => {
    const text = told(
      {
        neighbours: neighbours([
          near({ shares: ['host', 'pool'] }),
          near({ incidentId: 'b', dagId: null, taskId: null, title: 'x.py does not parse' }),
        ]),
      },
      'E7',
    );
    expect(text).toBe(
      '1 incident within 15 minutes shares something with it: crm.sync was slow (same host, same pool); 1 other incident within 15 minutes, with nothing in common that is known',
    );
  });

  test('E8: that nothing changed is said only where that is known back to the last success', () => {
    expect(told({ changes: changes() }, 'E8')).toBe(
      'nothing known changed since the last success 1h2m ago: same code, no action of a person',
    );
    expect(told({ changes: changes({ readBackTo: at('11:00').toISOString() }) }, 'E8')).toBe(
      'the code is that of the last success',
    );
  });

  test('E8: what people did, without what they typed', () => {
    const action = {
      at: at('11:30').toISOString(),
      deed: 'variable',
      event: 'patch_variable',
      dagId: null,
      taskId: null,
      runId: null,
      who: 'Ann',
    } as const;
    const cleared = { ...action, deed: 'clear', event: 'clear', dagId: 'etl', taskId: 'load', who: null } as const;
    expect(told({ changes: changes({ actions: [action, cleared] }) }, 'E8')).toContain(
      'since the last success: Ann changed a variable 30m ago and somebody cleared load 30m ago',
    );
  });

  test('E9: what is down comes first', () => {
    const components = [
      { component: 'dag_processor', up: false, heartbeatAt: null, host: null },
      { component: 'scheduler', up: true, heartbeatAt: null, host: null },
    ];
    expect(told({ platform: platform({ components, openRuns: 16 }) }, 'E9')).toBe(
      'the DAG processor never sent a heartbeat; 16 runs of the DAG are open, 16 may be; 5 tasks running and 1 queued in all',
    );
  });

  test('E12: what was posted: now, promised, since when, usually, of which part, how much, and the newest values', () => {
    const part = { label: 'model', value: 'gpt-4o', bad: 45, badTotal: 48, of: 50, ofTotal: 120, by: 'beyond' } as const;
    expect(told({ posted: posted({ part }) }, 'E12')).toBe(
      'now 4.2s by llm_latency (p95 over 15m), promised is at most 3s (critical above 5s); broken since 11:59 UTC; usually 1.1s, 0.9s to 1.4s in the middle half of 46 slices before; model "gpt-4o" has 45 of the 48 values that break it, and 50 of 120 of all; 120 values in 15m, usually 118; newest: 4.2s at 12:00 UTC, 4.1s at 11:59 UTC, 1.2s at 11:58 UTC; last posted at 11:59 UTC',
    );
    const shares = { unit: 'value', part: { ...part, by: 'sum', of: null, ofTotal: null } } as const;
    expect(told({ posted: posted({ ...shares, usual: null, count: null }) }, 'E12')).toContain(
      '; model "gpt-4o" makes 45 of 48; newest',
    );
    const lacks = { unit: 'value', part: { ...part, of: 80, ofTotal: 100, by: 'missing' } } as const;
    expect(told({ posted: posted(lacks) }, 'E12')).toContain(
      '; model "gpt-4o" lacks 45 of the 48 that are missing, usually 80 of 100; ',
    );
  });

  test('E12: what others wrote cannot break a clause, nor bring a secret', () => {
    const part = {
      label: 'model',
      value: 'a; b AKIAIOSFODNN7EXAMPLE',
      bad: 3,
      badTotal: 3,
      of: null,
      ofTotal: null,
      by: 'share',
    } as const;
    const text = told({ posted: posted({ part, metric: `m{x="${'y'.repeat(300)}; z"}` }) }, 'E12');
    expect(text).not.toContain('AKIA');
    expect(text.split('; ')).toContainEqual(expect.stringMatching(/^model "a, b \[redacted\]" has 3 of the 3 that are bad$/));
    expect(text.split('; ')[0]).toMatch(/^now 4.2s by m.*…, promised is/);
  });

  test('E10 and E11: who waits, and what is known; nothing is no item', () => {
    const none = { tasks: [], dags: [], assets: [], deadlines: [], slas: [] };
    const sla = { sla: 'mornings', dagId: 'etl', state: 'breached', sentence: 's' };
    expect(told({ impact: none }, 'E10')).toBe('');
    expect(
      told(
        {
          impact: {
            ...none,
            tasks: ['publish'],
            dags: ['a', 'b'],
            deadlines: [{ dagId: 'a', at: at('13:00').toISOString(), state: 'pending' }],
            slas: [sla],
          },
        },
        'E10',
      ),
    ).toBe(
      '1 task of the DAG comes after it: publish; 2 DAGs depend on it: a and b; deadline of a at 13:00 UTC; 1 SLA on it: mornings (breached)',
    );
    expect(told({ known: { issue: { ticket: 'OPS-1', until: null }, runbook: 'https://wiki.example/x' } }, 'E11')).toBe(
      'known issue OPS-1; runbook: https://wiki.example/x',
    );
  });

  test('whole clauses are left out where a line gets too long, and secrets always', () => {
    const text = told({ attempt: attempt({ operator: 'x'.repeat(590), note: 'n' }) }, 'E1');
    expect(text).toBe('success, try 1 of 2; ran for 10m, queued for 2.0s before');
    expect(told({ attempt: attempt({ note: 'postgres://ann:hunter2@db/x' }) }, 'E1')).not.toContain('hunter2');
  });
});

describe('what failures have in common', () => {
  const failure = (id: string, host: string, parts: Partial<Incident> = {}): Incident =>
    incident({ id, ...parts }, { carried: { host, pool: 'default_pool', queue: 'default', operator: 'PythonOperator' } });
  const hosts = (...names: string[]) => new Set(names);
  const many = (count: number, host: string) => Array.from({ length: count }, (_, index) => failure(`${host}${index}`, host));
  const none = new Map();

  test.each([
    [3, ['a', 'b', 'c'], false],
    [4, ['a', 'b', 'c'], true],
    [4, ['a', 'b'], false],
    [6, ['a', 'b'], true],
    [9, ['a'], false],
  ])('%i failures on one of the hosts %o are more than chance: %s', (count, names, telling) => {
    expect(commonOf(many(count, 'a'), hosts(...names), none)?.what === 'host').toBe(telling);
  });

  test('a host on which four of five failed is blamed, three of four not', () => {
    const names = hosts(...Array.from({ length: 20 }, (_, index) => `h${index}`));
    expect(commonOf([...many(4, 'a'), failure('x', 'b')], names, none)).toEqual({ what: 'host', value: 'a', count: 4, of: 5 });
    expect(commonOf([...many(3, 'a'), failure('x', 'b')], names, none)).toBeNull();
  });

  test('the same error tells more than the same host, and needs more than half', () => {
    const same = (count: number, of: number) =>
      Array.from({ length: of }, (_, index) => failure(`${index}`, 'a', { signature: index < count ? 's' : `${index}` }));
    expect(commonOf(same(3, 5), hosts('a'), none)).toEqual({ what: 'signature', value: 's', count: 3, of: 5 });
    expect(commonOf(same(3, 6), hosts('a'), none)).toBeNull();
    expect(commonOf(same(2, 2), hosts('a'), none)).toBeNull();
  });

  test('so does what they were explained by, unless that is unknown', () => {
    const causes = (category: 'unknown' | 'resource_error') =>
      new Map(['a0', 'a1', 'a2'].map((id) => [id, { category, subcategory: 'oom' }]));
    expect(commonOf(many(3, 'a'), hosts('a'), causes('resource_error'))).toMatchObject({
      what: 'cause',
      value: 'resource_error/oom',
    });
    expect(commonOf(many(3, 'a'), hosts('a'), causes('unknown'))).toBeNull();
  });

  test('the usual operators tie nothing', () => {
    const of = (operator: string) =>
      many(3, 'a').map((each) => ({ ...each, latest: { ...each.latest, carried: { ...each.latest.carried, operator } } }));
    expect(commonOf(of('HttpOperator'), hosts('a'), none)).toMatchObject({ what: 'operator', value: 'HttpOperator' });
    expect(commonOf(of('PythonOperator'), hosts('a'), none)).toBeNull();
    expect(commonOf(of('_PythonDecoratedOperator'), hosts('a'), none)).toBeNull();
  });

  test('hosts are those of failures and of what runs', () => {
    expect([...hostsOf(many(2, 'a'), null)]).toEqual(['a']);
  });
});

describe('why a file does not parse, by its trace', () => {
  const parsed = (stacktrace: string, file = 'etl.py') =>
    parseErrorOf({ count: 1, errors: [{ filename: '/opt/airflow/dags/etl.py', at: null, stacktrace }] }, file);

  test('the innermost exception, and the last place in code of its own', () => {
    const trace = [
      'Traceback (most recent call last):',
      '  File "/opt/airflow/dags/etl.py", line 3, in <module>',
      '    from shop import load',
      '  File "/opt/airflow/dags/shop/__init__.py", line 9, in <module>',
      '    import pandsa',
      "ModuleNotFoundError: No module named 'pandsa'",
      '',
      'During handling of the above exception, another exception occurred:',
      '',
      'Traceback (most recent call last):',
      '  File "/usr/lib/python3.12/site-packages/airflow/models/dagbag.py", line 1, in parse',
      '    loader.exec_module(module)',
      'ImportError: cannot load etl',
    ].join('\n');
    expect(parsed(trace)).toEqual({
      file: '/opt/airflow/dags/etl.py',
      at: null,
      type: 'ModuleNotFoundError',
      message: "No module named 'pandsa'",
      place: { file: '/opt/airflow/dags/shop/__init__.py', line: 9, code: 'import pandsa' },
      count: 1,
    });
  });

  test('a trace whose head was cut off is read all the same', () => {
    const frames = Array.from(
      { length: 8 },
      (_, index) => `  File "/opt/airflow/dags/etl.py", line ${index}, in f\n    f(${index})`,
    ).join('\n');
    expect(parsed(`f(0)\n${frames}\nRecursionError: maximum recursion depth exceeded`)).toMatchObject({
      type: 'RecursionError',
      place: { line: 7, code: 'f(7)' },
    });
  });

  test('a syntax error without a head', () => {
    const trace = '  File "/opt/airflow/dags/etl.py", line 12\n    def load(:\n             ^\nSyntaxError: invalid syntax';
    expect(parsed(trace)).toMatchObject({
      type: 'SyntaxError',
      message: 'invalid syntax',
      place: { line: 12, code: 'def load(:' },
    });
  });

  test('what is no trace tells its last line', () => {
    expect(parsed('something\nAirflowTimetableInvalid: bad cron')).toMatchObject({
      type: 'an error',
      message: 'AirflowTimetableInvalid: bad cron',
      place: null,
    });
    expect(parsed('x\nValueError: boom')).toMatchObject({ type: 'ValueError', message: 'boom' });
    expect(parsed('')).toMatchObject({ type: 'an error', message: '' });
  });

  test('another file, or none, is not mistaken for it', () => {
    expect(parsed('ValueError: x', 'other_etl.py')).toBeNull();
    expect(parsed('ValueError: x', '')).toBeNull();
    expect(parseErrorOf(undefined, 'etl.py')).toBeNull();
  });
});

describe('words', () => {
  test('lists, hosts, times and versions as people read them', () => {
    expect([some([]), some(['a']), some(['a', 'b']), some(['a', 'b', 'c', 'd'])]).toEqual([
      '',
      'a',
      'a and b',
      'a, b, c and 1 more',
    ]);
    expect([hostName('w-1.airflow-worker.local'), hostName('10.0.0.7'), hostName('::1')]).toEqual(['w-1', '10.0.0.7', '::1']);
    expect([clockTime(at('09:30').toISOString(), now), clockTime('2026-02-01T09:30:00.000Z', now)]).toEqual([
      '09:30 UTC',
      '2026-02-01 09:30 UTC',
    ]);
    expect([medianOf([]), medianOf([3, 1]), medianOf([3, 1, 2])]).toEqual([null, 2, 2]);
  });

  test('versions are compared by number and bundle, else by hash, and never across', () => {
    const of = (number: number | null, bundleVersion: string | null, hash: string | null) => ({ number, bundleVersion, hash });
    expect(sameVersion(of(1, 'a', null), of(1, 'a', null))).toBe(true);
    expect(sameVersion(of(1, 'a', null), of(1, 'b', null))).toBe(false);
    expect(sameVersion(of(null, null, 'x'), of(null, null, 'x'))).toBe(true);
    expect(sameVersion(of(null, null, 'x'), of(2, null, null))).toBeNull();
    expect(sameVersion(null, of(1, null, null))).toBeNull();
  });
});
