import { execFile, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';

const root = resolve(import.meta.dirname, '../../..');
const run = promisify(execFile);

/** A project of two modules, of which the second is loaded when the first is told to. */
function project() {
  const folder = mkdtempSync(join(tmpdir(), 'windsock-build-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'src'));
  mkdirSync(join(folder, 'scripts'));
  for (const file of ['scripts/build.ts', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json', 'package.json'])
    cpSync(join(root, file), join(folder, file));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(
    join(folder, 'src/main.ts'),
    `process.stdin.once('data', () => void import('./late.ts').then(({ word }) => { console.log(word); process.exit(0); }));\nconsole.log('up');\n`,
  );
  return {
    folder,
    says: (word: string) => writeFileSync(join(folder, 'src/late.ts'), `export const word = '${word}';\n`),
    build: async (...args: string[]) => (await run(process.execPath, ['scripts/build.ts', ...args], { cwd: folder })).stdout,
    builds: () => readdirSync(folder).filter((name) => name.startsWith('dist')),
  };
}

/** Runs the build, as the demo does; gives a way to let it load its second module and say its word. */
async function start(folder: string): Promise<() => Promise<string>> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', "await import('./dist/main.js')"], {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill());
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await new Promise((up) => child.stdout.once('data', up));
  return async () => {
    const gone = new Promise((done) => child.once('close', done));
    child.stdin.end('go\n');
    await gone;
    return said.trim().split('\n').at(-1) ?? '';
  };
}

test('who runs a build goes on with it while another is built; the same sources are built once, and old builds go', async () => {
  const { folder, says, build, builds } = project();
  says('old');
  expect(await build('--if-changed')).toContain('2 modules');
  expect(await build('--if-changed'), 'nothing changed').toBe('');
  const first = await start(folder);
  says('new');
  await Promise.all([build('--if-changed'), build('--if-changed')]);
  const second = await start(folder);
  expect([await first(), await second()]).toEqual(['old', 'new']);
  says('old');
  expect(await build('--if-changed'), 'built before').toBe('');
  expect(await (await start(folder))()).toBe('old');
  for (const word of ['a', 'b', 'c', 'd', 'e']) {
    says(word);
    await build('--if-changed');
  }
  expect(builds()).toHaveLength(1 + 5);
  expect(await (await start(folder))()).toBe('e');
});

test('a build that fails leaves the one before; the one for the package is a folder of its own', async () => {
  const { folder, says, build, builds } = project();
  says('good');
  await build('--if-changed');
  const before = builds();
  writeFileSync(join(folder, 'src/late.ts'), 'export const word: number = "none";\n');
  await expect(build('--if-changed')).rejects.toThrow(/there is no new dist/);
  expect(builds()).toEqual(before);
  expect(await (await start(folder))()).toBe('good');
  says('packed');
  await build();
  expect(
    readdirSync(folder, { withFileTypes: true })
      .find(({ name }) => name === 'dist')
      ?.isDirectory(),
  ).toBe(true);
  expect(await (await start(folder))()).toBe('packed');
});
