import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { reportConfig } from '../../../src/report/config.ts';
import { sendReports } from '../../../src/send-reports.ts';
import { systemClock, type Clock } from '../../../src/lib/clock.ts';
import { lastPeriod } from '../../../src/report/period.ts';
import type { Store } from '../../../src/store/store.ts';
import { createStore } from '../../kit/database.ts';
import { refusalOf } from '../../kit/slack-limits.ts';
import { keptLog } from '../../kit/http.ts';

let store: Store & AsyncDisposable;
beforeAll(async () => {
  store = await createStore();
});
afterAll(() => store[Symbol.asyncDispose]());
beforeEach(() => store.query('TRUNCATE report_due, slack_message CASCADE'));

const config = reportConfig.parse({ time_zone: 'Europe/Berlin', daily: { schedule: '0 7 * * *', channel: 'C0123456789' } });
const sender = (given: { leads?: boolean; hasSlack?: boolean; clock?: Clock; config?: typeof config } = {}) =>
  sendReports({
    store,
    airflow: 'a',
    clock: given.clock ?? systemClock,
    config: given.config ?? config,
    publicUrl: 'https://windsock.example/',
    hasSlack: given.hasSlack ?? true,
    logger: keptLog().logger,
    leads: () => given.leads ?? true,
    asLeader: (work) => store.transaction(work),
  });
const round = async (given: Parameters<typeof sender>[0] = {}): Promise<void> => {
  const reports = sender(given);
  await reports.round();
  await reports.stop();
};
const queued = () =>
  store.query<{ key: string; channel: string; content: { text: string; blocks: unknown } }>(
    'SELECT key, channel, content FROM slack_message ORDER BY key',
  );
const dueAt = async (): Promise<Date | undefined> =>
  (await store.query<{ at: Date }>('SELECT due_at AS at FROM report_due'))[0]?.at;
/** As if the time had come, and nobody had been there. */
const missed = (ago = '3 hours') => store.query('UPDATE report_due SET due_at = now() - $1::interval', [ago]);

test('the first look plans the next time and sends nothing', async () => {
  await round();
  expect(await queued()).toEqual([]);
  expect((await dueAt())?.getTime()).toBeGreaterThan(Date.now());
});

test('a report that is due is queued once, whoever looks and however often, also long after its time', async () => {
  await round();
  await missed('3 days');
  await Promise.all([round(), round()]);
  await round();
  // As if the row of its time had been lost.
  await missed();
  await round();
  const [message, ...others] = await queued();
  expect(others).toEqual([]);
  const { first } = lastPeriod('daily', 'Europe/Berlin', new Date());
  expect(message).toMatchObject({ key: `report:daily:${first}`, channel: 'C0123456789' });
  expect(refusalOf(message?.content.text, message?.content.blocks)).toBeNull();
  expect((await dueAt())?.getTime()).toBeGreaterThan(Date.now());
});

test('who does not lead, and a report without a schedule, send nothing', async () => {
  await round();
  await missed();
  await round({ leads: false });
  await round({ hasSlack: false });
  await round({ config: reportConfig.parse({}) });
  expect(await queued()).toEqual([]);
});

test('a changed schedule or time zone plans anew instead of sending', async () => {
  await round();
  await missed();
  await round({ config: reportConfig.parse({ time_zone: 'UTC', daily: { schedule: '0 7 * * *' } }) });
  expect(await queued()).toEqual([]);
  expect((await dueAt())?.getTime()).toBeGreaterThan(Date.now());
});

test('when the lease is lost before the commit nothing is queued and the time still stands', async () => {
  await round();
  await missed();
  const before = await dueAt();
  const reports = sendReports({
    store,
    airflow: 'a',
    clock: systemClock,
    config,
    publicUrl: 'https://windsock.example/',
    hasSlack: true,
    logger: keptLog().logger,
    leads: () => true,
    asLeader: (work) =>
      store.transaction(async (tx) => {
        await work(tx);
        throw new Error('another leads');
      }),
  });
  await reports.round();
  await reports.stop();
  expect(await queued()).toEqual([]);
  expect(await dueAt()).toEqual(before);
  await round();
  expect(await queued()).toHaveLength(1);
});
