import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { startEmbedded, type EmbeddedOptions, type EmbeddedPostgres } from '../../../src/store/embedded.ts';
import { openStore } from '../../../src/store/open.ts';
import { isAlive } from '../../../src/store/process-of.ts';
import { eventually } from '../../kit/eventually.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'windsock-embedded-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function ask<Row extends object>(url: string, text: string): Promise<Row[]> {
  const store = await openStore({ url, applicationName: 'windsock-test', max: 1 });
  try {
    return await store.query<Row>(text);
  } finally {
    await store.close();
  }
}

const serverPid = async (): Promise<number> =>
  Number.parseInt(await readFile(join(folder, 'postgres/postmaster.pid'), 'utf8'), 10);

async function running(options: Partial<EmbeddedOptions> = { fast: true }): Promise<EmbeddedPostgres> {
  const postgres = await startEmbedded({ dataDir: folder, ...options });
  onTestFinished(() => postgres.stop());
  return postgres;
}

test('a second Windsock on a data folder is refused with a line that says what to do, and disturbs nothing', async () => {
  const postgres = await running();
  await expect(startEmbedded({ dataDir: folder, fast: true })).rejects.toMatchObject({
    code: 'CONFLICT',
    message: expect.stringMatching(new RegExp(`^store.data_dir .* is in use by process ${process.pid}; give each Windsock`)),
  });
  expect(await ask(postgres.adminUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

test('stopping leaves no server and gives the folder free', async () => {
  const postgres = await startEmbedded({ dataDir: folder, fast: true });
  const pid = await serverPid();
  await postgres.stop();
  expect(isAlive(pid)).toBe(false);
  await (await startEmbedded({ dataDir: folder, fast: true })).stop();
});

test('a lock whose process number another process has by now is no obstacle', async () => {
  await writeFile(join(folder, 'windsock.pid'), `${process.pid} of-an-earlier-boot/1\n`);
  const postgres = await running();
  expect(await ask(postgres.adminUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

test('a lock of a process that died, or that was never written, is no obstacle', async () => {
  const dead = spawn('true');
  await new Promise((done) => dead.on('close', done));
  for (const content of [`${dead.pid}\n`, '']) {
    await writeFile(join(folder, 'windsock.pid'), content);
    await (await startEmbedded({ dataDir: folder, fast: true })).stop();
  }
});

test('a pid file that names a process of somebody else neither stops the start nor harms that process', async () => {
  const bystander = spawn('sleep', ['60'], { cwd: '/' });
  onTestFinished(() => void bystander.kill('SIGKILL'));
  await (await startEmbedded({ dataDir: folder, fast: true })).stop();
  await writeFile(join(folder, 'postgres/postmaster.pid'), `${bystander.pid}\n${folder}/postgres\n1700000000\n5432\n\n\n\n`);
  const postgres = await running();
  expect(await ask(postgres.adminUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  expect(bystander.exitCode).toBeNull();
  expect(bystander.signalCode).toBeNull();
});

test('a server that ends by itself is started again on the same URL, with what was committed', async () => {
  const said: string[] = [];
  const postgres = await running({ log: (line) => said.push(line) });
  const url = await postgres.databaseUrl('kept');
  await ask(url, 'CREATE TABLE IF NOT EXISTS kept AS SELECT 42 AS answer');
  process.kill(await serverPid(), 'SIGKILL');
  const rows = await eventually('the server is back', () => ask(url, 'SELECT answer FROM kept'));
  expect(rows).toEqual([{ answer: 42 }]);
  expect(said).toEqual([expect.stringMatching(/^the embedded PostgreSQL ended and is started again/)]);
});

test('a lost password is a line that says what to do, and soon', async () => {
  const path = join(folder, 'password');
  const password = await readFile(path, 'utf8');
  onTestFinished(() => writeFile(path, password));
  await writeFile(path, 'another');
  await expect(startEmbedded({ dataDir: folder, fast: true })).rejects.toMatchObject({
    code: 'CONFIG',
    message: expect.stringMatching(/does not take the password in .*password: restore that file, or move the folder away/),
  });
});
