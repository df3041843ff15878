import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sleep } from '../lib/clock.ts';
import { AppError, errorText } from '../lib/errors.ts';
import { birthOf, isAlive } from './process-of.ts';

/** Nobody needs longer between making the lock and writing into it. */
const halfWrittenMs = 200;

/**
 * Takes the folder for this process: two Windsocks would stop each other's server. Throws CONFLICT while another process
 * holds it; a lock whose process is gone, or whose number another process has by now, is no obstacle. Returns what gives
 * the folder free again.
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, 'windsock.pid');
  const mine = `${process.pid} ${(await birthOf(process.pid)) ?? ''}\n`;
  for (;;) {
    try {
      await writeFile(path, mine, { flag: 'wx' });
      return () => rm(path, { force: true });
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw unwritable(folder, error);
    }
    const theirs = await readLock(path);
    if (await holds(theirs)) {
      throw new AppError(
        'CONFLICT',
        `store.data_dir ${folder} is in use by process ${Number.parseInt(theirs, 10)}; give each Windsock a folder of its own, or set store.database_url`,
      );
    }
    await removeStale(path, theirs);
  }
}

/** The process that holds the folder; undefined while none does. */
export async function holderOf(folder: string): Promise<number | undefined> {
  const lock = await readFile(join(folder, 'windsock.pid'), 'utf8').catch(() => '');
  return (await holds(lock)) ? Number.parseInt(lock, 10) : undefined;
}

function unwritable(folder: string, error: unknown): AppError {
  return codeOf(error) === 'ENOSPC'
    ? new AppError('UNAVAILABLE', `store.data_dir ${folder} has no disk space left: free some and start again`, { cause: error })
    : new AppError('CONFIG', `store.data_dir ${folder} is not writable: ${errorText(error)}`, { cause: error });
}

async function readLock(path: string): Promise<string> {
  const found = await readFile(path, 'utf8').catch(() => '');
  if (found !== '') return found;
  await sleep(halfWrittenMs);
  return readFile(path, 'utf8').catch(() => '');
}

/** True while the process that wrote this lock lives. */
async function holds(lock: string): Promise<boolean> {
  const [pid = '', ...birth] = lock.trim().split(' ');
  if (!(Number(pid) > 0) || !isAlive(Number(pid))) return false;
  const now = await birthOf(Number(pid));
  return now === undefined || birth.length === 0 || now === birth.join(' ');
}

/** Takes a stale lock away. Whoever did so before may hold the folder by now: then their lock was moved, and goes back. */
async function removeStale(path: string, stale: string): Promise<void> {
  const aside = `${path}.${process.pid}`;
  await rename(path, aside).catch(() => {});
  const moved = await readFile(aside, 'utf8').catch(() => stale);
  if (moved === stale) await rm(aside, { force: true });
  else await rename(aside, path);
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
