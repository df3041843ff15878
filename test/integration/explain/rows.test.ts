import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { ReducedLog } from '../../../src/explain/log/reduced-log.ts';
import {
  loadExplanations,
  loadWaiting,
  saveExplanation,
  settleExplanation,
  trimExplanations,
} from '../../../src/explain/rows.ts';
import { saveIncidents } from '../../../src/incident/save.ts';
import type { Store } from '../../../src/store/store.ts';
import { createStore } from '../../kit/database.ts';
import { explanation, keptExplanation as kept } from '../../kit/explanations.ts';
import { at, incident } from '../../kit/findings.ts';

let store: Store & AsyncDisposable;
beforeAll(async () => {
  store = await createStore();
});
afterAll(() => store[Symbol.asyncDispose]());
beforeEach(async () => {
  await store.query('TRUNCATE incident CASCADE');
  await saveIncidents(store, 'a', [incident()]);
});

const reduced: ReducedLog = {
  found: true,
  place: 'attempt=1.log',
  lineCount: 3,
  failure: null,
  lines: [],
  summary: '',
  missing: [],
  baselineRuns: 0,
  signature: '',
  redactions: {},
};
const all = () => loadExplanations(store, 'a', 'inc-1');

test('what is saved is what is loaded', async () => {
  const full = kept({
    log: { found: false, why: 'late', reason: 'not in time', signature: 'b' },
    circumstances: { pool: 'big' },
    resultB: explanation({ source: 'llm' }),
    askAfter: at('10:01'),
    outcome: 'llm',
  });
  expect(await saveExplanation(store, 'a', full)).toBe(true);
  expect(await all()).toEqual([full]);
});

test('a line that was cut in the middle of an emoji, or holds a NUL, does not keep an explanation from being saved', async () => {
  const lines = [{ line: 1, text: 'rows \uD83D… \0', why: 'tail' as const }];
  expect(await saveExplanation(store, 'a', kept({ log: { ...reduced, lines } }))).toBe(true);
  expect((await all())[0]?.log).toMatchObject({ lines: [{ text: 'rows �… �' }] });
});

test('a refined explanation keeps its time and what a model said meanwhile', async () => {
  await saveExplanation(store, 'a', kept({ askAfter: at('10:01') }));
  const resultB = explanation({ source: 'llm', category: 'unknown' });
  expect(await settleExplanation(store, 'a', kept(), { resultB, outcome: 'llm' })).toBe(true);
  const refined = explanation({ confidence: 0.95 });
  expect(await saveExplanation(store, 'a', kept({ madeAt: at('10:02'), resultA: refined, signature: 'c' }))).toBe(false);
  expect(await all()).toMatchObject([{ madeAt: at('10:00'), resultA: refined, resultB, signature: 'c', outcome: 'llm' }]);
});

test('what a model said without the log is no answer to the log that came later', async () => {
  const late = { found: false, why: 'late', reason: 'not in time', signature: 'b' } as const;
  await saveExplanation(store, 'a', kept({ log: late, askAfter: at('10:00') }));
  await settleExplanation(store, 'a', kept(), { resultB: explanation({ source: 'llm' }), outcome: 'llm' });
  await saveExplanation(store, 'a', kept({ log: late }));
  expect(await all()).toMatchObject([{ outcome: 'llm', resultB: { source: 'llm' } }]);
  const found = { ...reduced, signature: 'c' };
  await saveExplanation(store, 'a', kept({ log: found, askAfter: at('10:05') }));
  expect(await all()).toMatchObject([{ outcome: null, resultB: null, askAfter: at('10:05'), madeAt: at('10:00') }]);
});

test('an explanation waits for a model from its time on until it is settled, once', async () => {
  await saveExplanation(store, 'a', kept({ askAfter: at('10:05') }));
  await saveExplanation(store, 'a', kept({ event: 'not asked' }));
  const waiting = async (time: string) => (await loadWaiting(store, 'a', at(time), 10)).map(({ event }) => event);
  expect(await waiting('10:04:59')).toEqual([]);
  expect(await waiting('10:05')).toEqual(['run:1:load:1']);
  const both = await Promise.all(
    (['rules', 'budget'] as const).map((outcome) => settleExplanation(store, 'a', kept(), { resultB: null, outcome })),
  );
  expect(both.filter(Boolean)).toHaveLength(1);
  expect(await waiting('10:05')).toEqual([]);
});

test('of one incident the newest three stay explained', async () => {
  for (const [index, time] of ['10:00', '10:01', '10:02', '10:03'].entries())
    await saveExplanation(store, 'a', kept({ event: `event ${index}`, madeAt: at(time) }));
  expect((await all()).map(({ event }) => event)).toEqual(['event 3', 'event 2', 'event 1']);
});

test('of a deployment the newest 20 000 stay', async () => {
  await store.query(
    `INSERT INTO explanation (airflow, incident_id, event, made_at, evidence, circumstances, result_a)
     SELECT 'a', 'inc-1', n::text, timestamptz '2026-03-02' + n * interval '1 s', '[]', '{}', '{}' FROM generate_series(1, 20001) n`,
  );
  await trimExplanations(store, 'a');
  const [counted] = await store.query(`SELECT count(*)::int AS count, min(made_at) AS oldest FROM explanation`);
  expect(counted).toEqual({ count: 20_000, oldest: new Date('2026-03-02T00:00:02Z') });
});

test('an explanation goes with its incident', async () => {
  await saveExplanation(store, 'a', kept());
  await store.query(`DELETE FROM incident WHERE id = 'inc-1'`);
  expect(await all()).toEqual([]);
});
