import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { createAlertmanager, groupIntervalMs, startReceiver } from '../kit/alertmanager.ts';
import { findBinary } from '../kit/binaries.ts';
import { createStore } from '../kit/database.ts';
import { eventually } from '../kit/eventually.ts';
import { openIncident, resolveIncident, startDelivery } from '../integration/notify/kit.ts';

// A sixtieth of the shipped times: repeats each second, an end four seconds after the last of them.
const fast = { resend: '1s', ends_after: '4s', resolved_hold: '15s', timeout: '2s' };
const binary = findBinary('prometheus-alertmanager') ?? '';
const withAlertmanager = test.skipIf(binary === '');
const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

let store: Store & AsyncDisposable;
beforeAll(async () => {
  store = await createStore();
});
afterAll(() => store[Symbol.asyncDispose]());
beforeEach(() => store.query('TRUNCATE incident, incident_event CASCADE'));

/**
 * Waits for the middle between two flushes of the first group. A member that flushes just before an end, and waits for the
 * other as members do, tells the firing once more after it: Alertmanager's own doing.
 */
async function betweenFlushes({ messages }: Pick<Awaited<ReturnType<typeof startReceiver>>, 'messages'>): Promise<void> {
  const first = messages[0]?.at ?? 0;
  await eventually(
    'a moment between flushes',
    () => {
      const phaseMs = (Date.now() - first) % groupIntervalMs;
      return phaseMs > groupIntervalMs * 0.45 && phaseMs < groupIntervalMs * 0.6;
    },
    { everyMs: 20 },
  );
}

/** Two members that know each other. */
async function startCluster(receiver: string) {
  const one = await createAlertmanager(binary, { receiver, peers: [] });
  const two = await createAlertmanager(binary, { receiver, peers: [one] });
  return {
    one,
    two,
    urls: [one.url, two.url],
    [Symbol.asyncDispose]: async () => void (await Promise.all([one[Symbol.asyncDispose](), two[Symbol.asyncDispose]()])),
  };
}

withAlertmanager('a cluster tells each incident once and each end once, though every member gets both, many times', async () => {
  await using receiver = await startReceiver();
  await using cluster = await startCluster(receiver.url);
  await using delivery = startDelivery(store, { urls: cluster.urls, ...fast });
  await openIncident(store, 'load');
  await openIncident(store, 'extract');
  await eventually(
    'both are told',
    () => receiver.told('task_id', 'load').length > 0 && receiver.told('task_id', 'extract').length > 0,
  );
  for (const member of [cluster.one, cluster.two]) {
    const [held, ...others] = await eventually('the member has it', async () => {
      const all = (await member.alerts()).filter(({ labels }) => labels['task_id'] === 'load');
      return all.length > 0 && all;
    });
    expect(others).toEqual([]);
    expect(held).toMatchObject({
      labels: { alertname: 'AirflowTaskFailed', severity: 'error', airflow: 'a', source: 'windsock', dag_id: 'etl' },
    });
  }
  // Longer than an alert lives that is not sent again.
  await pause(5000);
  await betweenFlushes(receiver);
  await resolveIncident(store, 'load');
  await eventually('the end is told', () => receiver.told('task_id', 'load').includes('resolved'));
  await pause(3000);
  expect(receiver.told('task_id', 'load')).toEqual(['firing', 'resolved']);
  expect(receiver.told('task_id', 'extract')).toEqual(['firing']);
  expect(delivery.lines).toEqual([]);
  const sent = delivery.reports.filter(({ failed, rejected }) => failed || rejected > 0);
  expect(sent).toEqual([]);
});

withAlertmanager(
  'a member that was down for longer than alerts live gets what it missed; nothing is lost, nothing told twice',
  async () => {
    await using receiver = await startReceiver();
    await using cluster = await startCluster(receiver.url);
    await using delivery = startDelivery(store, { urls: cluster.urls, ...fast });
    await openIncident(store, 'before');
    await openIncident(store, 'ends_meanwhile');
    await eventually(
      'both are told',
      () => receiver.told('task_id', 'before').length > 0 && receiver.told('task_id', 'ends_meanwhile').length > 0,
    );
    await cluster.two.kill();
    await openIncident(store, 'meanwhile');
    await resolveIncident(store, 'ends_meanwhile');
    await eventually('the other member tells', () => receiver.told('task_id', 'meanwhile').length > 0);
    await pause(6000);
    await cluster.two.start();
    await eventually('the member has what it missed', async () => {
      const held = (await cluster.two.alerts()).map(({ labels }) => labels['task_id']);
      return held.length === 2 && held.includes('before') && held.includes('meanwhile');
    });
    await pause(3000);
    expect(receiver.told('task_id', 'before')).toEqual(['firing']);
    expect(receiver.told('task_id', 'meanwhile')).toEqual(['firing']);
    expect(receiver.told('task_id', 'ends_meanwhile')).toEqual(['firing', 'resolved']);
    const [down, back, ...more] = delivery.lines;
    expect(more, 'told once when it begins, once when it ends').toEqual([]);
    expect(down).toMatchObject({
      level: 'warn',
      message: expect.stringContaining('kept and sent when it does'),
      fields: { member: cluster.two.url },
    });
    expect(back).toMatchObject({ level: 'info', message: 'Alertmanager answers again' });
  },
);

withAlertmanager(
  'both down, and Windsock started anew in between: what opened and ended meanwhile is told when they are back',
  async () => {
    await using receiver = await startReceiver();
    await using cluster = await startCluster(receiver.url);
    {
      await using delivery = startDelivery(store, { urls: cluster.urls, ...fast });
      await openIncident(store, 'before');
      await eventually('it is told', () => receiver.told('task_id', 'before').length > 0);
      expect(delivery.lines).toEqual([]);
      await Promise.all([cluster.one.stop(), cluster.two.stop()]);
      await openIncident(store, 'meanwhile');
      await openIncident(store, 'came_and_went');
      await resolveIncident(store, 'before');
      await eventually('it was tried to be told', async () => {
        const [begun] = await store.query(`SELECT FROM alert WHERE incident_id = 'came_and_went'`);
        return begun;
      });
      await resolveIncident(store, 'came_and_went');
    }
    await using delivery = startDelivery(store, { urls: cluster.urls, ...fast });
    await pause(1500);
    // One after the other: two that start at once are a split brain until they meet, and Alertmanager tells twice in one.
    await cluster.one.start();
    await cluster.two.start();
    await eventually(
      'all is told',
      () => receiver.told('task_id', 'meanwhile').length > 0 && receiver.told('task_id', 'before').includes('resolved'),
      { withinMs: 60_000 },
    );
    await eventually('what came and went is told, and its end', () =>
      receiver.told('task_id', 'came_and_went').includes('resolved'),
    );
    await pause(2000);
    expect(receiver.told('task_id', 'came_and_went')).toEqual(['firing', 'resolved']);
    const [news] = receiver.messages.flatMap(({ alerts }) =>
      alerts.filter(({ labels }) => labels['task_id'] === 'came_and_went'),
    );
    expect(news?.annotations['summary']).toMatch(/^Over since /);
    expect(receiver.told('task_id', 'meanwhile')).toEqual(['firing']);
    expect(receiver.told('task_id', 'before')).toEqual(['firing', 'resolved']);
    const levels = delivery.lines.map(({ level }) => level);
    expect(
      levels.filter((level) => level === 'info'),
      'both answer again',
    ).toHaveLength(2);
  },
);
