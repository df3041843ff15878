// Puts everything in place before an Airflow starts: DAG files, what they read, jobs, a full disk, roles of the warehouse.
import { execFileSync, spawnSync } from 'node:child_process';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withDatabase, type Postgres } from '../postgres.ts';
import { parametersOf, preambleOf, type Case } from './cases.ts';
import type { Servers } from './servers.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const cache =
  process.env['WINDSOCK_AIRFLOW_HOME_CACHE'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'windsock');
const DBT = ['dbt-core==1.9.11', 'dbt-postgres==1.11.0'];

/** Programs that the jobs run, besides Python. */
export function missingPrograms(): string[] {
  return ['java', 'javac', 'curl', 'psql', 'openssl', 'mount'].filter((name) => spawnSync('which', [name]).status !== 0);
}

/** The dbt command, installed beside the Airflows if it is not there yet. */
export function installDbt(): string {
  const [uv, venv] = [join(cache, 'airflow/uv/bin/uv'), join(cache, 'tools-dbt')];
  const python = join(venv, 'bin/python');
  if (spawnSync(join(venv, 'bin/dbt'), ['--version']).status !== 0) {
    execFileSync(uv, ['venv', '--quiet', '--python', 'python3.11', venv]);
    execFileSync(uv, ['pip', 'install', '--quiet', '--python', python, ...DBT], { stdio: 'inherit' });
  }
  return join(venv, 'bin/dbt');
}

type Place = { home: string; servers: Servers; postgresPort: number };

/** What a case's task is told that is known only now: ports and addresses. */
function extraOf({ type }: Case, { home, servers, postgresPort }: Place): Record<string, string | number> {
  const base = `http://127.0.0.1:${servers.http}`;
  const gone = `http://127.0.0.1:${servers.gone}`;
  switch (type.type) {
    case 'http_500':
    case 'http_502':
    case 'http_403':
    case 'http_401_expired':
    case 'http_429':
    case 'http_not_json':
    case 'http_retries_then_500':
      return { base };
    case 'http_refused':
      return { base: gone, ok: base };
    case 'wrapped_refused':
      return { base: gone, ok: base };
    case 'http_dns':
      return { base: 'https://api.NOUN.invalid', ok: base };
    case 'http_tls_self_signed':
      return { base: `https://127.0.0.1:${servers.tls}`, ok: base };
    case 'http_tls_hostname':
      return { base: `https://127.0.0.1:${servers.tls}`, ok: base, ca: servers.ca };
    case 'http_read_timeout':
      return { base, ok: base, timeout: 2 };
    case 'http_reset':
    case 'http_truncated':
      return { base, ok: base };
    case 'tcp_reset':
      return { port: servers.quotes };
    case 'smtp_auth':
      return { port: servers.mail };
    case 'grpc_unavailable':
    case 'sqlalchemy_refused':
      return { port: servers.gone };
    case 'bash_curl_refused':
    case 'jvm_refused':
      return { argument: servers.gone };
    case 'bash_psql_password':
    case 'dbt_test_failed':
    case 'dbt_missing_ref':
    case 'dbt_missing_column':
      return { argument: postgresPort };
    case 'openssl_verify':
      return { argument: servers.tls };
    case 'bash_disk_full':
      return { argument: join(home, 'small') };
    default:
      return {};
  }
}

async function writeCases(place: Place, cases: readonly Case[]): Promise<void> {
  await mkdir(join(place.home, 'preambles'));
  const rows = [];
  for (const one of cases) {
    const preamble = preambleOf(one);
    const { key, noun, dag, task, type } = one;
    const names = { key, noun, dag, task, type: type.type, file: type.file, step: type.step ?? null };
    const params = parametersOf(one, extraOf(one, place));
    rows.push({ ...names, params, retries: type.retries ?? 0, preamble: preamble.length > 0 });
    if (preamble.length > 0) await writeFile(join(place.home, 'preambles', key), preamble.join('\u001E'));
  }
  const child = {
    key: 'child_fails',
    noun: 'books',
    dag: 'kestrel_child',
    task: 'close_books',
    type: 'child_fails',
    file: 'runtime',
  };
  rows.push({ ...child, step: null, params: {}, retries: 0, preamble: false });
  await writeFile(join(place.home, 'cases.json'), JSON.stringify(rows, null, 1));
}

/** A disk of one megabyte. */
export function mountSmall(home: string): () => void {
  const small = join(home, 'small');
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small]);
  return () => void spawnSync('umount', [small]);
}

/** Fills `home` before Airflow starts in it. */
export async function stage(place: Place, cases: readonly Case[]): Promise<void> {
  for (const folder of ['dags', 'small', 'landing']) await mkdir(join(place.home, folder), { recursive: true });
  await cp(join(here, 'dags'), join(place.home, 'dags'), { recursive: true });
  await cp(join(here, 'jobs'), join(place.home, 'jobs'), { recursive: true });
  const source = join(here, 'jobs/src/io/kestrel/ledger/Main.java');
  execFileSync('javac', ['--release', '17', '-d', join(place.home, 'jobs/classes'), source]);
  await writeCases(place, cases);
}

/** The warehouse, with a clerk who may do nothing and a role for whom there is no connection. */
export async function stockWarehouse(postgres: Postgres): Promise<void> {
  await postgres.create('warehouse');
  await withDatabase(postgres.url('keeper', 'warehouse'), async (query) => {
    await query(`CREATE ROLE clerk LOGIN PASSWORD 'zoo-keeper'`);
    await query(`CREATE ROLE narrow LOGIN PASSWORD 'zoo-keeper' CONNECTION LIMIT 0`);
  });
}

/** Connections of the tasks, as Airflow reads them from its environment. */
export function environmentOf(postgres: Postgres, servers: Servers, dbt: string): Record<string, string> {
  const warehouse = new URL(postgres.url('keeper', 'warehouse'));
  const url = (change: (url: URL) => void): string => {
    const changed = new URL(warehouse.href);
    change(changed);
    return changed.href.replace('postgresql:', 'postgres:');
  };
  return {
    AIRFLOW_CONN_WAREHOUSE: url(() => undefined),
    AIRFLOW_CONN_WAREHOUSE_CLERK: url((one) => (one.username = 'clerk')),
    AIRFLOW_CONN_WAREHOUSE_WRONG: url((one) => (one.password = 'of-no-use')),
    AIRFLOW_CONN_WAREHOUSE_GONE: url((one) => (one.port = String(servers.gone))),
    AIRFLOW_CONN_WAREHOUSE_LOST: url((one) => (one.hostname = 'warehouse.kestrel.invalid')),
    AIRFLOW_CONN_WAREHOUSE_TLS: url((one) => (one.search = '?sslmode=require')),
    AIRFLOW_CONN_WAREHOUSE_NARROW: url((one) => (one.username = 'narrow')),
    AIRFLOW_CONN_WAREHOUSE_ELSEWHERE: url((one) => (one.pathname = '/kestrel_mart')),
    AIRFLOW_CONN_PARTNER: `http://127.0.0.1:${servers.http}`,
    AIRFLOW_CONN_PARTNER_GONE: `http://127.0.0.1:${servers.gone}`,
    AIRFLOW_CONN_LANDING: 'fs://?path=/',
    KESTREL_DBT: dbt,
    DBT_KEY: warehouse.password,
    ZOO_PARALLELISM: '4',
  };
}
