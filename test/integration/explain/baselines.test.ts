import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { loadErrors, noteError, trimErrors } from '../../../src/explain/error-signatures.ts';
import { isFresh, loadBaseline, saveBaseline, trimBaselines } from '../../../src/explain/log/log-baselines.ts';
import { learnBaseline } from '../../../src/logs/baseline.ts';
import { parseLog } from '../../../src/logs/parse-log.ts';
import type { Store } from '../../../src/store/store.ts';
import { createStore } from '../../kit/database.ts';
import { at } from '../../kit/findings.ts';

let store: Store & AsyncDisposable;
beforeAll(async () => {
  store = await createStore();
});
afterAll(() => store[Symbol.asyncDispose]());
beforeEach(() => store.query('TRUNCATE log_baseline, error_signature'));

const load = { dagId: 'etl', taskId: 'load' };
const baseline = learnBaseline([[...parseLog(['read 3 rows', 'done'])]]);

test('a baseline is one a task: the newest, as it was learned', async () => {
  const kept = { ...load, code: 'v1', successes: 7, madeAt: at('10:00'), baseline };
  expect(await saveBaseline(store, 'a', kept)).toBe(true);
  expect(await saveBaseline(store, 'a', { ...kept, code: 'v2', successes: 9 })).toBe(true);
  expect(await loadBaseline(store, 'a', load)).toEqual({ ...kept, code: 'v2', successes: 9 });
  expect(await loadBaseline(store, 'a', { ...load, taskId: 'other' })).toBeUndefined();
});

test('one that is too large is not kept', async () => {
  const templates = { 1: { runs: 1, slots: { 0: ['x'.repeat(1_000_000)] } } };
  const huge = { ...baseline, templates };
  expect(await saveBaseline(store, 'a', { ...load, code: '', successes: 0, madeAt: at('10:00'), baseline: huge })).toBe(false);
});

test('a baseline stands for the same code and fewer than 20 more successes', () => {
  const kept = { code: 'v1', successes: 100 };
  expect(isFresh(kept, { code: 'v1', successes: 119 })).toBe(true);
  expect(isFresh(kept, { code: 'v1', successes: 120 })).toBe(false);
  expect(isFresh(kept, { code: 'v2', successes: 100 })).toBe(false);
});

test('an error is counted by the task that it comes up in', async () => {
  const error = { ...load, signature: 's', category: 'resource_error' as const, cause: 'The disk is full.', incidentId: 'one' };
  await noteError(store, 'a', error, at('10:00'));
  await noteError(store, 'a', { ...error, cause: 'Full.', incidentId: 'two' }, at('10:05'));
  await noteError(store, 'a', { ...error, taskId: 'other' }, at('10:01'));
  expect(await loadErrors(store, 'a', 's')).toEqual([
    { ...error, cause: 'Full.', incidentId: 'two', times: 2, firstAt: at('10:00'), lastAt: at('10:05') },
    { ...error, taskId: 'other', times: 1, firstAt: at('10:01'), lastAt: at('10:01') },
  ]);
});

test('of a deployment the newest 5 000 baselines and 10 000 errors stay', async () => {
  const numbers = (count: number) => `generate_series(1, ${count}) n`;
  const time = `timestamptz '2026-03-02' + n * interval '1 s'`;
  await store.query(`INSERT INTO log_baseline SELECT 'a', 'etl', n::text, '', 5, 0, ${time}, '{}' FROM ${numbers(5001)}`);
  await store.query(
    `INSERT INTO error_signature SELECT 'a', n::text, 'etl', 'load', 'unknown', '', 1, ${time}, ${time}, 'i' FROM ${numbers(10_001)}`,
  );
  await trimBaselines(store, 'a');
  await trimErrors(store, 'a');
  const left = (table: string, column: string) =>
    store.query(`SELECT count(*)::int AS count, min(${column}) AS oldest FROM ${table}`);
  const oldest = new Date('2026-03-02T00:00:02Z');
  expect(await left('log_baseline', 'made_at')).toEqual([{ count: 5000, oldest }]);
  expect(await left('error_signature', 'last_at')).toEqual([{ count: 10_000, oldest }]);
});
