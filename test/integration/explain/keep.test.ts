import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { loadErrors } from '../../../src/explain/error-signatures.ts';
import { keep } from '../../../src/explain/log/keep.ts';
import type { ReducedLog } from '../../../src/explain/log/reduced-log.ts';
import type { KeptExplanation } from '../../../src/explain/rows.ts';
import { readIncident } from '../../../src/incident/list.ts';
import { saveIncidents } from '../../../src/incident/save.ts';
import type { Store } from '../../../src/store/store.ts';
import { createStore } from '../../kit/database.ts';
import { explanation, keptExplanation } from '../../kit/explanations.ts';
import { at, incident } from '../../kit/findings.ts';

let store: Store & AsyncDisposable;
beforeAll(async () => {
  store = await createStore();
});
afterAll(() => store[Symbol.asyncDispose]());
beforeEach(async () => {
  await store.query('TRUNCATE incident, incident_event, error_signature CASCADE');
  await saveIncidents(store, 'a', [incident()]);
});

const log: ReducedLog = {
  found: true,
  place: 'attempt=1.log',
  lineCount: 3,
  failure: { type: 'OSError', message: 'No space left on device', line: 3, chain: [], wrapper: null, frame: null, codes: [] },
  lines: [],
  summary: '',
  missing: [],
  baselineRuns: 0,
  signature: 'disk',
  redactions: {},
};
const kept = (partial: Partial<KeptExplanation> = {}): KeptExplanation => keptExplanation({ log, outcome: 'rules', ...partial });
const put = (partial: Partial<KeptExplanation> = {}) => store.transaction((tx) => keep(tx, 'a', incident(), kept(partial)));
const explained = async () => {
  const found = await readIncident(store, 'a', 'inc-1');
  return { signature: found.incident.signature, events: found.events.map(({ text }) => text) };
};
const times = async () => (await loadErrors(store, 'a', 'disk')).map((each) => each.times);

test('an explanation leaves its line, its signature and its count, once, however often it is refined', async () => {
  expect(await put()).toBe(true);
  expect(await put({ resultA: explanation({ confidence: 0.95 }) })).toBe(false);
  expect(await explained()).toEqual({
    signature: 'disk',
    events: ['The disk is full. (resource error, disk full; high confidence)'],
  });
  expect(await times()).toEqual([1]);
});

test('another occurrence of the same cause is counted, and no line; one of another cause has a line', async () => {
  await put();
  await put({ event: 'second', madeAt: at('10:10') });
  expect([(await explained()).events.length, await times()]).toEqual([1, [2]]);
  await put({ event: 'third', madeAt: at('10:20'), resultA: explanation({ rootCause: 'The pod was evicted.' }) });
  expect((await explained()).events).toHaveLength(2);
});

test('a log that comes late is explained as if it were the first word', async () => {
  const missing = { found: false, why: 'not_there', reason: 'no log', signature: 'none' } as const;
  expect(await put({ log: missing, resultA: explanation({ rootCause: 'There is no log.' }) })).toBe(true);
  expect(await explained()).toMatchObject({ signature: null, events: [expect.stringContaining('There is no log.')] });
  expect(await put({ madeAt: at('10:01') })).toBe(false);
  expect(await explained()).toMatchObject({ signature: 'disk', events: [expect.any(String), expect.stringContaining('full')] });
  expect(await times()).toEqual([1]);
});

test('who waits for a model is settled when the rules have become sure', async () => {
  expect(await put({ outcome: null, askAfter: at('10:00') })).toBe(false);
  expect(await put({ outcome: 'rules', askAfter: null })).toBe(true);
  expect(await put({ outcome: 'rules', askAfter: null })).toBe(false);
});
