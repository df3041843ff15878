import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { spoolTo, spoolToFile } from '../../../src/cli/detect/spool.ts';

const root = mkdtempSync(join(tmpdir(), 'windsock-test-spool-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let folder = root;
beforeEach(() => {
  folder = mkdtempSync(join(root, 'case-'));
});

function collector() {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString() };
}

const left = () => readdirSync(tmpdir()).filter((name) => name.startsWith('windsock-detect-'));

test.each([10, 400_000])('%d lines come out as they went in, and not before the end', async (count) => {
  const { stream, text } = collector();
  const spool = spoolTo(stream);
  const lines = Array.from({ length: count }, (_, index) => `line ${index}: äöü and some more\n`);
  for (const line of lines) spool.write(line);
  expect(text()).toBe('');
  await spool.finish();
  expect(text() === lines.join('')).toBe(true);
  expect(left()).toEqual([]);
});

test('what is discarded leaves nothing', () => {
  const { stream, text } = collector();
  const spools = [spoolTo(stream), spoolToFile(join(folder, 'out.csv'))];
  for (const spool of spools) {
    spool.write('x'.repeat(9_000_000));
    spool.discard();
  }
  expect(text()).toBe('');
  expect(left()).toEqual([]);
  expect(readdirSync(folder)).toEqual([]);
});

test('a file is replaced as a whole, also behind a link', async () => {
  const [path, link] = [join(folder, 'out.csv'), join(folder, 'link.csv')];
  writeFileSync(path, 'old');
  symlinkSync(path, link);
  const spool = spoolToFile(link);
  spool.write('new');
  expect(readFileSync(path, 'utf8')).toBe('old');
  await spool.finish();
  expect(readFileSync(path, 'utf8')).toBe('new');
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(readdirSync(folder).sort()).toEqual(['link.csv', 'out.csv']);
});

test('a folder is refused', () => {
  expect(() => spoolToFile(folder)).toThrow(/is a folder; name a file/);
});
