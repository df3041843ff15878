import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { runner } from 'node-pg-migrate';
import pg from 'pg';
import { AppError } from '../lib/errors.ts';
import { redact } from '../redact/redact.ts';
import type { Store } from './store.ts';

/** The rooms' folder: `src` here, `dist` in the npm package. */
const roomsFolder = resolve(import.meta.dirname, '..');

/**
 * Brings the store's tables up to date: the SQL files `<room>/migrations/<number>_<name>.sql` in the order of their numbers.
 * Two processes that start together wait for each other. A store of a newer Windsock is refused.
 */
export async function migrate(store: Store, log: (line: string) => void = () => {}): Promise<void> {
  const rooms = await readdir(roomsFolder, { withFileTypes: true });
  const names = await Promise.all(
    rooms.filter((room) => room.isDirectory()).map((room) => readdir(join(roomsFolder, room.name, 'migrations')).catch(() => [])),
  );
  const known = new Set(names.flat().map((name) => name.replace(/\.sql$/, '')));
  await refuseNewer(store, known);
  // A client of our own: the runner would not wait for its end, nor hear its errors.
  const client = new pg.Client({ connectionString: store.url, application_name: 'windsock', connectionTimeoutMillis: 5000 });
  client.on('error', () => {});
  try {
    await client.connect();
    await runner({
      dbClient: client,
      dir: join(roomsFolder, '*/migrations/*.sql'),
      useGlob: true,
      direction: 'up',
      migrationsTable: 'windsock_migration',
      advisoryLockMode: 'wait',
      // Each room has numbers of its own: a new one of `store` stands before those of `measure` that ran long ago.
      checkOrder: false,
      log,
      verbose: false,
    });
  } catch (error) {
    // The runner wraps some errors with their stack.
    const [line = ''] = redact(error instanceof Error ? error.message : String(error)).split('\n');
    throw /permission denied/.test(line)
      ? new AppError('DENIED', `Windsock's store: ${line}; its user must own the database in store.database_url`, {
          cause: error,
        })
      : new AppError('UNAVAILABLE', `Windsock's store cannot be brought up to date: ${line}`, { cause: error });
  } finally {
    await client.end().catch(() => {});
  }
}

async function refuseNewer(store: Store, known: ReadonlySet<string>): Promise<void> {
  const [table] = await store.query<{ there: boolean }>(`SELECT to_regclass('windsock_migration') IS NOT NULL AS there`);
  if (!table?.there) return;
  const done = await store.query<{ name: string }>('SELECT name FROM windsock_migration');
  const foreign = done.find(({ name }) => !known.has(name));
  if (foreign)
    throw new AppError(
      'UNSUPPORTED',
      `The store was made by a newer Windsock (it has ${foreign.name}); run that version, or give this one a store of its own`,
    );
}
