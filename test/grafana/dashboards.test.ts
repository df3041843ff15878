import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { boards, fileOf, render } from '../../grafana/dashboards.ts';
import { families } from '../../src/measure/catalogue.ts';
import { processMetrics } from '../../src/telemetry/process-metrics.ts';
import { testWith } from '../kit/binaries.ts';
import { withVariables, type DashboardJson } from '../kit/grafana.ts';

const root = resolve(import.meta.dirname, '../..');
const dashboards = boards.map((board) => JSON.parse(render(board)) as DashboardJson);
const panelsOf = ({ panels }: DashboardJson) => panels.filter(({ type }) => type !== 'row');
const queriesOf = (dashboard: DashboardJson): string[] => [
  ...panelsOf(dashboard).flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
  ...dashboard.annotations.list.map(({ expr }) => expr),
];
const expressions = dashboards.flatMap(queriesOf);

test('the committed dashboards are what `npm run docs` writes now, and there is no other', () => {
  for (const board of boards)
    expect(readFileSync(join(root, fileOf(board)), 'utf8'), `${fileOf(board)} is stale: npm run docs`).toBe(render(board));
  expect(
    readdirSync(join(root, 'grafana/json'))
      .map((file) => `grafana/json/${file}`)
      .toSorted(),
  ).toEqual(boards.map(fileOf).toSorted());
});

test('addresses of dashboards are as they were published', () => {
  expect(boards.map(({ uid }) => uid)).toEqual([
    'windsock-overview',
    'windsock-dag',
    'windsock-slas',
    'windsock-executive',
    'windsock-scheduler',
    'windsock-incidents',
    'windsock-self',
  ]);
});

describe.each(dashboards.map((dashboard) => [dashboard.uid, dashboard] as const))('%s', (_, dashboard) => {
  test('each panel says what it shows, in which unit, and what an empty one means', () => {
    expect(panelsOf(dashboard).length).toBeGreaterThan(8);
    for (const { title, description, fieldConfig, targets } of panelsOf(dashboard)) {
      expect(title).toMatch(/\S{3}/);
      expect(description?.length, `${title}: description`).toBeGreaterThan(20);
      expect(fieldConfig?.defaults.unit, `${title}: unit`).toMatch(/\w/);
      expect(fieldConfig?.defaults.noValue, `${title}: empty state`).toMatch(/\w{2}/);
      expect(targets?.length, `${title}: queries`).toBeGreaterThan(0);
    }
    const titles = panelsOf(dashboard).map(({ title }) => title);
    expect(new Set(titles).size, 'titles').toBe(titles.length);
  });

  test('panels have ids of their own and do not overlap', () => {
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    const taken = new Map<string, string>();
    for (const { title, gridPos } of dashboard.panels) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(taken.get(`${x} ${y}`), `${title} covers`).toBeUndefined();
          taken.set(`${x} ${y}`, title);
        }
      }
    }
  });

  test('every variable in use is there, and every one that is there is in use', () => {
    const { list } = dashboard.templating;
    const text = JSON.stringify({ ...dashboard, templating: { list: list.map(({ query }) => query) } });
    const used = [...text.matchAll(/\$\{?(\w+)/g)].map(([, name = '']) => name).filter((name) => !name.startsWith('__'));
    expect(new Set(used)).toEqual(new Set(list.map(({ name }) => name)));
  });

  test('its links lead to dashboards that exist, with variables that these have', () => {
    for (const [, uid = '', query = ''] of JSON.stringify(dashboard).matchAll(/"\/d\/([\w-]+)\?([^"]*)"/g)) {
      const target = dashboards.find((each) => each.uid === uid);
      expect(target, uid).toBeDefined();
      for (const [, name = ''] of query.matchAll(/var-(\w+)=/g))
        expect(target?.templating.list.map((variable) => variable.name)).toContain(name);
    }
  });
});

test('queries name metrics of the catalogue only, and labels that these have', async () => {
  const known = new Map<string, readonly string[]>(
    Object.values(families).flatMap(({ name, kind, labels }) =>
      (kind === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name]).map((each) => [each, labels] as const),
    ),
  );
  for (const { name } of await processMetrics()()) known.set(name, ['job']);
  known.set('up', ['job']);
  const variables = dashboards.flatMap(({ templating }) =>
    templating.list.flatMap(({ type, query }) => (type === 'query' && typeof query !== 'string' ? [query.query] : [])),
  );
  const selectors = [...expressions, ...variables].flatMap((text) => [
    ...text.matchAll(/(?<![\w"])([a-z]\w+)\{([^}]*)\}/g),
    ...text.matchAll(/label_values\(()(?=\w+,)/g),
  ]);
  expect(selectors.length).toBeGreaterThan(30);
  const wrong = selectors.flatMap(([, name = '', matchers = '']) => {
    const labels = known.get(name);
    if (name !== '' && labels === undefined) return [name];
    return [...matchers.matchAll(/(\w+)(?:=|!)/g)]
      .map(([, label = '']) => label)
      .filter((label) => label !== 'airflow' && !labels?.includes(label))
      .map((label) => `${name}{${label}}`);
  });
  expect(wrong).toEqual([]);
  // A metric without a selector would watch every Airflow at once.
  const bare = expressions
    .map((text) => text.replaceAll(/\w+\{[^}]*\}/g, ''))
    .filter((text) => /(?:airflow|windsock|rca)_/.test(text));
  expect(bare).toEqual([]);
});

test('every family of the catalogue is on a dashboard', () => {
  const all = expressions.join('\n');
  const names = Object.values(families).map(({ name }) => name);
  expect(names.length).toBeGreaterThan(60);
  expect(names.filter((name) => !new RegExp(`\\b${name}(?:_bucket|_sum|_count)?\\{`).test(all))).toEqual([]);
});

testWith('promtool', 'every query of every dashboard parses', (promtool) => {
  const folder = mkdtempSync(join(tmpdir(), 'windsock-grafana-'));
  const file = join(folder, 'rules.yml');
  const rules = expressions.map((text, index) => ({ record: `panel:query:${index}`, expr: withVariables(text, () => '1') }));
  // JSON is YAML.
  writeFileSync(file, JSON.stringify({ groups: [{ name: 'panels', rules }] }));
  const { status, stdout, stderr } = spawnSync(promtool, ['check', 'rules', file], { encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  expect(status, stdout + stderr).toBe(0);
  expect(stdout).toContain(`${rules.length} rules found`);
});

test('provisioning names the folder, the data source and the interval that the rest is made for', () => {
  const yaml = (path: string) => parse(readFileSync(join(root, 'grafana/provisioning', path), 'utf8')) as unknown;
  const [prometheus] = z
    .object({ datasources: z.array(z.object({ type: z.string(), url: z.url(), jsonData: z.record(z.string(), z.unknown()) })) })
    .parse(yaml('datasources/windsock.yml')).datasources;
  const scraped = z
    .object({ global: z.object({ scrape_interval: z.string() }) })
    .parse(parse(readFileSync(join(root, 'prometheus/prometheus.yml'), 'utf8')));
  expect(prometheus).toMatchObject({ type: 'prometheus', jsonData: { timeInterval: scraped.global.scrape_interval } });
  expect(yaml('dashboards/windsock.yml')).toMatchObject({
    apiVersion: 1,
    providers: [{ type: 'file', folder: 'Windsock', options: { path: expect.stringMatching(/^\/\S+$/) } }],
  });
});
