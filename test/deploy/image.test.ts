import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { sourcesWith, askApp } from '../kit/http.ts';

const root = resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const dockerfile = read('Dockerfile');
const lines = dockerfile.split('\n');

test('the image has the Node that package.json pins', () => {
  const { devDependencies } = JSON.parse(read('package.json')) as { devDependencies: Record<string, string> };
  const bases = lines.flatMap((line) => /^FROM (\S+)/.exec(line)?.[1] ?? []);
  expect(new Set(bases)).toEqual(new Set([`node:${devDependencies['node']}-slim`, 'base']));
});

test('the image runs as a user that is not root, named by number', () => {
  expect(lines.filter((line) => line.startsWith('USER ')).at(-1)).toMatch(/^USER [1-9]\d*:[1-9]\d*$/);
});

test('what the image is made from is there, and is let through by .dockerignore', () => {
  const allowed = read('.dockerignore')
    .split('\n')
    .flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []));
  const copied = lines.flatMap((line) => {
    const words = /^COPY (?!--from)(.+)$/.exec(line)?.[1]?.split(' ') ?? [];
    return words.slice(0, -1);
  });
  expect(copied.length).toBeGreaterThan(5);
  expect(new Set(copied)).toEqual(new Set(allowed));
  for (const path of copied) expect(existsSync(join(root, path)), path).toBe(true);
});

test("the image's health check asks a path that exists and needs no token", async () => {
  const path = /127\.0\.0\.1:\$\{process\.env\.WINDSOCK_HTTP_PORT \|\| 9112\}(\/\w+)`/.exec(dockerfile)?.[1] ?? '';
  const { ask } = askApp({ sources: sourcesWith({}) });
  expect((await ask(path, { peer: '203.0.113.7' })).status).toBe(200);
});
