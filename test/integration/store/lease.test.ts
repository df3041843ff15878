import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createHandOver } from '../../../src/hand-over.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import {
  acquire,
  fence,
  keepLease,
  leaseTtlMs,
  LeaseLostError,
  offer,
  release,
  renew,
  type Lease,
} from '../../../src/store/lease.ts';
import { redact } from '../../../src/redact/redact.ts';
import { openStore } from '../../../src/store/open.ts';
import type { Store } from '../../../src/store/store.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';
import { createStore } from '../../kit/database.ts';
import { eventually } from '../../kit/eventually.ts';

let store: Store & AsyncDisposable;
beforeAll(async () => {
  store = await createStore();
});
afterAll(() => store[Symbol.asyncDispose]());

async function held(airflow: string, holder: string): Promise<Lease> {
  const lease = await acquire(store, airflow, holder);
  if (lease === undefined) throw new Error(`${holder} does not get the lease of ${airflow}`);
  return lease;
}

/** Ends the life of a lease at once. */
const expire = (airflow: string) =>
  store.query(`UPDATE lease SET expires_at = clock_timestamp() - interval '1 ms' WHERE airflow = $1`, [airflow]);

test('one of two holds the lease; the other gets it when its life is over, with a new epoch', async () => {
  const first = await held('a', 'one');
  expect(await acquire(store, 'a', 'two')).toBeUndefined();
  expect(await renew(store, first)).toBe(true);
  await expire('a');
  const second = await held('a', 'two');
  expect(second.epoch).toBe(first.epoch + 1);
  expect(await renew(store, first)).toBe(false);
  expect(await acquire(store, 'a', 'one')).toBeUndefined();
});

test('deployments have leases of their own', async () => {
  await held('b', 'one');
  expect(await held('c', 'two')).toMatchObject({ airflow: 'c', holder: 'two' });
});

test('a lease that is given up is free at once; only its holder can give it up', async () => {
  const first = await held('d', 'one');
  await release(store, { ...first, holder: 'two' });
  expect(await acquire(store, 'd', 'two')).toBeUndefined();
  await release(store, first);
  expect(await acquire(store, 'd', 'two')).toBeDefined();
});

test('after a takeover the fence throws, and nothing of that transaction stays', async () => {
  const first = await held('e', 'one');
  await expire('e');
  await held('e', 'two');
  const writing = store.transaction(async (tx) => {
    await tx.query(`INSERT INTO backfill (airflow, below_run_id, progress, done) VALUES ('e', 1, 0, false)`);
    await fence(tx, first);
  });
  await expect(writing).rejects.toThrow(LeaseLostError);
  expect(await store.query(`SELECT 1 FROM backfill WHERE airflow = 'e'`)).toEqual([]);
});

test('nobody takes over while a fenced transaction is open, and it may still renew', async () => {
  const first = await held('f', 'one');
  let taken: Promise<Lease | undefined> | undefined;
  let settled = false;
  await store.transaction(async (tx) => {
    await fence(tx, first);
    expect(await renew(store, first)).toBe(true);
    await expire('f');
    taken = acquire(store, 'f', 'two').finally(() => {
      settled = true;
    });
    await eventually('the other waits', async () => {
      const waiting = await store.query(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      return waiting.length > 0;
    });
    expect(settled).toBe(false);
  });
  expect(await taken).toMatchObject({ holder: 'two', epoch: first.epoch + 1 });
});

test('the keeper counts its lease as lost when the store does not answer for as long as it lives, not before', async () => {
  let aheadMs = 0;
  const clock = { ...systemClock, monotonicMs: () => systemClock.monotonicMs() + aheadMs };
  const own = await openStore({ url: store.url, applicationName: 'windsock-test', max: 1 });
  let lost = 0;
  const keeper = keepLease({ store: own, airflow: 'g', holder: 'one', clock, onLost: () => (lost += 1) });
  onTestFinished(() => keeper.stop());
  await keeper.settled;
  expect(keeper.current()).toMatchObject({ airflow: 'g', holder: 'one' });
  await own.close();
  aheadMs = leaseTtlMs - 1000;
  expect([keeper.current()?.holder, lost]).toEqual(['one', 0]);
  aheadMs = leaseTtlMs + 1;
  expect([keeper.current(), lost]).toEqual([undefined, 1]);
});

test('an offered lease goes to who asks for one, and to nobody else; the new holder offers nothing', async () => {
  const first = await held('h', 'one');
  expect(await acquire(store, 'h', 'two', { offered: true })).toBeUndefined();
  await offer(store, first, true);
  expect(await acquire(store, 'h', 'two')).toBeUndefined();
  expect(await renew(store, first)).toBe(true);
  const second = await acquire(store, 'h', 'two', { offered: true });
  expect(second).toMatchObject({ holder: 'two', epoch: first.epoch + 1 });
  expect(await renew(store, first)).toBe(false);
  await offer(store, first, true);
  expect(await acquire(store, 'h', 'one', { offered: true })).toBeUndefined();
});

test('an offer that is taken back is none', async () => {
  const first = await held('i', 'one');
  await offer(store, first, true);
  await offer(store, first, false);
  expect(await acquire(store, 'i', 'two', { offered: true })).toBeUndefined();
});

test('of those who follow, one that is able takes an offered lease; one that is not, or does not know, never does', async () => {
  const first = await held('j', 'one');
  const asked = { yes: 0, no: 0, silent: 0 };
  const ables = {
    no: async () => Promise.reject(new Error('cut off')),
    silent: () => new Promise<boolean>(() => {}),
    yes: async () => true,
  };
  const keepers = Object.entries(ables).map(([holder, able]) => {
    const count = () => {
      asked[holder as keyof typeof asked] += 1;
      return able();
    };
    const keeper = keepLease({ store, airflow: 'j', holder, clock: systemClock, onLost: () => {}, able: count });
    onTestFinished(() => keeper.stop());
    return keeper;
  });
  await Promise.all(keepers.map(({ settled }) => settled));
  expect(asked, 'nobody looks while nothing is offered').toEqual({ yes: 0, no: 0, silent: 0 });
  await offer(store, first, true);
  const lease = await eventually('one leads', () => keepers.find((keeper) => keeper.current() !== undefined)?.current());
  expect([lease.holder, asked]).toEqual(['yes', { yes: 1, no: 1, silent: 1 }]);
});

test('a leader offers its lease once Airflow has been out of reach for so long, and takes the offer back when it is reached', async () => {
  const first = await held('k', 'one');
  let nowMs = 0;
  const said: string[] = [];
  const clock = { ...systemClock, monotonicMs: () => nowMs };
  const logger = createLogger({ config: { level: 'warn', format: 'json' }, redact, write: (line) => said.push(line) });
  const handOver = createHandOver({ store, clock, afterMs: 30_000, logger });
  const offered = async () =>
    (await store.query<{ offered: boolean }>(`SELECT offered FROM lease WHERE airflow = 'k'`))[0]?.offered;
  /** What a cycle of a second came to, and whether the lease is offered then. */
  async function cycle(endsAtMs: number, reachesAirflow: boolean): Promise<boolean | undefined> {
    nowMs = endsAtMs;
    await handOver.note(first, { reachesAirflow, beganMs: endsAtMs - 1000 });
    return offered();
  }
  expect([await cycle(1000, false), await cycle(29_999, false), await cycle(30_000, false)]).toEqual([false, false, true]);
  expect(await cycle(45_000, false)).toBe(true);
  expect(said).toHaveLength(1);
  expect(await cycle(60_000, true)).toBe(false);
  // One cycle that reaches it in between, and the time counts anew.
  expect([await cycle(70_000, false), await cycle(80_000, true), await cycle(100_000, false)]).toEqual([false, false, false]);
  expect(await cycle(129_000, false)).toBe(true);
});
