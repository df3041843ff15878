import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { configurationReference, exampleYaml } from '../../scripts/docs/configuration.ts';
import { metricsReference, seriesPerThing } from '../../scripts/docs/metrics.ts';
import { keysOf } from '../../src/config-keys.ts';
import { configSchema } from '../../src/config.ts';
import { families } from '../../src/measure/catalogue.ts';
import { counter, histogram } from '../../src/measure/define.ts';
import { KNOWN, unexplained } from '../airflow/known-differences.ts';

const root = resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

test.each([
  ['docs/CONFIGURATION.md', configurationReference],
  ['docs/METRICS.md', metricsReference],
])('%s is what `npm run docs` writes now', (file, render) => {
  expect(read(file), `${file} is stale: npm run docs`).toBe(render());
});

describe('docs/CONFIGURATION.md', () => {
  const text = read('docs/CONFIGURATION.md');

  test('shows every key of the schema with its variable, and explains it', () => {
    expect(keysOf(configSchema).length).toBeGreaterThan(15);
    for (const { path, variable } of keysOf(configSchema)) {
      const row = text.split('\n').find((line) => line.startsWith(`| \`${path.join('.')}\`<br>\`${variable}\``));
      expect(row, path.join('.')).toBeDefined();
      expect(row?.split(' | ').at(-1)?.length, `${path.join('.')} has no description`).toBeGreaterThan(10);
    }
    // The keys within lists, too, which have no variable.
    expect(text.split('\n').filter((line) => /^\| `.* \|\s*\|$/.test(line))).toEqual([]);
  });

  test('shows the _FILE variable of every secret', () => {
    const secrets = keysOf(configSchema).filter(({ schema }) => schema.meta()?.['secret'] === true);
    expect(secrets.map(({ path }) => path.join('.'))).toContain('airflow.database_url');
    for (const { variable } of secrets) expect(text).toContain(`\`${variable}_FILE\``);
  });

  test('its example is a valid file that changes no default', () => {
    const example = configSchema.parse(parse(exampleYaml()));
    expect(example).toEqual(configSchema.parse({ airflow: { database_url: example.airflow.database_url } }));
    expect(text).toContain(exampleYaml());
  });

  test('its example is still valid with every comment that holds a setting taken away', () => {
    const all = exampleYaml().replaceAll(/^( *)# (\w+:(?: \S|$))/gm, '$1$2');
    const tree = configSchema.parse(parse(all));
    expect(tree.http.tokens).toHaveLength(1);
    expect(tree.airflow.base_url).toBeDefined();
    expect(tree.http.webhooks.alertmanager.secret).toBeDefined();
  });
});

describe('docs/METRICS.md', () => {
  const text = read('docs/METRICS.md');

  test('lists every family of the catalogue once, and names no other', () => {
    const rows = [...text.matchAll(/^\| `((?:airflow|windsock|rca|gen_ai)_\w+)` \|/gm)].map(([, name]) => name);
    expect(rows).toHaveLength(Object.keys(families).length);
    expect(new Set(rows)).toEqual(new Set(Object.values(families).map(({ name }) => name)));
    const known = new Set<string>(Object.values(families).map(({ name }) => name));
    const named = [...text.matchAll(/\b((?:airflow|windsock)_\w+[a-z])\b(?!_|`?…)/g)].map(([, name = '']) => name);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });

  test('explains every known difference against Airflow', async () => {
    expect(Object.keys(KNOWN).length).toBeGreaterThan(0);
    expect(await unexplained(new URL('../../docs/METRICS.md', import.meta.url))).toEqual([]);
  });

  test('counts series per thing: a histogram has its buckets, +Inf, sum and count; a state label its states', () => {
    const made = seriesPerThing([
      histogram('a_seconds', ['dag_id'], [1, 2], 'a', 'b'),
      counter('b_total', ['dag_id', 'state'], 'a', 'b', { states: ['x', 'y', 'z'] }),
      counter('c_total', [], 'a', 'b'),
    ]);
    expect(Object.fromEntries(made)).toEqual({ DAG: 5 + 3, '': 1 });
  });
});
