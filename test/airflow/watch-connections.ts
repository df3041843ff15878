// Runs `windsock serve` beside a real, busy Airflow and watches what it does to the database, by PostgreSQL's own account.
//
//   node test/airflow/watch-connections.ts [MINUTES [VERSION]]      default: 10 minutes, Airflow 3.3.2
//
// Exit code 0: never more than 2 connections, and none idle in a transaction for longer than a second. 1: not so, or a failure.
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SIMPLE, UNPAUSED } from './acts.ts';
import { grantRole, install, makeFolder, printLogs, startAirflow } from './airflow.ts';
import { withDatabase, type Query } from './postgres.ts';
import { endAll, killGroups } from './processes.ts';
import { trigger, unpause, type Rest } from './rest.ts';
import { startWindsock, type Windsock } from './windsock.ts';

const CONNECTIONS_MAX = 2;
const IDLE_IN_TRANSACTION_SECONDS_MAX = 1;
const SAMPLE_EVERY_MS = 50;
const TRIGGER_EVERY_MS = 20_000;

type Seen = { samples: number; connections: number; idleInTransaction: number; transaction: number; inTransaction: number };

/** Adds one look at Windsock's sessions; ages are in seconds by the database's clock. */
async function look(query: Query, seen: Seen): Promise<void> {
  const rows = await query(
    `SELECT state, extract(epoch FROM clock_timestamp() - state_change)::float8 AS "stateAge",
       coalesce(extract(epoch FROM clock_timestamp() - xact_start), 0)::float8 AS "transactionAge"
     FROM pg_stat_activity WHERE usename = 'windsock' AND backend_type = 'client backend'`,
  );
  seen.samples += 1;
  seen.connections = Math.max(seen.connections, rows.length);
  for (const { state, stateAge, transactionAge } of rows) {
    seen.transaction = Math.max(seen.transaction, Number(transactionAge));
    if (state !== 'idle in transaction' && state !== 'idle in transaction (aborted)') continue;
    seen.inTransaction += 1;
    seen.idleInTransaction = Math.max(seen.idleInTransaction, Number(stateAge));
  }
}

async function metric(windsock: Windsock, name: string): Promise<number> {
  return (await windsock.scrape()).find((series) => series.name === name)?.value ?? 0;
}

/** Keeps Airflow busy: every DAG of the zoo that needs no keeper, again and again. */
async function work(rest: Rest, round: number): Promise<void> {
  for (const dag of SIMPLE) await trigger(rest, dag, `watch_${round}`);
}

async function watch(folder: string, version: string, venv: string, minutes: number): Promise<boolean> {
  const { rest, postgres, home, databaseUrl } = await startAirflow(folder, version, venv);
  try {
    await writeFile(join(home, 'release'), '');
    while (Number((await rest.get('/dags?limit=100'))['total_entries']) < UNPAUSED.length) await sleep(1000);
    return await withDatabase(databaseUrl, async (query) => {
      await grantRole(query);
      for (const dag of UNPAUSED) await unpause(rest, dag);
      const seen: Seen = { samples: 0, connections: 0, idleInTransaction: 0, transaction: 0, inTransaction: 0 };
      const windsock = await startWindsock(folder, postgres.url('windsock', 'airflow'));
      const from = Date.now();
      let round = 0;
      while (Date.now() - from < minutes * 60_000) {
        if (Date.now() - from >= round * TRIGGER_EVERY_MS) {
          round += 1;
          void work(rest, round).catch((error: unknown) => console.log(`a run could not be triggered: ${String(error)}`));
        }
        await look(query, seen);
        if (seen.samples % 1000 === 0) console.log(`${((Date.now() - from) / 60_000).toFixed(1)} min: ${JSON.stringify(seen)}`);
        await sleep(SAMPLE_EVERY_MS);
      }
      const cycles = await metric(windsock, 'windsock_cycle_duration_seconds_count');
      const [tasks] = await query('SELECT count(*)::int AS count FROM task_instance');
      console.log(`
windsock serve beside Airflow ${version} for ${minutes} minutes, interval 2 s, ${cycles} cycles, ${round * SIMPLE.length} runs triggered, ${String(tasks?.['count'])} task instances
pg_stat_activity read ${seen.samples} times
connections at most                           ${seen.connections}
longest transaction seen                      ${seen.transaction.toFixed(3)} s
longest "idle in transaction" seen            ${seen.idleInTransaction.toFixed(3)} s
share of samples "idle in transaction"        ${((100 * seen.inTransaction) / seen.samples).toFixed(2)} %`);
      // A watch that saw nothing shows nothing.
      const hasSeen = seen.connections > 0 && cycles >= minutes * 10;
      return hasSeen && seen.connections <= CONNECTIONS_MAX && seen.idleInTransaction <= IDLE_IN_TRANSACTION_SECONDS_MAX;
    });
  } finally {
    await endAll();
    await postgres.stop();
  }
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    void endAll().finally(() => process.exit(1));
  });
}
process.on('exit', killGroups);

const minutes = Number(process.argv[2] ?? 10);
const version = process.argv[3] ?? '3.3.2';
const venv = install(version);
if (venv === null) throw new Error('PyPI cannot be reached, so Airflow cannot be installed');
const folder = await makeFolder();
const isFine = await watch(folder, version, venv, minutes).catch((error: unknown) => {
  console.error(error);
  return false;
});
if (!isFine) await printLogs(folder);
await rm(folder, { recursive: true, force: true });
console.log(isFine ? 'as promised' : 'NOT as promised');
process.exit(isFine ? 0 : 1);
