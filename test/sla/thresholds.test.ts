import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { slaFamilies } from '../../src/sla/families.ts';
import { judgeTarget } from '../../src/sla/judge.ts';
import { noSlaChanges } from '../../src/sla/memory.ts';
import { definitionOf, type SlaObjective } from '../../src/sla/objective.ts';
import { slicesOf } from '../../src/sla/posted.ts';
import { isNameOf, selectTargets } from '../../src/sla/select.ts';
import { countCustom } from '../../src/sla/slices.ts';
import { sentenceOf } from '../../src/sla/words.ts';
import { addRuns, awake, hourMs, judged, minuteMs, objective, target } from './kit.ts';

const now = new Date('2026-06-10T12:00:00Z');
const nowMs = now.getTime();

const latency = objective({
  name: 'LLM latency',
  kind: 'custom',
  metric: { name: 'llm_seconds', over: '10m', per: ['model'] },
  statistic: 'p95',
  thresholds: { warning: '2s', critical: '5s' },
});
const errors = objective({
  name: 'LLM errors',
  kind: 'custom',
  metric: { name: 'llm_errors', of: { name: 'llm_requests' }, over: '15m', at_least: 20 },
  thresholds: { warning: '5%', critical: '10%' },
});
const quota = objective({
  name: 'token quota',
  kind: 'custom',
  metric: { name: 'llm_tokens', of: 2_000_000, over: '1d' },
  thresholds: { warning: '80%', critical: '95%' },
});

/** How `of` stands after slices with these values, the last of them ending now. */
function after(of: SlaObjective, values: readonly number[], at = now) {
  const on = target(of, at);
  const slices = values.map((value, index) => ({ atMs: nowMs - (values.length - 1 - index) * minuteMs, value }));
  countCustom(of, on, slices, 0, noSlaChanges());
  return judged(of, on, at, { ...awake, labels: of.metric?.per.length === 1 ? [['model', 'big']] : [] });
}

describe('warning and critical thresholds', () => {
  test.each([
    [latency, 2, 'met', 'warning'],
    [latency, 2.001, 'breached', 'warning'],
    [latency, 5, 'breached', 'warning'],
    [latency, 5.001, 'breached', 'critical'],
    [errors, 0.05, 'met', 'warning'],
    [errors, 0.0501, 'breached', 'warning'],
    [errors, 0.1, 'breached', 'warning'],
    [errors, 0.1001, 'breached', 'critical'],
    [quota, 0.8, 'met', 'warning'],
    [quota, 0.8001, 'breached', 'warning'],
    [quota, 0.95, 'breached', 'warning'],
    [quota, 0.9501, 'breached', 'critical'],
  ])('%o at %f is %s, %s', (of, value, state, severity) => {
    expect(after(of, [value])).toMatchObject({ state, severity, value });
  });

  test('of a lower bound are broken from below', () => {
    const score = objective({
      kind: 'custom',
      metric: { name: 'score' },
      operator: 'gte',
      thresholds: { warning: 90, error: 80, critical: 70 },
    });
    expect([90, 89, 80, 79, 70, 69].map((value) => [after(score, [value]).state, after(score, [value]).severity])).toEqual([
      ['met', 'warning'],
      ['breached', 'warning'],
      ['breached', 'warning'],
      ['breached', 'error'],
      ['breached', 'error'],
      ['breached', 'critical'],
    ]);
  });

  test('are told in words: what is promised, and how it stands', () => {
    expect(sentenceOf(latency, null)).toBe(
      'LLM latency: llm_seconds of each model (p95 over 10m) is at most 2s (critical above 5s) for 99 % of the time within 30 days',
    );
    expect(sentenceOf(errors, null)).toBe(
      'LLM errors: llm_errors of llm_requests (sum over 15m) is at most 5 % (critical above 10 %) for 99 % of the time within 30 days',
    );
    expect(sentenceOf(quota, null)).toBe(
      'token quota: llm_tokens of 2000000 (sum over 1d) is at most 80 % (critical above 95 %) for 99 % of the time within 30 days',
    );
    expect(after(latency, [6.24])).toMatchObject({
      standing: expect.stringMatching(/^now 6\.24s, critical; good for 0 % of the time/),
      present: '6.24s, critical; promised is at most 2s (critical above 5s), by llm_seconds (p95 over 10m)',
    });
    expect(after(errors, [0.07]).present).toBe(
      '7 %, warning; promised is at most 5 % (critical above 10 %), by llm_errors of llm_requests (sum over 15m)',
    );
    expect(after(errors, [0.01]).standing).toMatch(/^now 1 %; good for 100 % of the time/);
  });

  test('are exposed with how grave it is now', () => {
    const values = Object.fromEntries(
      slaFamilies([after(latency, [6])]).flatMap(({ name, samples }) =>
        name.includes('severity') || name.endsWith('threshold')
          ? [[name, samples.map((each) => ('value' in each ? each.value : null))]]
          : [],
      ),
    );
    expect(values).toEqual({ airflow_sla_threshold: [2], airflow_sla_severity: [4], airflow_sla_severity_threshold: [2, 5] });
    const severity = (value: number) =>
      slaFamilies([after(latency, [value])]).find(({ name }) => name === 'airflow_sla_severity')?.samples[0];
    expect([severity(2), severity(3)]).toMatchObject([{ value: 0 }, { value: 2 }]);
  });

  test('of durations and ages grade a breach too', () => {
    const old = objective({ kind: 'freshness', thresholds: { warning: '1h', critical: '4h' } });
    const age = (ms: number) => judged(old, { ...target(old, now), lastSuccessMs: nowMs - ms }, now);
    expect(age(hourMs)).toMatchObject({ state: 'met' });
    expect(age(hourMs + 1)).toMatchObject({ state: 'breached', severity: 'warning' });
    expect(age(4 * hourMs)).toMatchObject({ severity: 'warning' });
    expect(age(4 * hourMs + 1)).toMatchObject({ severity: 'critical' });
    const long = objective({ kind: 'duration', statistic: 'max', min_events: 1, thresholds: { warning: '1m', error: '2m' } });
    const took = (seconds: number) => {
      const on = target(long, now);
      addRuns(on, [seconds <= 60], nowMs, 0, [seconds]);
      return judged(long, on, now);
    };
    expect([60, 61, 120, 121].map((seconds) => took(seconds).severity)).toEqual(['warning', 'warning', 'warning', 'error']);
    expect([60, 61].map((seconds) => took(seconds).state)).toEqual(['met', 'breached']);
    expect(sentenceOf(long, null)).toContain('take at most 1m (error above 2m) at the longest');
  });

  test('that change later do not begin the counting anew', () => {
    const [warning] = latency.levels;
    const stricter: SlaObjective = { ...latency, levels: [warning, { severity: 'critical', threshold: 3 }] };
    expect(definitionOf(stricter)).toBe(definitionOf(latency));
  });
});

describe('a posted metric that broke its threshold', () => {
  test('is kept again only after so many good slices in a row, and says so', () => {
    expect(after(latency, [6, 1, 1])).toMatchObject({
      state: 'breached',
      severity: 'critical',
      value: 1,
      standing: expect.stringMatching(/^now 1s, critical until 3 slices of 1m in a row are better/),
    });
    expect(after(latency, [6, 1, 1, 1])).toMatchObject({ state: 'met' });
    expect(after(latency, [6, 1, 3, 1])).toMatchObject({ state: 'breached', severity: 'warning' });
    const one = objective({ kind: 'custom', threshold: 5, metric: { name: 'lag' } });
    expect(after(one, [6, 5]).standing).toMatch(/^now 5, breached until 3 slices of 1m in a row are better/);
    expect(after(objective({ kind: 'custom', threshold: 5, recovers_after: 1, metric: { name: 'lag' } }), [6, 5])).toMatchObject({
      state: 'met',
    });
  });

  test('does not come and go while its values do: never sooner than so many slices after each other', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(1, 1.9, 2, 2.1, 6), { maxLength: 60 }),
        fc.integer({ min: 1, max: 5 }),
        (values, slices) => {
          const of = { ...latency, recoversAfter: slices };
          const on = target(of, now);
          const states = values.map((value, index) => {
            const at = new Date(nowMs + (index + 1) * minuteMs);
            countCustom(of, on, [{ atMs: at.getTime(), value }], 0, noSlaChanges());
            return judgeTarget(of, on, awake, at, noSlaChanges());
          });
          for (const [index, { state }] of states.entries()) {
            const newest = values.slice(Math.max(0, index + 1 - slices), index + 1);
            expect(state).toBe(newest.every((value) => value <= 2) ? 'met' : 'breached');
          }
        },
      ),
    );
  });

  test('is unknown without values: as long as its time and two slices, and not a millisecond longer', () => {
    const lastMs = 10 * minuteMs + 2 * minuteMs;
    expect(after(latency, [6], new Date(nowMs + lastMs))).toMatchObject({ state: 'breached' });
    expect(after(latency, [6], new Date(nowMs + lastMs + 1))).toMatchObject({ state: 'unknown', value: null, present: null });
  });
});

describe('a share of another metric', () => {
  const sum = (value: number, per: string[] = []) => ({ atMs: nowMs, per, count: 1, value });
  const metric = { of: { name: 'llm_requests', labels: {} }, atLeast: 20 };
  test.each([
    ['of enough requests', [sum(1)], [sum(20)], [0.05]],
    ['of too few says nothing', [sum(1)], [sum(19)], []],
    ['with no errors posted is 0', [], [sum(20)], [0]],
    ['without requests says nothing', [sum(5)], [], []],
  ])('%s', (_what, errorsPosted, requests, shares) => {
    expect(slicesOf(metric, 'sum', errorsPosted, requests).map(({ value }) => value)).toEqual(shares);
  });

  test('of nothing is none, and a last value that is missing is not 0', () => {
    expect(slicesOf({ ...metric, atLeast: 0.1 }, 'sum', [sum(1)], [sum(0)])).toEqual([]);
    expect(slicesOf({ ...metric, atLeast: 1 }, 'last', [], [sum(20)])).toEqual([]);
    expect(slicesOf({ ...metric, atLeast: 1 }, 'last', [sum(5)], [sum(20)])).toMatchObject([{ value: 0.25 }]);
  });

  test('of a quota is divided by it, and too few values say nothing', () => {
    expect(slicesOf({ of: 2_000_000, atLeast: 1 }, 'sum', [sum(1_600_000)], [])).toMatchObject([{ value: 0.8 }]);
    expect(slicesOf({ of: null, atLeast: 2 }, 'mean', [sum(3)], [])).toEqual([]);
    expect(slicesOf({ of: null, atLeast: 1 }, 'mean', [sum(3)], [])).toMatchObject([{ value: 3 }]);
  });
});

describe('targets by labels', () => {
  const dags = [{ dagId: 'etl', owners: 'ann', tags: [], paused: true }];
  const select = (per: string[], ...labels: Record<string, string>[]) =>
    selectTargets(
      objective({ name: 'LLM', kind: 'custom', threshold: 1, metric: { name: 'llm', labels: { env: 'prod' }, per } }),
      {
        dags,
        tasks: [],
        posted: labels.map((each) => ({ name: 'llm', labels: { env: 'prod', ...each } })),
      },
    ).targets;

  test('are one for each combination of values, once, and only where all labels are there', () => {
    expect(
      select(
        ['model', 'region'],
        { model: 'a', region: 'x', n: '1' },
        { model: 'a', region: 'x', n: '2' },
        { model: 'a' },
        {
          model: 'b',
          region: 'x',
          env: 'test',
        },
      ),
    ).toMatchObject([
      {
        sla: 'LLM [a, x]',
        dagId: '',
        labels: [
          ['model', 'a'],
          ['region', 'x'],
        ],
      },
    ]);
  });

  test('of dag_id and task_id are SLAs of that DAG or task, with its owner', () => {
    expect(
      select(
        ['task_id', 'dag_id', 'model'],
        { dag_id: 'etl', task_id: 'ask', model: 'a' },
        { dag_id: 'gone', task_id: 't', model: 'a' },
      ),
    ).toMatchObject([
      { sla: 'LLM [a]', dagId: 'etl', taskId: 'ask', owner: 'ann', paused: true },
      { sla: 'LLM [a]', dagId: 'gone', taskId: 't', owner: '', paused: false },
    ]);
    expect(select(['dag_id'], { dag_id: 'etl' })).toMatchObject([{ sla: 'LLM', dagId: 'etl', taskId: '' }]);
  });

  test('have names that their objective knows', () => {
    expect(isNameOf(latency, 'LLM latency [big]')).toBe(true);
    expect(isNameOf(latency, 'LLM latency p99')).toBe(false);
    expect(isNameOf(errors, 'LLM errors [big]')).toBe(false);
  });
});
