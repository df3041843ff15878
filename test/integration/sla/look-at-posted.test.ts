import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { gatherCircumstances, tellEvidence } from '../../../src/explain/evidence/gather.ts';
import type { GatherDeps } from '../../../src/explain/evidence/scene.ts';
import { explainFinding } from '../../../src/explain/explain-finding.ts';
import { postValues, type CustomValue } from '../../../src/sla/custom.ts';
import { readSeriesSums } from '../../../src/sla/custom-read.ts';
import { lookAtPosted } from '../../../src/sla/look-at-posted.ts';
import { compare, operators, type SlaObjective } from '../../../src/sla/objective.ts';
import { createStore } from '../../kit/database.ts';
import { incident } from '../../kit/findings.ts';
import { objective } from '../../sla/kit.ts';

const now = new Date('2026-06-10T12:00:00Z');
const minutesAgo = (minutes: number) => new Date(now.getTime() - minutes * 60_000);
/** It broke ten minutes ago. */
const since = minutesAgo(10);

let store: Awaited<ReturnType<typeof createStore>>;
beforeAll(async () => {
  store = await createStore();
});
beforeEach(() => store.query('TRUNCATE custom_series, custom_value'));
afterAll(() => store[Symbol.asyncDispose]());

/** A value every ten minutes of the last `hours`, by what it was then. */
async function postEach(
  name: string,
  labels: Record<string, string>,
  hours: number,
  valueAt: (minutes: number) => number | null,
) {
  const values: CustomValue[] = [];
  for (let minutes = hours * 60; minutes >= 0; minutes -= 10) {
    const value = valueAt(minutes);
    if (value !== null) values.push({ name, labels, value, at: minutesAgo(minutes) });
  }
  await postValues(store, 'a', values, now);
}

const target = { sla: 'orders', dagId: '', taskId: '' };
const look = (of: SlaObjective, at = target) => lookAtPosted(store, 'a', [objective({ name: 'other' }), of], at, { since, now });
const custom = (metric: Record<string, unknown>, keys: Record<string, unknown> = {}) =>
  objective({ kind: 'custom', metric: { over: '10m', ...metric }, threshold: 3, evaluate_every: '5m', ...keys });

describe('what the rows say of a posted metric that breaks its promise', () => {
  test('the value, the usual level, how many values, and the part that has most of those beyond', async () => {
    await postEach('latency', { model: 'a', region: 'eu' }, 12, (minutes) => (minutes < 20 ? 9 : 1));
    await postEach('latency', { model: 'b', region: 'eu' }, 12, () => 1.2);
    const found = await look(
      custom({ name: 'latency' }, { statistic: 'max', thresholds: { warning: 3, critical: 5 }, threshold: undefined }),
    );
    expect(found).toMatchObject({
      metric: 'latency (max over 10m)',
      promised: 'at most 3 (critical above 5)',
      values: [
        { atMs: now.getTime(), value: 9, good: false },
        { atMs: minutesAgo(5).getTime(), value: 9, good: false },
        { atMs: minutesAgo(10).getTime(), value: 9, good: false },
        { atMs: minutesAgo(15).getTime(), value: 1.2, good: true },
        { atMs: minutesAgo(20).getTime(), value: 1.2, good: true },
        { atMs: minutesAgo(25).getTime(), value: 1.2, good: true },
      ],
      usual: { median: 1.2, low: 1.2, high: 1.2, good: true },
      count: { now: 2, usual: expect.closeTo(2, 0) },
      part: { label: 'model', value: 'a', bad: 1, badTotal: 1, of: 1, ofTotal: 2, by: 'beyond' },
      lastPostedAtMs: now.getTime(),
    });
  });

  test('of a sum what makes it larger than usual; of one too small, what is missing', async () => {
    await postEach('rows', { source: 'crm' }, 12, (minutes) => (minutes < 20 ? 10 : 1));
    await postEach('rows', { source: 'web' }, 12, () => 2);
    expect((await look(custom({ name: 'rows' }, { statistic: 'sum' })))?.part).toMatchObject({
      label: 'source',
      value: 'crm',
      bad: 10,
      badTotal: 12,
      of: expect.closeTo(1, 0),
      by: 'sum',
    });
    await postEach('loads', { source: 'crm' }, 12, (minutes) => (minutes < 20 ? null : 8));
    await postEach('loads', { source: 'web' }, 12, () => 2);
    const missing = await look(custom({ name: 'loads' }, { statistic: 'sum', operator: 'gte' }));
    expect(missing?.part).toMatchObject({ label: 'source', value: 'crm', bad: expect.closeTo(8, 0), by: 'missing' });
    expect(missing?.count).toEqual({ now: 1, usual: expect.closeTo(2, 0) });
  });

  test('of a share of another metric, which part has the errors, and how much of the whole', async () => {
    for (const [model, errors] of [
      ['a', 5],
      ['b', 0],
    ] as const) {
      await postEach('requests', { model }, 12, () => 50);
      await postEach('errors', { model }, 12, (minutes) => (minutes < 20 && errors > 0 ? errors : null));
    }
    const of = custom({ name: 'errors', of: { name: 'requests' } }, { statistic: 'sum', threshold: '2%' });
    expect(await look(of)).toMatchObject({
      unit: 'ratio',
      values: [{ value: 0.05, good: false }, {}, {}, {}, {}, {}],
      usual: { median: 0 },
      part: { label: 'model', value: 'a', bad: 5, badTotal: 5, of: 50, ofTotal: 100, by: 'share' },
    });
  });

  test('of one target of several, its own series alone', async () => {
    for (const model of ['a', 'b']) {
      await postEach('latency', { model, host: 'x' }, 6, (minutes) => (model === 'a' && minutes < 20 ? 9 : 1));
      await postEach('latency', { model, host: 'y' }, 6, () => 1);
    }
    const of = custom({ name: 'latency', per: ['model'] }, { statistic: 'max' });
    const found = await look(of, { ...target, sla: 'orders [a]' });
    expect(found).toMatchObject({
      metric: 'latency{model="a"} (max over 10m)',
      part: { label: 'host', value: 'x' },
      count: { now: 2 },
    });
    expect((await look(of, { ...target, sla: 'orders [b]' }))?.part).toBeNull();
    expect(await look(of, { ...target, sla: 'orders [c]' })).toBeNull();
  });

  test('a metric that is new has no usual level, one that nobody posts nothing at all, and other SLAs are not asked about', async () => {
    const of = custom({ name: 'latency' });
    expect(await look(of)).toBeNull();
    await postEach('latency', {}, 0, () => 9);
    expect(await look(of)).toMatchObject({ values: [{ value: 9 }], usual: null, count: { now: 1, usual: null }, part: null });
    expect(await look(objective({}))).toBeNull();
    expect(await look(of, { ...target, sla: 'gone' })).toBeNull();
  });

  test('values are told from their threshold as everywhere else, whatever the operator', async () => {
    await postEach('latency', {}, 1, (minutes) => minutes / 10);
    for (const operator of operators) {
      const range = { fromMs: minutesAgo(60).getTime() - 1, toMs: now.getTime(), beyond: { operator, threshold: 3 } };
      const [found] = (await readSeriesSums(store, 'a', { name: 'latency', labels: {} }, range)) ?? [];
      const beyond = [0, 1, 2, 3, 4, 5, 6].filter((value) => !compare(value, operator, 3)).length;
      expect([operator, found?.count, found?.sum, found?.beyond]).toEqual([operator, 7, 21, beyond]);
    }
  });

  test('more values than may be read at once are not read', async () => {
    await postEach('latency', {}, 1, () => 1);
    const range = { fromMs: 0, toMs: now.getTime(), beyond: { operator: 'lte', threshold: 3 } } as const;
    const sums = (max: number) => readSeriesSums(store, 'a', { name: 'latency', labels: {} }, range, max);
    expect([(await sums(7))?.length, await sums(6)]).toEqual([1, null]);
  });

  test('the incident is explained by them, and every quote stands in the evidence', async () => {
    for (const region of ['eu', 'us']) {
      await postEach('latency', { model: 'a', region }, 12, (minutes) => (minutes < 20 ? 9 : 1));
      await postEach('latency', { model: 'b', region }, 12, () => 1);
    }
    const of = custom({ name: 'latency', over: '20m' }, { statistic: 'p95' });
    const broken = incident({}, { kind: 'sla_breached', subject: { type: 'sla', ...target }, occasion: null, since });
    const deps: GatherDeps = {
      airflow: { read: () => Promise.reject(new Error('nothing of Airflow is asked')) },
      shape: undefined as never,
      store,
      deployment: 'a',
      snapshot: null,
      objectives: [of],
    };
    const found = await gatherCircumstances(deps, broken, { now });
    const told = tellEvidence(found).find(({ id }) => id === 'E12')?.text ?? '';
    const explanation = explainFinding(broken, found);
    expect(explanation).toMatchObject({ category: 'dependency_failure', subcategory: 'one_part', confidence: 0.75 });
    expect(explanation.rootCause).toMatch(
      /^model "a" has 4 of the 4 values that break it, and 4 of 8 of all: latency \(p95 over 20m\) is now 9, usually 1\.$/,
    );
    expect(explanation.evidence.length).toBeGreaterThan(1);
    for (const { ref, quote } of explanation.evidence) expect([ref, told.includes(quote)]).toEqual(['E12', true]);
  });
});
