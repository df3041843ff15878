import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { testWith } from '../kit/binaries.ts';

const folder = resolve(import.meta.dirname, '../../prometheus');
const filesIn = (name: string): string[] => readdirSync(join(folder, name)).map((file) => join(folder, name, file));

function run(promtool: string, args: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync(promtool, args, { encoding: 'utf8' });
  expect(status, stdout + stderr).toBe(0);
}

testWith('promtool', 'the shipped configuration of Prometheus and its rules are valid', (promtool) => {
  run(promtool, ['check', 'config', join(folder, 'prometheus.yml')]);
  run(promtool, ['check', 'rules', '--lint=all', '--lint-fatal', ...filesIn('rules')]);
});

testWith('promtool', 'every rule does in its tests what it should, on both sides of its limits', (promtool) => {
  run(promtool, ['test', 'rules', ...filesIn('tests')]);
});

test('every rule has a test', () => {
  const tests = filesIn('tests').map((file) => readFileSync(file, 'utf8'));
  const rules = filesIn('rules').flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/- (?:alert|record): (\S+)/g)].map(([, name = '']) => name),
  );
  expect(rules.length).toBeGreaterThan(30);
  const sliErrors = /^slo:sli_error:ratio_rate(?:1h|6h|1d|3d)$/; // one test, by pattern
  expect(rules.filter((name) => !sliErrors.test(name) && !tests.some((text) => text.includes(name)))).toEqual([]);
});
