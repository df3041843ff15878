import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { claimFolder, demoFolder, emptyFolder, runningDemo } from '../../src/demo/folder.ts';

async function temporary(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'windsock-folder-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

test('a folder that holds other things is refused and stays as it is', async () => {
  await using home = await temporary();
  await writeFile(join(home.path, 'thesis.txt'), 'mine');
  await expect(claimFolder(demoFolder(home.path))).rejects.toThrow(/holds other things/);
  expect(await readdir(home.path)).toEqual(['thesis.txt']);
});

test('a folder that cannot be made is named, with what to do', async () => {
  await using home = await temporary();
  await writeFile(join(home.path, 'file'), '');
  await expect(claimFolder(demoFolder(join(home.path, 'file', 'demo')))).rejects.toThrow(/cannot be made .*--data-dir/);
});

test('the folder of an earlier demo is taken again and loses its logs and faults, nothing else', async () => {
  await using home = await temporary();
  const folder = demoFolder(join(home.path, 'demo'));
  await claimFolder(folder);
  await mkdir(join(folder.logs, 'dag_id=a'), { recursive: true });
  await mkdir(join(folder.path, 'postgres'));
  await claimFolder(folder);
  await emptyFolder(folder);
  expect((await readdir(folder.path)).sort()).toEqual(['faults', 'logs', 'postgres', 'windsock-demo']);
  expect(await readdir(folder.logs)).toEqual([]);
});

test('a demo runs while the process that locked its folder lives', async () => {
  await using home = await temporary();
  const folder = demoFolder(home.path);
  expect(await runningDemo(folder)).toBeUndefined();
  await writeFile(join(home.path, 'windsock.pid'), String(process.pid));
  expect(await runningDemo(folder), 'a Windsock that is no demo').toBeUndefined();
  await writeFile(join(home.path, 'windsock-demo'), '');
  expect(await runningDemo(folder)).toBe(process.pid);
  await writeFile(join(home.path, 'windsock.pid'), '999999999');
  expect(await runningDemo(folder)).toBeUndefined();
});
