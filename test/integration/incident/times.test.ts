import { expect, test } from 'vitest';
import { act } from '../../../src/incident/act.ts';
import { trimIncidents } from '../../../src/incident/save.ts';
import { loadTimes } from '../../../src/incident/times.ts';
import { createStore } from '../../kit/database.ts';
import { at } from '../../kit/findings.ts';
import { decided, openIncident } from '../notify/kit.ts';

test('how long incidents took is counted once each, survives retention, and leaves members out', async () => {
  await using store = await createStore();
  for (const id of ['one', 'two', 'three', 'member']) await openIncident(store, id, {}, at('10:00'));
  await decided(store, [{ kind: 'join', id: 'member', rootId: 'one', reason: 'same host' }], at('10:00'));
  const ada = (now: string) => ({ who: 'ada', now: at(now) });
  await act(store, 'a', 'one', { kind: 'acknowledge' }, ada('10:01'));
  await act(store, 'a', 'one', { kind: 'unacknowledge' }, ada('10:02'));
  await act(store, 'a', 'one', { kind: 'acknowledge' }, ada('10:30'));
  await act(store, 'a', 'two', { kind: 'acknowledge' }, ada('10:01:01'));
  const end = { kind: 'resolve', reason: 'cleared', at: at('10:05'), text: '' } as const;
  await decided(
    store,
    ['one', 'two', 'member'].map((id) => ({ ...end, id })),
    at('10:05'),
  );
  await act(store, 'a', 'three', { kind: 'resolve', note: '' }, ada('20:00'));
  const counted = [
    { measure: 'acknowledge', severity: 'error', le: 60, incidents: 1, seconds: 60 },
    { measure: 'acknowledge', severity: 'error', le: 300, incidents: 1, seconds: 61 },
    { measure: 'resolve', severity: 'error', le: 300, incidents: 2, seconds: 600 },
    { measure: 'resolve', severity: 'error', le: 86_400, incidents: 1, seconds: 36_000 },
  ];
  const sorted = async () => (await loadTimes(store, 'a')).toSorted((a, b) => a.measure.localeCompare(b.measure) || a.le - b.le);
  expect(await sorted()).toEqual(counted);
  await store.transaction((tx) => trimIncidents(tx, 'a', at('23:00')));
  expect(await store.query('SELECT 1 FROM incident')).toEqual([]);
  expect(await sorted()).toEqual(counted);
});
