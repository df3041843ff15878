import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AppError, errorText } from '../lib/errors.ts';
import { holderOf } from '../store/lock-folder.ts';

/** Where a demo keeps what it makes: its databases, its task logs, and the faults that it is asked for. */
export interface DemoFolder {
  path: string;
  logs: string;
  faults: string;
  /** Holds the password of the demo's databases. */
  password: string;
}

const marker = 'windsock-demo';
const markerText = 'This folder belongs to `windsock demo`, which empties it whenever it starts.\n';

/** Where things lie in a demo's folder. */
export function demoFolder(path: string): DemoFolder {
  const root = resolve(path);
  return { path: root, logs: join(root, 'logs'), faults: join(root, 'faults'), password: join(root, 'password') };
}

/** Makes the folder, or takes over that of an earlier demo. Throws CONFIG for a folder that holds anything else: the demo empties it. */
export async function claimFolder({ path }: DemoFolder): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
    const found = await readdir(path);
    if (found.length > 0 && !found.includes(marker)) {
      throw new AppError(
        'CONFIG',
        `${path} holds other things, and a demo empties its folder; name an empty one, or that of an earlier demo, with --data-dir`,
      );
    }
    await writeFile(join(path, marker), markerText);
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('CONFIG', `the demo's folder ${path} cannot be made (${errorText(error)}); name another with --data-dir`, {
      cause: error,
    });
  }
}

/** Takes away what an earlier demo left. Only the demo that holds the folder's lock may do this. */
export async function emptyFolder({ logs, faults }: DemoFolder): Promise<void> {
  for (const path of [logs, faults]) {
    await rm(path, { recursive: true, force: true });
    await mkdir(path);
  }
}

/** The process of the demo that runs in this folder now; undefined when none does. */
export async function runningDemo({ path }: DemoFolder): Promise<number | undefined> {
  const isDemo = await readFile(join(path, marker)).then(
    () => true,
    () => false,
  );
  return isDemo ? holderOf(path) : undefined;
}
