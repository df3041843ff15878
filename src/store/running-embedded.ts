import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { holderOf } from './lock-folder.ts';

/**
 * URL of `database` on the embedded server that a Windsock runs under `dataDir`, for a look at it while it is in use; undefined
 * when none runs there.
 */
export async function runningEmbeddedUrl(dataDir: string, database: string): Promise<string | undefined> {
  const folder = resolve(dataDir);
  if ((await holderOf(folder)) === undefined) return undefined;
  const read = (...path: string[]) => readFile(join(folder, ...path), 'utf8').catch(() => '');
  // Its fourth line is the port that the server listens on.
  const port = Number((await read('postgres', 'postmaster.pid')).split('\n')[3]);
  const password = await read('password');
  return port > 0 && password !== '' ? `postgres://windsock:${password}@127.0.0.1:${port}/${database}` : undefined;
}
