import { jsonText } from '../lib/json-text.ts';
import type { Store, Tx } from '../store/store.ts';
import type { Environment } from './environment.ts';

const keptMs = 90 * 86_400_000;
const environmentsMax = 2000;
const hostRowsMax = 20_000;
const perHostMax = 20;

/** Keeps an environment, and that a host has it from now on; the same again only says when it was last told of. */
export async function saveEnvironment(
  store: Store,
  airflow: string,
  { hash, facts }: Environment,
  { host, now }: { host: string | null; now: Date },
): Promise<void> {
  await store.transaction(async (tx) => {
    await tx.query(
      `INSERT INTO environment (airflow, hash, facts, first_seen_at, last_seen_at) VALUES ($1, $2, $3, $4, $4)
       ON CONFLICT (airflow, hash) DO UPDATE SET last_seen_at = greatest(environment.last_seen_at, excluded.last_seen_at)`,
      [airflow, hash, jsonText(facts), now],
    );
    // Distinct environments may be posted faster than the retention job comes round.
    await tx.query(
      `DELETE FROM environment WHERE airflow = $1 AND hash IN (
         SELECT hash FROM environment WHERE airflow = $1 ORDER BY last_seen_at DESC, hash OFFSET ${environmentsMax})`,
      [airflow],
    );
    if (host !== null) await saveHost(tx, airflow, { host, hash, now });
  });
}

async function saveHost(tx: Tx, airflow: string, { host, hash, now }: { host: string; hash: string; now: Date }): Promise<void> {
  const [last] = await tx.query<{ since: Date; hash: string }>(
    'SELECT since, hash FROM environment_host WHERE airflow = $1 AND host = $2 ORDER BY since DESC LIMIT 1 FOR UPDATE',
    [airflow, host],
  );
  if (last?.hash === hash) {
    await tx.query('UPDATE environment_host SET last_seen_at = $4 WHERE airflow = $1 AND host = $2 AND since = $3', [
      airflow,
      host,
      last.since,
      now,
    ]);
    return;
  }
  await tx.query(
    'INSERT INTO environment_host (airflow, host, since, hash, last_seen_at) VALUES ($1, $2, $3, $4, $3) ON CONFLICT DO NOTHING',
    [airflow, host, now, hash],
  );
  await tx.query(
    `DELETE FROM environment_host WHERE airflow = $1 AND host = $2 AND since IN (
       SELECT since FROM environment_host WHERE airflow = $1 AND host = $2 ORDER BY since DESC OFFSET ${perHostMax})`,
    [airflow, host],
  );
}

/** The retention job: environments and hosts that nobody told of for 90 days go, and what is beyond the bounds. */
export async function trimEnvironments(tx: Tx, airflow: string, now: Date): Promise<void> {
  const before = new Date(now.getTime() - keptMs);
  await tx.query('DELETE FROM environment WHERE airflow = $1 AND last_seen_at < $2', [airflow, before]);
  await tx.query('DELETE FROM environment_host WHERE airflow = $1 AND last_seen_at < $2', [airflow, before]);
  await tx.query(
    `DELETE FROM environment_host WHERE airflow = $1 AND (host, since) IN (
       SELECT host, since FROM environment_host WHERE airflow = $1 ORDER BY last_seen_at DESC, host, since OFFSET ${hostRowsMax})`,
    [airflow],
  );
}
