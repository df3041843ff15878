import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { readSeenStates } from '../../../src/notify/rows.ts';
import type { Store } from '../../../src/store/store.ts';
import { createAlertmanager, startReceiver } from '../../kit/alertmanager.ts';
import { findBinary } from '../../kit/binaries.ts';
import { createStore } from '../../kit/database.ts';
import { eventually } from '../../kit/eventually.ts';
import { decided, openIncident, person, resolveIncident, startDelivery } from './kit.ts';

// Repeats each second; what is not repeated lives as long as a busy machine may need.
const fast = { resend: '1s', ends_after: '30s', resolved_hold: '15s', timeout: '10s' };
const binary = findBinary('prometheus-alertmanager') ?? '';
const withAlertmanager = test.skipIf(binary === '');
const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

let store: Store & AsyncDisposable;
beforeAll(async () => {
  store = await createStore();
});
afterAll(() => store[Symbol.asyncDispose]());
beforeEach(() => store.query('TRUNCATE incident, incident_event CASCADE'));

withAlertmanager('what is acknowledged is silenced, the silence is prolonged while it is so, and ends with it', async () => {
  await using receiver = await startReceiver();
  await using member = await createAlertmanager(binary, { receiver: receiver.url });
  let aheadMs = 0;
  await using delivery = startDelivery(store, { urls: [member.url], ...fast }, { now: () => new Date(Date.now() + aheadMs) });
  await openIncident(store, 'load');
  await eventually('it is told', () => receiver.told('task_id', 'load').length > 0);
  await person(store, 'load', { kind: 'acknowledge' });
  const [first] = await eventually('it is silenced', async () => {
    const active = (await member.silences()).filter(({ status }) => status.state === 'active');
    return active.length === 1 && active;
  });
  expect(first?.comment).toBe('acknowledged by ada');
  await eventually('the incident shows it', async () => {
    const seen = (await readSeenStates(store, 'a', 'load')).get('error');
    return seen?.state === 'suppressed' && seen.silencedBy.includes(first?.id ?? '');
  });
  aheadMs = 6 * 60_000;
  const prolonged = await eventually('it is prolonged', async () => {
    const all = await member.silences();
    return all.some(({ endsAt, status }) => status.state === 'active' && endsAt > (first?.endsAt ?? '')) && all;
  });
  expect(
    prolonged.map(({ id, status }) => [id, status.state]),
    'the same silence',
  ).toEqual([[first?.id, 'active']]);
  aheadMs = 0;
  await person(store, 'load', { kind: 'unacknowledge' });
  await eventually('it is heard again', async () => (await member.silences()).every(({ status }) => status.state === 'expired'));
  await eventually(
    'the incident shows that too',
    async () => (await readSeenStates(store, 'a', 'load')).get('error')?.state === 'active',
  );
  expect(receiver.told('task_id', 'load')).toEqual(['firing']);
  expect(delivery.lines).toEqual([]);
});

withAlertmanager('an alert that Alertmanager refuses takes no other along, and is told of once', async () => {
  await using receiver = await startReceiver();
  await using member = await createAlertmanager(binary, { receiver: receiver.url });
  for (const id of ['a', 'b', 'poison', 'c', 'd']) await openIncident(store, id);
  // A label name that no version takes.
  await store.query(`UPDATE incident SET labels = labels || '{"": "x"}' WHERE id = 'poison'`);
  await using delivery = startDelivery(store, { urls: [member.url], ...fast });
  await eventually('the good ones are told', () => ['a', 'b', 'c', 'd'].every((id) => receiver.told('task_id', id).length > 0));
  await pause(2500);
  expect(delivery.lines).toHaveLength(1);
  expect(delivery.lines).toMatchObject([
    { level: 'error', fields: { incident: 'poison', reason: expect.stringContaining('answered 400') } },
  ]);
  for (const id of ['a', 'b', 'c', 'd']) expect([id, receiver.told('task_id', id)]).toEqual([id, ['firing']]);
});

withAlertmanager('a raised severity is told by a companion; both end with the incident', async () => {
  await using receiver = await startReceiver();
  await using member = await createAlertmanager(binary, { receiver: receiver.url });
  await using delivery = startDelivery(store, { urls: [member.url], ...fast });
  await openIncident(store, 'load');
  await eventually('it is told', () => receiver.told('task_id', 'load').length > 0);
  await decided(store, [{ kind: 'escalate', id: 'load', to: 'critical', text: 'nobody acknowledged it' }]);
  await eventually('the companion is told', () => receiver.told('severity', 'critical').length > 0);
  await resolveIncident(store, 'load');
  await eventually(
    'both ends are told',
    () => receiver.told('task_id', 'load').filter((each) => each === 'resolved').length === 2,
  );
  expect(receiver.told('severity', 'critical')).toEqual(['firing', 'resolved']);
  expect(receiver.told('severity', 'error')).toEqual(['firing', 'resolved']);
  expect(delivery.lines).toEqual([]);
});
