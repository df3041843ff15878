import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { act } from '../../../src/incident/act.ts';
import { applyDecisions } from '../../../src/incident/apply.ts';
import { decide, type Decision } from '../../../src/incident/decide.ts';
import { loadDesk } from '../../../src/incident/load.ts';
import type { Finding } from '../../../src/detect/finding.ts';
import type { Incident } from '../../../src/incident/incident.ts';
import { countMembers, readIncident } from '../../../src/incident/list.ts';
import { listOccurrences, listSimilar, readIncidents, saveSignature } from '../../../src/incident/occurrences.ts';
import { saveEvents, saveIncidents, trimIncidents } from '../../../src/incident/save.ts';
import type { Store } from '../../../src/store/store.ts';
import { createStore } from '../../kit/database.ts';
import { clip, titleMax } from '../../../src/detect/found.ts';
import { at, finding, incident } from '../../kit/findings.ts';

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

test('a title that was cut in the middle of an emoji does not stop the cycle', async () => {
  const title = clip(`pipeline.py does not parse: ${'😀'.repeat(100)}`, titleMax);
  expect(title.isWellFormed() && clip(`x${title}`, titleMax).isWellFormed()).toBe(false);
  await cycle([finding({ title: `${title}\uD83D` })], () => 'inc-1');
  expect((await readIncident(store, 'a', 'inc-1')).incident.latest.title).toContain('😀');
});

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

test('occurrences come roots first, the worst first, and those over for a while not at all', async () => {
  const opened = (id: string, partial: Partial<Incident>, opening: Partial<Finding> = {}) =>
    incident({ id, ...partial }, { subject: { type: 'task', dagId: id, taskId: 'load' }, event: `event of ${id}`, ...opening });
  await saveIncidents(store, 'a', [
    opened('member', { rootId: 'worst' }, { severity: 'critical' }),
    opened('younger', {}, { since: at('10:01') }),
    opened('older', {}),
    opened('worst', {}, { severity: 'critical', since: at('10:05') }),
    opened('just over', { state: 'resolved', resolvedAt: at('10:06') }, { severity: 'info' }),
    opened('over', { state: 'resolved', resolvedAt: at('10:05') }),
  ]);
  const listed = await listOccurrences(store, 'a', at('10:05'));
  expect(listed.map(({ incidentId }) => incidentId)).toEqual(['worst', 'older', 'younger', 'just over', 'member']);
  expect(listed[0]).toEqual({ incidentId: 'worst', event: 'event of worst', kind: 'task_failed', severity: 'critical' });
  expect(await readIncidents(store, 'a', ['older', 'gone'])).toEqual([opened('older', {})]);
});

test('members are counted by their root, resolved ones too, and of this deployment only', async () => {
  const member = (id: string, rootId: string | null, partial: Partial<Incident> = {}) =>
    incident({ id, rootId, ...partial }, { subject: { type: 'dag', dagId: id } });
  await saveIncidents(store, 'a', [
    member('root', null),
    member('one', 'root'),
    member('two', 'root', { state: 'resolved', resolvedAt: at('10:05') }),
    member('lonely', null),
  ]);
  await saveIncidents(store, 'b', [member('three', 'root')]);
  expect(await countMembers(store, 'a', ['root', 'lonely', 'gone'])).toEqual(new Map([['root', 2]]));
  expect(await countMembers(store, 'a', [])).toEqual(new Map());
});

test('incidents with one error signature find each other, the newest first', async () => {
  for (const [id, time] of [
    ['old', '10:00'],
    ['new', '10:01'],
    ['other', '10:02'],
  ] as const)
    await saveIncidents(store, 'a', [incident({ id, openedAt: at(time) }, { subject: { type: 'dag', dagId: id } })]);
  for (const [id, signature] of [
    ['old', 's'],
    ['new', 's'],
    ['other', 't'],
  ] as const)
    await saveSignature(store, 'a', id, signature);
  const similar = async (id: string, signature: string | null) =>
    (await listSimilar(store, 'a', { id, signature }, 5)).map((each) => each.id);
  expect(await similar('third', 's')).toEqual(['new', 'old']);
  expect(await similar('new', 's')).toEqual(['old']);
  expect(await similar('new', null)).toEqual([]);
});

test('failures with one signature are one incident from the next cycle on', async () => {
  const of = (dagId: string) => finding({ subject: { type: 'task', dagId, taskId: 'load' } });
  await cycle([of('a')], () => 'one');
  await cycle([of('b')], () => 'two');
  for (const id of ['one', 'two']) await saveSignature(store, 'a', id, 's');
  await cycle([], () => 'none');
  const { incident: root, members } = await readIncident(store, 'a', 'one');
  expect(root.rootId).toBeNull();
  expect(members).toMatchObject([{ id: 'two', memberReason: 'the same error as a.load' }]);
  await cycle([], () => 'none');
  expect((await readIncident(store, 'a', 'two')).events.map(({ kind }) => kind)).toEqual(['opened', 'joined']);
});

test('nobody can suppress an incident until a time that is past', async () => {
  await saveIncidents(store, 'a', [incident({ id: 'one' })]);
  const suppress = (until: Date) =>
    act(store, 'a', 'one', { kind: 'suppress', until, note: '' }, { who: 'ada', now: at('10:01') });
  await expect(suppress(at('10:01'))).rejects.toMatchObject({ code: 'INVALID' });
  expect(await suppress(at('10:01:01'))).toMatchObject({ suppression: { reason: 'person', until: at('10:01:01') } });
});

test('a root is over for its open members also when retention took it', async () => {
  const root = incident({ id: 'root', state: 'resolved', resolvedAt: at('10:05'), endReason: 'cleared' });
  const member = incident({ id: 'member', rootId: 'root' }, { subject: { type: 'dag', dagId: 'etl' }, kind: 'dag_late' });
  await saveIncidents(store, 'a', [root, member]);
  const ended = async () => [...(await store.transaction((tx) => loadDesk(tx, 'a', at('12:00')))).endedRoots.keys()];
  expect(await ended()).toEqual(['root']);
  await store.transaction((tx) => trimIncidents(tx, 'a', at('11:00')));
  expect(await ended()).toEqual(['root']);
});
