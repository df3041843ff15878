import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { afterAll, expect, test } from 'vitest';
import { runWindsock } from '../../kit/run-windsock.ts';
import { raised } from '../../explain/rules/log-of.ts';

const folder = mkdtempSync(join(tmpdir(), 'windsock-test-explain-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('windsock explain answers offline, in each format, with exit code 0, known or not', async () => {
  const known = join(folder, 'known.log');
  const vague = join(folder, 'vague.log');
  writeFileSync(known, raised("KeyError: 'Variable batch_size does not exist'").join('\n'));
  writeFileSync(vague, raised('shop.errors.LoadError: something went wrong').join('\n'));
  const [text, json, yaml] = await Promise.all([
    runWindsock(['explain', '--log', known]),
    runWindsock(['explain', '--log', vague, '--json']),
    runWindsock(['explain', '--log', known, '--format', 'yaml']),
  ]);
  expect(text).toMatchObject({ code: 0, stderr: '' });
  expect(text.stdout).toMatch(/^The Airflow variable is not defined: batch_size\.\n/);
  expect(json).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(json.stdout)).toMatchObject({ category: 'unknown', certainty: 'low', source: 'rules' });
  expect(parse(yaml.stdout)).toMatchObject({ category: 'configuration_error', subcategory: 'missing_variable' });
});

test('what is wrong with the call is told in a line', async () => {
  const [missing, none] = await Promise.all([
    runWindsock(['explain', '--log', join(folder, 'none.log')]),
    runWindsock(['explain']),
  ]);
  expect(missing.stderr).toMatch(/^windsock: .*none\.log: there is no such file\n$/);
  expect(missing.code).toBe(3);
  expect(none.stderr).toMatch(/^windsock: name a log/);
  expect(none.code).toBe(2);
});
