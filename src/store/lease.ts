import { sleep, type Clock } from '../lib/clock.ts';
import { AppError } from '../lib/errors.ts';
import type { Store, Tx } from './store.ts';

/** The right to write for a deployment. Every takeover has a new epoch. */
export interface Lease {
  airflow: string;
  holder: string;
  epoch: number;
}

/** DESIGN §5: six seconds to live, renewed every two. */
export const leaseTtlMs = 6000;
const renewEveryMs = 2000;

/** Somebody else leads now; nothing of this transaction may stay. */
export class LeaseLostError extends AppError {
  constructor({ airflow }: Lease) {
    super('CONFLICT', `another Windsock leads for ${airflow} now; this one follows`);
    this.name = 'LeaseLostError';
  }
}

/**
 * The lease, if it is free, expired or ours; else undefined. With `offered` also if its holder offers it. FOR UPDATE waits for a transaction of the old leader that
 * has fenced itself (KEY SHARE): the store ends such a transaction when its process has stopped.
 */
export async function acquire(
  store: Store,
  airflow: string,
  holder: string,
  { ttlMs = leaseTtlMs, offered = false }: { ttlMs?: number; offered?: boolean } = {},
): Promise<Lease | undefined> {
  return store.transaction(async (tx) => {
    await tx.query(
      `INSERT INTO lease (airflow, holder, epoch, expires_at) VALUES ($1, '', 0, '-infinity') ON CONFLICT DO NOTHING`,
      [airflow],
    );
    const free = await tx.query(
      'SELECT 1 FROM lease WHERE airflow = $1 AND (expires_at < clock_timestamp() OR holder = $2 OR (offered AND $3)) FOR UPDATE',
      [airflow, holder, offered],
    );
    if (free.length === 0) return undefined;
    const [row] = await tx.query<{ epoch: number }>(
      `UPDATE lease SET holder = $2, epoch = epoch + 1, offered = false, expires_at = clock_timestamp() + $3 * interval '1 ms' WHERE airflow = $1 RETURNING epoch`,
      [airflow, holder, ttlMs],
    );
    return row === undefined ? undefined : { airflow, holder, epoch: row.epoch };
  });
}

/** Prolongs the lease; false when it is another's. Changes no key column, so it never waits for a fenced transaction. */
export async function renew(store: Store, { airflow, holder, epoch }: Lease, ttlMs: number = leaseTtlMs): Promise<boolean> {
  const rows = await store.query(
    `UPDATE lease SET expires_at = clock_timestamp() + $4 * interval '1 ms' WHERE airflow = $1 AND holder = $2 AND epoch = $3 RETURNING 1`,
    [airflow, holder, epoch, ttlMs],
  );
  return rows.length > 0;
}

/** Says whether another replica may take the lease while its holder lives on; of no effect once it is another's. */
export async function offer(store: Store, { airflow, holder, epoch }: Lease, offered: boolean): Promise<void> {
  await store.query(`UPDATE lease SET offered = $4 WHERE airflow = $1 AND holder = $2 AND epoch = $3`, [
    airflow,
    holder,
    epoch,
    offered,
  ]);
}

async function isOffered(store: Store, airflow: string): Promise<boolean> {
  return (await store.query('SELECT 1 FROM lease WHERE airflow = $1 AND offered', [airflow])).length > 0;
}

/** Gives the lease up, so that a follower need not wait for its end. */
export async function release(store: Store, { airflow, holder, epoch }: Lease): Promise<void> {
  await store.query(`UPDATE lease SET expires_at = '-infinity' WHERE airflow = $1 AND holder = $2 AND epoch = $3`, [
    airflow,
    holder,
    epoch,
  ]);
}

/**
 * First statement of every transaction that only the leader may commit: while it is open nobody takes over, and after a
 * takeover it throws. An expired lease that nobody took is still ours.
 */
export async function fence(tx: Tx, lease: Lease): Promise<void> {
  const rows = await tx.query('SELECT 1 FROM lease WHERE airflow = $1 AND holder = $2 AND epoch = $3 FOR KEY SHARE', [
    lease.airflow,
    lease.holder,
    lease.epoch,
  ]);
  if (rows.length === 0) throw new LeaseLostError(lease);
}

export interface LeaseKeeper {
  /** The lease while we hold it, by our own reckoning of its life too. */
  current(): Lease | undefined;
  /** Resolves after the first attempt. */
  settled: Promise<void>;
  /** The store said that this lease is another's by now. */
  drop(lease: Lease): void;
  /** Ends the loop and gives the lease up. */
  stop(): Promise<void>;
}

/** While a lease is offered a follower looks so often whether it could do what its holder cannot. */
const lookEveryMs = 5000;

/**
 * Whether this replica could do the work, for a lease that is offered. It is looked for beside the loop: what does not answer
 * must not delay a takeover from a leader that died. False until it is known, and when that was long ago.
 */
function createLook(able: (() => Promise<boolean>) | undefined, clock: Clock) {
  let looked = { isAble: false, atMs: -Infinity };
  let looking = false;
  const isRecent = () => clock.monotonicMs() - looked.atMs < lookEveryMs;

  async function look(): Promise<void> {
    if (able === undefined || looking || isRecent()) return;
    looking = true;
    const isAble = await able().catch(() => false);
    looked = { isAble, atMs: clock.monotonicMs() };
    looking = false;
  }

  return { look, isAble: () => looked.isAble && isRecent() };
}

/** Acquires the lease when it is free and renews it while we live. A store that does not answer loses it after its life. */
export function keepLease(options: {
  store: Store;
  airflow: string;
  holder: string;
  clock: Clock;
  onLost: () => void;
  /** Whether this replica can do what the holder of an offered lease cannot; without it none is taken. */
  able?: () => Promise<boolean>;
}): LeaseKeeper {
  const { store, airflow, holder, clock, onLost } = options;
  const stopping = new AbortController();
  const { look, isAble } = createLook(options.able, clock);
  let held: { lease: Lease; untilMs: number } | undefined;
  const settle = Promise.withResolvers<void>();

  function lose(): void {
    if (held === undefined) return;
    held = undefined;
    onLost();
  }

  function current(): Lease | undefined {
    if (held !== undefined && clock.monotonicMs() > held.untilMs) lose();
    return held?.lease;
  }

  async function attempt(): Promise<void> {
    // Reckoned from before the question: the database's clock started no earlier.
    const untilMs = clock.monotonicMs() + leaseTtlMs;
    if (held === undefined) {
      const lease = await acquire(store, airflow, holder, { offered: isAble() });
      if (lease) held = { lease, untilMs };
      else if (await isOffered(store, airflow)) void look();
      return;
    }
    const renewing = held;
    if (await renew(store, renewing.lease)) renewing.untilMs = untilMs;
    else if (held === renewing) lose();
  }

  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) {
      // A store out of reach is no loss yet: `current` ends the lease when its life is over.
      await attempt().catch(() => undefined);
      settle.resolve();
      await sleep(held === undefined ? renewEveryMs / 2 : renewEveryMs, stopping.signal);
    }
  }

  const running = loop();
  return {
    current,
    settled: settle.promise,
    drop(lease) {
      if (held?.lease.epoch === lease.epoch) lose();
    },
    async stop() {
      stopping.abort();
      await running;
      if (held !== undefined) await release(store, held.lease).catch(() => undefined);
      held = undefined;
    },
  };
}
