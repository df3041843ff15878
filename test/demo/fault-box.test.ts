import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Fault } from '../../src/demo/config.ts';
import { askForFault, takeFaults } from '../../src/demo/fault-box.ts';
import { demoFolder, type DemoFolder } from '../../src/demo/folder.ts';
import { AppError } from '../../src/lib/errors.ts';

async function box(): Promise<DemoFolder & AsyncDisposable> {
  const folder = demoFolder(await mkdtemp(join(tmpdir(), 'windsock-faults-')));
  await mkdir(folder.faults);
  return { ...folder, [Symbol.asyncDispose]: () => rm(folder.path, { recursive: true, force: true }) };
}

const until = new Date('2026-03-02T10:30:00Z');
const untilAsked = async (folder: DemoFolder): Promise<void> => {
  while (!(await readdir(folder.faults)).some((name) => name.endsWith('.fault.json')))
    await new Promise((done) => setTimeout(done, 5));
};

test('who asks for a fault learns whom it hits and until when, and leaves no file', async () => {
  await using folder = await box();
  const begun: Fault[] = [];
  const asking = askForFault(folder, { kind: 'slow', dagId: 'etl', forSeconds: 60 }, { timeoutMs: 5000 });
  await untilAsked(folder);
  await takeFaults(folder, (fault) => {
    begun.push(fault);
    return { kind: fault.kind, dagId: 'etl', until };
  });
  expect(await asking).toEqual({ ok: true, kind: 'slow', dagId: 'etl', untilMs: until.getTime() });
  expect(begun).toEqual([{ kind: 'slow', dagId: 'etl', forSeconds: 60 }]);
  expect(await readdir(folder.faults)).toEqual([]);
});

test('who asks for a fault on a DAG that is not there learns why not', async () => {
  await using folder = await box();
  const asking = askForFault(folder, { kind: 'slow', dagId: 'nope' }, { timeoutMs: 5000 });
  await untilAsked(folder);
  await takeFaults(folder, () => {
    throw new AppError('NOT_FOUND', 'this Airflow has no DAG nope');
  });
  expect(await asking).toEqual({ ok: false, message: 'this Airflow has no DAG nope' });
});

test('what is no fault begins none and stops nothing', async () => {
  await using folder = await box();
  for (const [name, text] of [
    ['a', 'no json'],
    ['b', '{"kind":"fire"}'],
    ['c', '{"kind":"slow","forSeconds":0}'],
  ] as const)
    await writeFile(join(folder.faults, `${name}.fault.json`), text);
  await takeFaults(folder, () => expect.unreachable('a fault began'));
  expect((await readdir(folder.faults)).sort()).toEqual(['a.answer.json', 'b.answer.json', 'c.answer.json']);
});

test('a demo that does not answer is waited for so long, and its fault is taken back', async () => {
  await using folder = await box();
  await expect(askForFault(folder, { kind: 'fail' }, { timeoutMs: 120 })).rejects.toThrow(/does not answer within 0.12 s/);
  expect(await readdir(folder.faults)).toEqual([]);
});
