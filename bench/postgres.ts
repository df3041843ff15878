import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { closeAtExit } from './cleanup.ts';
import { startEmbedded } from '../src/store/embedded.ts';

/** As a server of this size has it; no autovacuum, so that none runs in the middle of a measurement. */
const settings = {
  shared_buffers: '1GB',
  maintenance_work_mem: '512MB',
  max_wal_size: '4GB',
  autovacuum: 'off',
  shared_preload_libraries: 'pg_stat_statements',
  'pg_stat_statements.track_planning': 'on',
};

export interface BenchPostgres extends AsyncDisposable {
  adminUrl: string;
  urlOf(database: string, user?: string): string;
  /** Makes a database that is not there. */
  databaseUrl(database: string): Promise<string>;
  /** Runs statements as the superuser in its own database. */
  admin<Row extends object>(text: string): Promise<Row[]>;
}

/** Rows of one statement on a connection of its own. */
export async function queryOnce<Row extends object>(url: string, text: string, values: unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
}

/** A folder for one benchmark, gone at the end. PostgreSQL must be able to enter it as another user. */
export async function temporaryFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'windsock-bench-'));
  await chmod(path, 0o755);
  return { path, [Symbol.asyncDispose]: closeAtExit(() => rm(path, { recursive: true, force: true })) };
}

const warn = (message: string): void => void process.stderr.write(`${message}\n`);

/** A real PostgreSQL that counts what each role costs; its data stays in `keep`, or goes. */
export async function startBenchPostgres(keep?: string): Promise<BenchPostgres> {
  if (keep !== undefined) await mkdir(keep, { recursive: true });
  const folder = keep === undefined ? await temporaryFolder() : { path: resolve(keep), [Symbol.asyncDispose]: async () => {} };
  const server = await startEmbedded({ dataDir: folder.path, fast: true, settings, log: warn }).catch(async (error: unknown) => {
    await folder[Symbol.asyncDispose]();
    throw error;
  });
  const urlOf = (database: string, user?: string): string => {
    const url = new URL(server.adminUrl);
    url.pathname = `/${database}`;
    if (user !== undefined) url.username = user;
    return url.href;
  };
  return {
    adminUrl: server.adminUrl,
    urlOf,
    databaseUrl: (database) => server.databaseUrl(database),
    admin: <Row extends object>(text: string) => queryOnce<Row>(server.adminUrl, text),
    [Symbol.asyncDispose]: closeAtExit(async () => {
      await server.stop();
      await folder[Symbol.asyncDispose]();
    }),
  };
}

/** Makes a role that may log in as the superuser's URL does, with another name. */
export async function createRole(postgres: BenchPostgres, role: string, attributes: string): Promise<void> {
  const { password } = new URL(postgres.adminUrl);
  const [found] = await postgres.admin<{ n: number }>(`SELECT 1 AS n FROM pg_roles WHERE rolname = '${role}'`);
  if (found === undefined) await postgres.admin(`CREATE ROLE ${role}`);
  await postgres.admin(`ALTER ROLE ${role} LOGIN ${attributes} PASSWORD '${password}'`);
}

/** What a role's statements have cost a database since its server started, as the server counts it. */
export interface Cost {
  /** Planning and execution. */
  ms: number;
  /** Pages of 8 KiB that were looked at, in memory or on disk. */
  buffers: number;
  statements: number;
}

export interface CostReader extends AsyncDisposable {
  read(role: string): Promise<Cost>;
  /** The role's dearest statements, with what one call costs. */
  dearest(role: string, count: number): Promise<(Cost & { text: string })[]>;
}

const counted = `FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid JOIN pg_database d ON d.oid = s.dbid
  WHERE r.rolname = $1 AND d.datname = current_database()`;

/** Reads what roles cost, by pg_stat_statements. */
export async function createCostReader(url: string): Promise<CostReader> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
  return {
    async read(role) {
      const { rows } = await client.query<Cost>(
        `SELECT coalesce(sum(total_plan_time + total_exec_time), 0)::float8 AS ms, coalesce(sum(shared_blks_hit + shared_blks_read), 0)::float8 AS buffers,
           coalesce(sum(calls), 0)::float8 AS statements ${counted}`,
        [role],
      );
      return rows[0] ?? { ms: 0, buffers: 0, statements: 0 };
    },
    async dearest(role, count) {
      const { rows } = await client.query<Cost & { text: string }>(
        `SELECT (total_plan_time + total_exec_time) / calls AS ms, ((shared_blks_hit + shared_blks_read) / calls)::float8 AS buffers, calls::float8 AS statements,
           regexp_replace(query, '\\s+', ' ', 'g') AS text ${counted} ORDER BY total_plan_time + total_exec_time DESC LIMIT $2`,
        [role, count],
      );
      return rows;
    },
    [Symbol.asyncDispose]: () => client.end(),
  };
}

export const costBetween = (before: Cost, after: Cost): Cost => ({
  ms: after.ms - before.ms,
  buffers: after.buffers - before.buffers,
  statements: after.statements - before.statements,
});
