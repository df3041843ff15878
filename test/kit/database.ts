import { randomBytes } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { inject } from 'vitest';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';

/** Dumps by version: the demo's two live with the demo. */
const fixtures = new Map(
  ['../fixtures/schema', '../../src/demo/schema']
    .map((folder) => resolve(import.meta.dirname, folder))
    .flatMap((folder) =>
      readdirSync(folder).map((file) => [/^airflow-(.+)\.sql$/.exec(file)?.[1] ?? '', join(folder, file)] as const),
    )
    .filter(([version]) => version !== ''),
);

/** The Airflow versions whose schemas were dumped from real installations. */
export const airflowVersions = [...fixtures.keys()].sort();

export interface TestDatabase {
  url: string;
  name: string;
  /** Rows of one statement, as the database's owner. */
  query<Row extends object = Record<string, unknown>>(text: string, values?: unknown[]): Promise<Row[]>;
  [Symbol.asyncDispose](): Promise<void>;
}

async function asAdmin<Result>(work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client(inject('adminUrl'));
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** A fresh database, dropped at the end unless KEEP_DB=1. */
export async function createDatabase(template?: string): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await asAdmin((client) => client.query(`CREATE DATABASE ${name}${template === undefined ? '' : ` TEMPLATE "${template}"`}`));
  const url = new URL(inject('adminUrl'));
  url.pathname = `/${name}`;
  const pool = new pg.Pool({ connectionString: url.href, max: 2 });
  // Dropped by force below: its connections end with an error that means nothing.
  pool.on('error', () => {});
  return {
    url: url.href,
    name,
    query: async <Row extends object>(text: string, values: unknown[] = []) => (await pool.query<Row>(text, values)).rows,
    async [Symbol.asyncDispose]() {
      await pool.end();
      if (process.env['KEEP_DB'] === '1') return;
      await asAdmin((client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
    },
  };
}

/** A fresh database with the schema of a real Airflow, cloned from a template that the first to ask for it makes. */
export async function createAirflowDatabase(version: string): Promise<TestDatabase> {
  const file = fixtures.get(version);
  if (file === undefined)
    throw new Error(`no schema fixture for Airflow ${version}: make it with test/airflow/dump-schema.sh ${version}`);
  const template = `template_airflow_${version}`;
  await asAdmin(async (client) => {
    // Test files run side by side: the lock goes with the connection.
    await client.query('SELECT pg_advisory_lock(hashtext($1))', [template]);
    const { rows } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [template]);
    if (rows.length > 0) return;
    const loading = `loading_${version}`;
    await client.query(`CREATE DATABASE "${loading}"`);
    const url = new URL(inject('adminUrl'));
    url.pathname = `/${loading}`;
    const loader = new pg.Client(url.href);
    await loader.connect();
    await loader.query(readFileSync(file, 'utf8'));
    await loader.end();
    await client.query(`ALTER DATABASE "${loading}" RENAME TO "${template}"`);
  });
  return createDatabase(template);
}

/** A migrated store of our own in a fresh database. */
export async function createStore(): Promise<Store & AsyncDisposable> {
  const database = await createDatabase('template_store');
  const store = await openStore({ url: database.url, applicationName: 'windsock-test', max: 4 });
  return {
    ...store,
    async [Symbol.asyncDispose]() {
      await store.close();
      await database[Symbol.asyncDispose]();
    },
  };
}
