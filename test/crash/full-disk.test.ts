import { execFile } from 'node:child_process';
import { appendFile, mkdtemp, readFile, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { expect, test } from 'vitest';
import { startBusyAirflow } from '../kit/busy-airflow.ts';
import { createDatabase } from '../kit/database.ts';
import { eventually } from '../kit/eventually.ts';
import { valueOf } from '../kit/parse-exposition.ts';
import { countedTotals, differences, sumOf, truthTotals } from '../kit/totals.ts';
import { startWindsock } from '../kit/windsock.ts';

const run = promisify(execFile);
const diskMb = 120;

/** A small file system of its own; undefined, with a printed reason, where none may be mounted. */
async function mountSmallDisk(): Promise<({ folder: string } & AsyncDisposable) | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'windsock-disk-'));
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${diskMb}m`, 'tmpfs', folder]);
  } catch (error) {
    await rm(folder, { recursive: true });
    console.warn(`no small file system can be mounted here, the test of a full disk is skipped: ${String(error)}`);
    return undefined;
  }
  return {
    folder,
    async [Symbol.asyncDispose]() {
      await run('umount', [folder]);
      await rm(folder, { recursive: true });
    },
  };
}

/** Fills what is left of it. */
async function fill(folder: string): Promise<string> {
  const filler = join(folder, 'filler');
  const block = Buffer.alloc(64 * 1024);
  for (;;) {
    const full = await appendFile(filler, block).then(
      () => false,
      () => true,
    );
    if (full) break;
  }
  const { bavail } = await statfs(folder);
  expect(bavail).toBeLessThan(16);
  return filler;
}

/** Has the server begin new write-ahead files until it finds no room for one, which it does not survive. */
async function breakServer(dataDir: string): Promise<void> {
  const password = await readFile(join(dataDir, 'password'), 'utf8');
  const [, , , port] = (await readFile(join(dataDir, 'postgres/postmaster.pid'), 'utf8')).split('\n');
  const client = new pg.Client(`postgres://windsock:${password}@127.0.0.1:${port}/postgres`);
  client.on('error', () => {});
  await client.connect();
  await eventually('the server is gone', () =>
    client.query('SELECT txid_current(), pg_switch_wal()').then(
      () => false,
      () => true,
    ),
  );
  await client.end().catch(() => {});
}

test('a full disk under the embedded store stops the counting, says so in a line, and loses nothing', async ({ skip }) => {
  await using disk = await mountSmallDisk();
  if (disk === undefined) return skip('mounting is not allowed here');
  await using database = await createDatabase();
  await using busy = await startBusyAirflow(database);
  const begin = busy.simulation.truth();
  await using windsock = startWindsock({
    WINDSOCK_AIRFLOW_DATABASE_URL: database.url,
    WINDSOCK_STORE_DATA_DIR: join(disk.folder, 'state'),
    WINDSOCK_HISTORY: '1h',
  });
  await eventually('the first cycle', async () => valueOf(await windsock.metrics(), 'airflow_up') === 1);
  busy.go(() => windsock.lastLook());
  await eventually('something is counted', async () => sumOf(countedTotals(await windsock.metrics())) > 20);
  const filler = await fill(disk.folder);
  const said = await windsock.says(/no disk space left|free some disk space/);
  await eventually('Airflow families are gone', async () => sumOf(countedTotals(await windsock.metrics())) === 0);
  await breakServer(join(disk.folder, 'state'));
  const ended = await windsock.says(/the embedded PostgreSQL ended and is started again .*; free some disk space/);
  await rm(filler);
  const before = windsock.lines().length;
  await eventually('cycles work again', () =>
    windsock
      .lines()
      .slice(before)
      .some(({ msg }) => /cycles work again/.test(msg)),
  );
  await busy.rest();
  const truth = truthTotals(begin, busy.simulation.truth());
  await eventually('all is counted', async () => differences(truth, countedTotals(await windsock.metrics())).length === 0);
  console.log(`${sumOf(truth)} events, all counted. It said:\n${said.error || said.msg}\n${ended.msg}`);
  windsock.signal('SIGTERM');
  expect(await windsock.exit).toEqual({ code: 0, signal: null });
});
