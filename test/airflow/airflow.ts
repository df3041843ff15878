// Installs and starts a real Airflow beside a real PostgreSQL, for the scripts of this folder.
import { spawnSync } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { PASSWORD, startPostgres, type Postgres, type Query } from './postgres.ts';
import { freePort, PATIENCE, start, type Running } from './processes.ts';
import { openRest, type Rest } from './rest.ts';

const UNREACHABLE = 69;
const here = fileURLToPath(new URL('.', import.meta.url));

/** The virtual environment of a release, or null where PyPI cannot be reached. */
export function install(version: string): string | null {
  const done = spawnSync('sh', [join(here, 'install-airflow.sh'), version], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (done.status === UNREACHABLE) return null;
  if (done.status !== 0) throw new Error(`Airflow ${version} cannot be installed (exit code ${done.status})`);
  return done.stdout.trim().split('\n').at(-1) ?? '';
}

/** A folder of its own for everything that runs; its logs are in `out` and `home/out`. */
export async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'windsock-zoo-'));
  // PostgreSQL runs as another user when we are root.
  await chmod(folder, 0o711);
  await mkdir(join(folder, 'out'));
  return folder;
}

export type Airflow = { rest: Rest; major: number; postgres: Postgres; home: string; databaseUrl: string };

/** Puts DAGs and what they read into `home`, and says which variables of the environment they need. */
type Stage = (home: string, postgres: Postgres) => Promise<Record<string, string>>;

const stageZoo: Stage = async (home) => {
  await cp(join(here, 'zoo'), join(home, 'dags'), { recursive: true });
  return {};
};

/** A running Airflow that reads the DAGs of the zoo, or what `stage` puts there. It ends with `endAll`, and its PostgreSQL with `postgres.stop`. */
export async function startAirflow(folder: string, version: string, venv: string, stage: Stage = stageZoo): Promise<Airflow> {
  const major = Number(version.split('.')[0]);
  const postgres = await startPostgres(folder);
  try {
    await postgres.create('airflow');
    const databaseUrl = postgres.url('keeper', 'airflow');
    const port = await freePort();
    const home = join(folder, 'home');
    const environment = await stage(home, postgres);
    const command = ['sh', join(here, 'run-airflow.sh'), venv, home, databaseUrl, String(port)];
    const running = start('Airflow', command, join(folder, 'out/airflow.txt'), environment);
    const base = `http://127.0.0.1:${port}`;
    await until200(`${base}${major === 2 ? '/health' : '/api/v2/monitor/health'}`, running, 180_000 * PATIENCE);
    return { rest: await openRest(base, major, 60_000 * PATIENCE), major, postgres, home, databaseUrl };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

/** Waits until `url` answers 200; a process that ends meanwhile is an error at once. */
export async function until200(url: string, running: Running, limitMs: number): Promise<void> {
  const end = Date.now() + limitMs;
  for (;;) {
    const status = await fetch(url).then(
      (response) => response.status,
      () => 0,
    );
    if (status === 200) return;
    const ended = running.ended();
    if (ended !== null) throw new Error(ended);
    if (Date.now() > end) throw new Error(`${url} answers ${status || 'nothing'} after ${limitMs / 1000} s`);
    await sleep(300);
  }
}

/** The read-only role of the shipped script, with a password. */
export async function grantRole(query: Query): Promise<void> {
  await query(await readFile(new URL('../../docs/airflow-role.sql', import.meta.url), 'utf8'));
  await query(`ALTER ROLE windsock PASSWORD '${PASSWORD}'`);
}

/** Prints the last lines of everything that ran, for whoever must find out why. */
export async function printLogs(folder: string): Promise<void> {
  for (const out of [join(folder, 'out'), join(folder, 'home/out')]) {
    for (const name of await readdir(out).catch(() => [])) {
      const lines = (await readFile(join(out, name), 'utf8')).trimEnd().split('\n');
      console.log(`--- ${name} (last lines of ${lines.length})\n${lines.slice(-25).join('\n')}`);
    }
  }
}
