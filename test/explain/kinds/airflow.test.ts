import { describe, expect, test } from 'vitest';
import type { Incident } from '../../../src/incident/incident.ts';
import { at, incident } from '../../kit/findings.ts';
import { changes, explained, platform, run, standing } from '../kit.ts';

const down = (component: string, host: string | null) => ({ component, up: false, heartbeatAt: at('11:50').toISOString(), host });

describe('why a component is down', () => {
  const scheduler: Incident = incident(
    {},
    { kind: 'component_down', subject: { type: 'component', component: 'scheduler' }, occasion: null },
  );

  test('alone: its host, and what stands still', () => {
    const found = explained(scheduler, { platform: platform({ components: [down('scheduler', 'node-1')] }) });
    expect(found).toMatchObject({ category: 'platform', subcategory: 'scheduler_down', rule: null });
    expect(found.rootCause).toBe(
      'The scheduler (node-1) is down, last heartbeat 10m ago: no run is created and no task is started until it is back.',
    );
    expect(found.nextSteps[0]).toMatch(/^Look at node-1/);
  });

  test.each([
    ['node-1', 'host_down'],
    ['node-2', 'several_down'],
    [null, 'several_down'],
  ])('with the triggerer of %s down as well: %s', (host, subcategory) => {
    const components = [down('scheduler', 'node-1'), down('triggerer', host)];
    expect(explained(scheduler, { platform: platform({ components }) }).subcategory).toBe(subcategory);
  });

  test('back up when it was looked at, it is told by the finding', () => {
    expect(explained(scheduler, { platform: platform() }).rootCause).toMatch(/^The scheduler sent no heartbeat in time/);
  });
});

describe('why a file does not parse', () => {
  const file: Incident = incident(
    {},
    { kind: 'import_error', subject: { type: 'file', file: 'etl.py' }, occasion: null, title: 'etl.py does not parse: boom' },
  );
  const error = (type: string, message: string) => ({
    changes: changes({
      importError: { file: 'etl.py', at: null, type, message, count: 1, place: { file: '/dags/etl.py', line: 7, code: 'x' } },
    }),
  });

  test.each([
    ['ModuleNotFoundError', "No module named 'shop'", 'missing_module', 'Make shop importable'],
    ['ImportError', "cannot import name 'load' from 'shop'", 'import_error', 'See whether load still exists'],
    ['IndentationError', 'unexpected indent', 'syntax_error', 'Correct the syntax'],
    ['airflow.exceptions.AirflowNotFoundException', "The conn_id `x` isn't defined", 'missing_connection', 'Make the connection'],
    ['KeyError', "'Variable region does not exist'", 'missing_variable', 'Make the variable or key region, and'],
    ['airflow.exceptions.AirflowTaskTimeout', 'DagBag import timeout', 'parse_timeout', 'Move slow work'],
    ['AirflowDagDuplicatedIdException', 'x', 'duplicate_dag', 'Give one of the two'],
    ['ValueError', 'boom', 'import_error', 'Mend /dags/etl.py line 7'],
  ])('%s: %s is %s', (type, message, subcategory, step) => {
    const found = explained(file, error(type, message));
    expect(found).toMatchObject({ category: 'configuration_error', subcategory, confidence: 0.9 });
    expect(found.nextSteps[0]).toContain(step);
    expect(found.evidence[0]?.quote).toContain('/dags/etl.py:7');
  });

  test('without its trace the finding says what it knows', () => {
    const found = explained(file, { changes: changes() });
    expect(found.rootCause).toBe('etl.py does not parse: boom.');
    expect(found.confidence).toBeLessThan(0.9);
  });
});

describe('why a run failed without a failed task', () => {
  const failed: Incident = incident({}, { kind: 'dag_run_failed', subject: { type: 'dag', dagId: 'etl' } });

  test('tasks that were skipped when it ended, and none that waits: it ran out of time', () => {
    const slow = standing({ taskId: 'join', seconds: 300, usualSeconds: 100 });
    const found = explained(failed, { run: run({ state: 'failed', states: { success: 2, skipped: 3 }, ended: [slow] }) });
    expect(found).toMatchObject({ category: 'timeout_error', subcategory: 'dagrun_timeout' });
    expect(found.rootCause).toContain('3 tasks were skipped when it ended, after join had taken longer than usual');
  });

  test('tasks that never ran: a deadlock', () => {
    const found = explained(failed, { run: run({ state: 'failed', states: { success: 2, none: 1 } }) });
    expect(found).toMatchObject({ category: 'configuration_error', subcategory: 'deadlock', transient: 'no' });
  });

  test('neither: nothing is guessed', () => {
    expect(explained(failed, { run: run({ state: 'failed', states: { success: 3 } }) })).toMatchObject({
      category: 'unknown',
      rule: null,
    });
  });

  test('a person who marked that run is named, one who marked another is not', () => {
    const by = (runId: string) => ({
      run: run({ state: 'failed', states: { success: 3 } }),
      changes: changes({
        actions: [
          { at: at('11:55').toISOString(), deed: 'mark', event: 'patch_dag_run', dagId: 'etl', taskId: null, runId, who: 'Bob' },
        ],
      }),
    });
    expect(explained(failed, by('scheduled__2026-03-02'))).toMatchObject({ subcategory: 'person_marked', transient: 'no' });
    expect(explained(failed, by('another')).rule).toBeNull();
  });
});
