import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/lib/clock.ts';
import { acquire, fence, keepLease, leaseTtlMs, release, renew, LeaseLostError, type Lease } from '../../../src/store/lease.ts';
import { openStore } from '../../../src/store/open.ts';
import type { Store } from '../../../src/store/store.ts';
import { createStore } from '../../kit/database.ts';
import { eventually } from '../../kit/eventually.ts';

let store: Store & AsyncDisposable;
beforeAll(async () => {
  store = await createStore();
});
afterAll(() => store[Symbol.asyncDispose]());

async function held(airflow: string, holder: string, ttlMs?: number): Promise<Lease> {
  const lease = await acquire(store, airflow, holder, ttlMs);
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
