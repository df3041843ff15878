import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { act } from '../../../src/incident/act.ts';
import { applyDecisions } from '../../../src/incident/apply.ts';
import { decide, type Decision } from '../../../src/incident/decide.ts';
import { loadDesk } from '../../../src/incident/load.ts';
import { readIncident } from '../../../src/incident/list.ts';
import { saveEvents, saveIncidents, trimIncidents } from '../../../src/incident/save.ts';
import type { Store } from '../../../src/store/store.ts';
import { createStore } from '../../kit/database.ts';
import { at, finding } from '../../kit/findings.ts';

let store: Store & AsyncDisposable;
beforeAll(async () => {
  store = await createStore();
});
afterAll(() => store[Symbol.asyncDispose]());
beforeEach(() => store.query('TRUNCATE incident, incident_event CASCADE'));

const context = { airflow: 'a', teams: {}, dagFacts: () => ({ owners: [], tags: [] }) };
const topology = { isUpstreamTask: () => false, isUpstreamDag: () => false, fileOf: () => null };

/** One cycle: load, decide on these findings, save. */
async function cycle(findings: Parameters<typeof decide>[1]['findings'], newId: () => string, extra: Decision[] = []) {
  await store.transaction(async (tx) => {
    const desk = await loadDesk(tx, 'a', at('10:00'));
    const decisions = [...decide(desk, { findings, cleared: [] }, { topology, windowMs: 600_000, hosts: 1, newId }), ...extra];
    const { incidents, changed, events } = applyDecisions(desk.open, decisions, context, at('10:00'));
    await saveIncidents(
      tx,
      'a',
      incidents.filter(({ id }) => changed.has(id)),
    );
    await saveEvents(tx, 'a', events);
  });
}

test('what is saved is what is loaded', async () => {
  const found = finding({ expected: { lower: 1, middle: 2, upper: null }, observed: { value: 3, unit: 'seconds' }, n: 30 });
  await cycle([found], () => 'one');
  const [loaded] = (await store.transaction((tx) => loadDesk(tx, 'a', at('10:00')))).open;
  expect(loaded).toMatchObject({ id: 'one', state: 'open', first: found, latest: found, openedAt: at('10:00') });
});

test('two that race to open the same trouble open it once', async () => {
  const both = await Promise.allSettled([cycle([finding()], () => 'one'), cycle([finding()], () => 'two')]);
  expect(both.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(0);
  expect((await store.transaction((tx) => loadDesk(tx, 'a', at('10:00')))).open).toHaveLength(1);
});

test('a person waits for the cycle, and the cycle sees in its next turn what the person did', async () => {
  await cycle([finding()], () => 'one');
  const acted = Promise.withResolvers<void>();
  await store.transaction(async (tx) => {
    await loadDesk(tx, 'a', at('10:00'));
    void act(store, 'a', 'one', { kind: 'acknowledge' }, { who: 'ada', now: at('10:01') }).then(
      () => acted.resolve(),
      acted.reject,
    );
    await tx.query(`UPDATE incident SET recurrences = 5 WHERE airflow = 'a'`);
  });
  await acted.promise;
  const { incident, events } = await readIncident(store, 'a', 'one');
  expect(incident).toMatchObject({ state: 'acknowledged', acknowledgedBy: 'ada', recurrences: 5 });
  expect(events.map(({ kind }) => kind)).toEqual(['opened', 'acknowledged']);
});

test('an event that a person resolved opens nothing again, a new one does', async () => {
  await cycle([finding()], () => 'one');
  await act(store, 'a', 'one', { kind: 'resolve', note: '' }, { who: 'ada', now: at('10:01') });
  await cycle([finding()], () => 'two');
  expect((await store.transaction((tx) => loadDesk(tx, 'a', at('10:00')))).open).toEqual([]);
  await cycle([finding({ event: 'run:2:load:1' })], () => 'three');
  expect((await store.transaction((tx) => loadDesk(tx, 'a', at('10:00')))).open).toMatchObject([{ id: 'three' }]);
});

test('retention takes old resolved incidents with their timeline, and no open one', async () => {
  await cycle([finding()], () => 'old');
  await act(store, 'a', 'old', { kind: 'resolve', note: '' }, { who: 'ada', now: at('10:01') });
  await cycle([finding({ event: 'run:2:load:1' })], () => 'open');
  await store.transaction((tx) => trimIncidents(tx, 'a', at('10:01')));
  expect((await readIncident(store, 'a', 'old')).incident.id).toBe('old');
  await store.transaction((tx) => trimIncidents(tx, 'a', at('10:02')));
  await expect(readIncident(store, 'a', 'old')).rejects.toThrow('there is no incident old');
  expect(await store.query(`SELECT 1 FROM incident_event WHERE incident_id = 'old'`)).toEqual([]);
  expect((await readIncident(store, 'a', 'open')).incident.state).toBe('open');
});
