// Runs every failing task on real Airflows and writes their logs, with labels, to test/fixtures/failures.
//
//   node test/airflow/failures/collect.ts [VERSION …]      default: the two releases below
//
// With the word `relabel` nothing is run: the labels are written anew from the logs that are there.
// Exit code 0: all failed as they should have, or skipped because PyPI cannot be reached (said on stdout). 1: one did not.
// ZOO_ONLY=type,type collects these types alone, and leaves the others' fixtures as they are. ZOO_KEEP=1 keeps the folder with everything that ran; ZOO_PATIENCE=3 waits three times as long.
import { execFileSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { install, makeFolder, printLogs, startAirflow, type Airflow } from '../airflow.ts';
import { withDatabase, type Query } from '../postgres.ts';
import { endAll, killGroups, PATIENCE } from '../processes.ts';
import { unpause, type Rest, type Row } from '../rest.ts';
import { CASES, type Case } from './cases.ts';
import { gatherAll, relabel, runIdsOf } from './gather.ts';
import { namesOf, portRenamer, renamer } from './normalise.ts';
import { startServers, type Servers } from './servers.ts';
import { environmentOf, installDbt, missingPrograms, mountSmall, stage, stockWarehouse } from './stage.ts';

const VERSIONS = ['2.11.2', '3.3.2'];
const LIMIT_MS = 40 * 60_000 * PATIENCE;
const only = process.env['ZOO_ONLY']?.split(',');
/** What is run on this release. */
const casesOf = (airflow: string): Case[] =>
  CASES.filter(({ type }) => only?.includes(type.type) ?? (type.major === undefined || airflow.startsWith(`${type.major}.`)));

const from = Date.now();
const say = (line: string): void => console.log(`[${((Date.now() - from) / 1000).toFixed(0).padStart(4)} s] ${line}`);

async function waitUntil(what: string, isDone: () => Promise<boolean>, limitMs: number): Promise<void> {
  const end = Date.now() + limitMs;
  while (!(await isDone())) {
    if (Date.now() > end) throw new Error(`${what}: not within ${limitMs / 60_000} minutes`);
    await sleep(2000);
  }
  say(what);
}

async function start(rest: Rest, dag: string, runId: string, isLast: boolean): Promise<void> {
  const body: Row = { dag_run_id: runId, conf: isLast ? {} : { healthy: 'yes' } };
  if (rest.major > 2) body['logical_date'] = null;
  await rest.send('POST', `/dags/${dag}/dagRuns`, body);
}

async function runAll({ rest, databaseUrl }: Airflow, cases: Case[]): Promise<void> {
  const dags = [...new Set(cases.map(({ dag }) => dag))];
  await withDatabase(databaseUrl, async (query: Query) => {
    const known = async (): Promise<boolean> => {
      const rows = await query('SELECT dag_id FROM dag');
      return [...dags, 'kestrel_child'].every((dag) => rows.some((row) => row['dag_id'] === dag));
    };
    await waitUntil(`Airflow knows ${dags.length} DAGs`, known, 3 * 60_000 * PATIENCE);
    for (const dag of [...dags, 'kestrel_child']) await unpause(rest, dag);
    for (const dag of dags) {
      const runIds = runIdsOf(dag);
      for (const runId of runIds) await start(rest, dag, runId, runId === runIds.at(-1));
    }
    let shown = 0;
    const over = async (): Promise<boolean> => {
      const [row] = await query(
        `SELECT count(*) FILTER (WHERE state IN ('queued', 'running'))::int AS open,
          (SELECT count(*)::int FROM task_instance WHERE state IN ('success', 'failed', 'skipped')) AS done FROM dag_run`,
      );
      if (Number(row?.['done']) >= shown + 50) say(`${(shown = Number(row?.['done']))} tasks are over`);
      return row?.['open'] === 0;
    };
    await waitUntil('all runs are over', over, LIMIT_MS);
    // What tasks said last is written a little after their state.
    await sleep(5000);
  });
}

const pythonOf = (venv: string): string =>
  execFileSync(join(venv, 'bin/python'), ['-c', 'import sys; print(sys.base_prefix)'], { encoding: 'utf8' }).trim();

/** Gives the full disk back, also when this process must go at once. */
let unmount = (): void => undefined;

async function visit(folder: string, airflow: string, venv: string, servers: Servers): Promise<string[]> {
  const cases = casesOf(airflow);
  const dbt = installDbt();
  let postgresPort = 0;
  const started = await startAirflow(folder, airflow, venv, async (home, postgres) => {
    postgresPort = Number(new URL(postgres.url('keeper', 'warehouse')).port);
    await stage({ home, servers, postgresPort }, cases);
    unmount = mountSmall(home);
    await stockWarehouse(postgres);
    return environmentOf(postgres, servers, dbt);
  }).catch((error: unknown) => {
    unmount();
    throw error;
  });
  const { postgres, home, databaseUrl } = started;
  try {
    await runAll(started, cases);
    const byName = renamer({ ...namesOf({ folder, home, venv, python: pythonOf(venv) }), [join(dbt, '../..')]: '/opt/dbt' });
    const { http, tls, mail, quotes, gone } = servers;
    const byPort = portRenamer({ http, tls, mail, quotes, gone, postgres: postgresPort });
    const rename = (text: string): string => byPort(byName(text));
    return await withDatabase(databaseUrl, (query) => gatherAll({ airflow, home, query, rename }, cases));
  } finally {
    await endAll();
    unmount();
    await postgres.stop();
  }
}

async function collect(version: string): Promise<boolean> {
  say(`Airflow ${version}`);
  const venv = install(version);
  if (venv === null) {
    console.log(`SKIPPED Airflow ${version}: PyPI cannot be reached, so it cannot be installed`);
    return true;
  }
  const folder = await makeFolder();
  const servers = await startServers(folder);
  let isWell = false;
  try {
    const wrong = await visit(folder, version, venv, servers);
    for (const line of wrong) console.log(`NOT AS INTENDED: ${line}\n`);
    say(
      `Airflow ${version}: ${casesOf(version).length - wrong.length} of ${casesOf(version).length} tasks failed as they should have`,
    );
    isWell = wrong.length === 0;
  } catch (error) {
    console.error(error);
    await printLogs(folder);
  } finally {
    servers.stop();
  }
  if (process.env['ZOO_KEEP'] === undefined) await rm(folder, { recursive: true, force: true });
  else console.log(`everything is kept in ${folder}`);
  return isWell;
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    void endAll().finally(() => process.exit(1));
  });
}
process.on('exit', () => {
  killGroups();
  unmount();
});

if (process.argv[2] === 'relabel') {
  await relabel();
  process.exit(0);
}
const missing = missingPrograms();
if (missing.length > 0 || process.getuid?.() !== 0) {
  console.log(missing.length > 0 ? `needed and not found: ${missing.join(', ')}` : 'must be run as root: it mounts a tmpfs');
  process.exit(1);
}
const wanted = process.argv.slice(2);
let allWell = true;
for (const version of wanted.length > 0 ? wanted : VERSIONS) allWell = (await collect(version)) && allWell;
process.exit(allWell ? 0 : 1);
