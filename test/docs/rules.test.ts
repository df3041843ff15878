import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { kinds } from '../../src/detect/kinds.ts';
import { isTimeZone } from '../../src/lib/calendar.ts';
import { families } from '../../src/measure/catalogue.ts';

const root = resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

const ruleSchema = z.strictObject({
  alert: z.string().optional(),
  record: z.string().optional(),
  expr: z.string(),
  for: z.string().optional(),
  labels: z.record(z.string(), z.string()).default({}),
  annotations: z.record(z.string(), z.string()).default({}),
});
const rulesSchema = z.object({ groups: z.array(z.object({ rules: z.array(ruleSchema) })) });

const files = readdirSync(join(root, 'prometheus/rules'));
const rulesOf = (file: string) => rulesSchema.parse(parse(read(`prometheus/rules/${file}`))).groups.flatMap(({ rules }) => rules);
const rules = files.flatMap(rulesOf);
const alerts = rules.filter(({ alert }) => alert !== undefined);

/** Names of series that the catalogue's families have. */
const series = new Map(
  Object.values(families).flatMap(({ name, kind, labels }) =>
    (kind === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name]).map(
      (each): [string, readonly string[]] => [each, labels],
    ),
  ),
);

test('the shipped rules name metrics of the catalogue only, and labels that these have', () => {
  const used = rules.flatMap(({ expr }) => [...expr.matchAll(/(?<![:\w])((?:airflow|windsock)_\w+)(?:\{([^}]*)\})?/g)]);
  expect(used.length).toBeGreaterThan(50);
  const unknown = used.flatMap(([, name = '', matchers = '']) => {
    const labels = series.get(name);
    if (labels === undefined) return [name];
    const named = [...matchers.matchAll(/(\w+)(?:=|!)/g)].map(([, label = '']) => label);
    return named.filter((label) => !labels.includes(label)).map((label) => `${name}{${label}}`);
  });
  expect(unknown).toEqual([]);
});

describe('every alert of the shipped rules', () => {
  const headings = new Set(
    [...read('docs/ALERTING.md').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading.toLowerCase().replaceAll(' ', '-')),
  );

  test.each(alerts.map((rule) => [rule.alert, rule] as const))(
    '%s says how grave it is, what is wrong and what to do',
    (_, rule) => {
      expect(rule.labels['severity']).toMatch(/^(?:none|info|warning|error|critical)$/);
      expect(rule.annotations['summary']?.length).toBeGreaterThan(10);
      expect(rule.annotations['description']?.length).toBeGreaterThan(20);
      const [document, anchor = ''] = (rule.annotations['runbook_url'] ?? '').split('#');
      expect(document).toBe('docs/ALERTING.md');
      expect([...headings]).toContain(anchor);
    },
  );

  test('has a name of its own, and none that Windsock gives its alerts', () => {
    const names = alerts.map(({ alert = '' }) => alert);
    expect(new Set(names).size).toBe(names.length);
    const ours = new Set<string>(Object.values(kinds).map(({ alertname }) => alertname));
    expect(names.filter((name) => ours.has(name))).toEqual([]);
  });

  test('says by its source who found it', () => {
    for (const [file, source] of [
      ['windsock-self.yml', 'windsock-self'],
      ['windsock-metric-alerts.yml', 'metrics'],
    ] as const) {
      expect(new Set(rulesOf(file).map(({ labels }) => labels['source']))).toEqual(new Set([source]));
    }
  });
});

describe('the shipped configuration of Alertmanager', () => {
  interface Route {
    matchers?: string[];
    mute_time_intervals?: string[];
    routes?: Route[];
  }
  const config = parse(read('alertmanager/alertmanager.yml')) as {
    route: Route;
    inhibit_rules: { source_matchers: string[]; target_matchers: string[] }[];
    time_intervals: { name: string; time_intervals: { location: string }[] }[];
  };
  const walk = (route: Route): Route[] => [route, ...(route.routes ?? []).flatMap(walk)];
  const all = walk(config.route);

  test('names alerts that exist', () => {
    const known = [...Object.values(kinds).map(({ alertname }) => alertname as string), ...alerts.map(({ alert = '' }) => alert)];
    const matchers = [
      ...all.flatMap((route) => route.matchers ?? []),
      ...config.inhibit_rules.flatMap((rule) => [...rule.source_matchers, ...rule.target_matchers]),
    ];
    const patterns = matchers.flatMap((matcher) => /^alertname=~?"(.*)"$/.exec(matcher)?.[1] ?? []);
    // Windsock(Down|Late)|X has three alternatives.
    const alternatives = patterns.flatMap((pattern) =>
      pattern.split(/\|(?![^(]*\))/).flatMap((part) => {
        const [, before = part, inside = '', after = ''] = /^(.*)\((.*)\)(.*)$/.exec(part) ?? [];
        return inside.split('|').map((each) => `${before}${each}${after}`);
      }),
    );
    expect(alternatives.length).toBeGreaterThan(15);
    expect(alternatives.filter((each) => !known.some((name) => new RegExp(`^(?:${each})$`).test(name)))).toEqual([]);
  });

  test('holds back warnings only outside working hours, in a time zone that exists', () => {
    const muted = all.filter((route) => route.mute_time_intervals !== undefined);
    expect(muted.length).toBeGreaterThan(0);
    for (const { matchers } of muted) expect(matchers).toContain('severity="warning"');
    const zones = config.time_intervals.flatMap((interval) => interval.time_intervals.map(({ location }) => location));
    expect(zones.filter((zone) => !isTimeZone(zone))).toEqual([]);
  });

  test('holds no secret: each is in a file', () => {
    const text = read('alertmanager/alertmanager.yml');
    expect([
      ...text.matchAll(/^\s*#?\s*(?:credentials|password|routing_key|api_url|smtp_auth_password|access_key|secret_key):/gm),
    ]).toEqual([]);
    expect(
      [...text.matchAll(/_file: (\S+)/g)]
        .map(([, path = '']) => path)
        .every((path) => path.startsWith('/etc/alertmanager/secrets/')),
    ).toBe(true);
  });
});
