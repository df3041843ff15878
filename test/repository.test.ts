import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');

/** What a stranger gets: what git tracks, or where there is no git, all that it would not ignore. */
function files(): string[] {
  if (existsSync(join(root, '.git')))
    return execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).split('\0').slice(0, -1);
  const ignored = new Set(readFileSync(join(root, '.gitignore'), 'utf8').replaceAll('/', '').split('\n'));
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((path) => !path.split('/').some((part) => ignored.has(part) || part.endsWith('.tgz')));
}

test('nothing is shipped that a program made of something else, and no path of the machine it was made on', () => {
  const all = files();
  expect(all.length).toBeGreaterThan(1000);
  // Users named so are in the logs and paths of Airflow's own images.
  const checkout =
    /(?<![\w.])\/(?:home|Users)\/(?!airflow\b)\w+\/|(?<![\w.])\/(?:tmp|work)\/(?:[\w-]+\/)*(?:src|deploy|docs|bench)\//;
  const faults = all.flatMap((path) => {
    if (path.endsWith('.png') || path === 'test/repository.test.ts' || !existsSync(join(root, path))) return [];
    const text = readFileSync(join(root, path), 'utf8');
    if (text.includes('\0')) return [`${path} is no text`];
    const found = checkout.exec(text)?.[0];
    return found === undefined ? [] : [`${path}: ${found}`];
  });
  expect(faults).toEqual([]);
});
