import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { objective } from './kit.ts';

const folder = mkdtempSync(join(tmpdir(), 'windsock-sla-'));
afterAll(() => rmSync(folder, { recursive: true }));
const environment = { WINDSOCK_AIRFLOW_DATABASE_URL: 'postgresql://db.example/airflow' };
const write = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const refusal = (file: string): string => {
  try {
    loadConfig(environment, file);
  } catch (error) {
    return String(error);
  }
  return 'accepted';
};

describe('an objective', () => {
  test.each([
    [{ kind: 'success_ratio' }, { operator: 'gte', objective: 0.99, threshold: 0.99, statistic: null, minEvents: 5 }],
    [
      { kind: 'success_ratio', objective: '99.5 %' },
      { objective: 0.995, threshold: 0.995 },
    ],
    [{ kind: 'success_ratio', threshold: 0.9 }, { objective: 0.9 }],
    [
      { kind: 'duration', threshold: '30m' },
      { operator: 'lte', statistic: 'p95', objective: 0.95, threshold: 1800 },
    ],
    [
      { kind: 'duration', threshold: 90, objective: 0.9 },
      { statistic: null, objective: 0.9, threshold: 90 },
    ],
    [
      { kind: 'duration', threshold: '1m', statistic: 'max' },
      { statistic: 'max', objective: 0.99 },
    ],
    [
      { kind: 'queue_wait', threshold: '5m', statistic: 'median' },
      { statistic: 'median', objective: 0.5 },
    ],
    [
      { kind: 'freshness', threshold: '2h' },
      { operator: 'lte', threshold: 7200, minEvents: 1 },
    ],
    [{ kind: 'deadline', by: '06:30', time_zone: 'Europe/Berlin' }, { due: { minuteOfDay: 390, timeZone: 'Europe/Berlin' } }],
    [
      { kind: 'deadline', source: 'airflow' },
      { due: null, threshold: 0 },
    ],
    [
      { kind: 'custom', threshold: -5, operator: 'gt', metric: { name: 'rows' } },
      { pool: true, statistic: 'mean', threshold: -5, metric: { name: 'rows', labels: {}, overMs: 300_000 } },
    ],
    [{ severity: 'EMERGENCY' }, { levels: [{ severity: 'critical', threshold: 0.99 }] }],
    [{ severity: 'Warning' }, { levels: [{ severity: 'warning' }] }],
    [{}, { levels: [{ severity: 'warning' }] }],
    [
      { kind: 'custom', metric: { name: 'llm_seconds' }, thresholds: { critical: '5s', warning: '2s' } },
      {
        threshold: 2,
        unit: 'seconds',
        statistic: 'mean',
        recoversAfter: 3,
        levels: [
          { severity: 'warning', threshold: 2 },
          { severity: 'critical', threshold: 5 },
        ],
      },
    ],
    [
      {
        kind: 'custom',
        metric: { name: 'llm_errors', of: { name: 'llm_requests' }, at_least: 20 },
        thresholds: { warning: '5%', critical: 0.1 },
      },
      {
        threshold: 0.05,
        unit: 'ratio',
        statistic: 'sum',
        metric: { of: { name: 'llm_requests', labels: {} }, atLeast: 20 },
        levels: [{}, { severity: 'critical', threshold: 0.1 }],
      },
    ],
    [
      { kind: 'custom', metric: { name: 'score' }, operator: 'gte', thresholds: { warning: 90, critical: 80 } },
      { threshold: 90, unit: 'value' },
    ],
    [
      { kind: 'custom', metric: { name: 'free' }, threshold: '12.5 %', operator: 'gt' },
      { threshold: 0.125, unit: 'ratio' },
    ],
    [
      { kind: 'freshness', thresholds: { warning: '1h', critical: '4h' } },
      { threshold: 3600, unit: 'seconds' },
    ],
    [{ window: '7d' }, { window: { kind: 'rolling', ms: 604_800_000 } }],
    [{ window: 'month', time_zone: 'Asia/Kolkata' }, { window: { kind: 'month', timeZone: 'Asia/Kolkata' } }],
  ])('%o has its defaults', (keys, made) => {
    expect(objective(keys)).toMatchObject(made);
  });
});

describe('a bad objective is refused with its place and what to do', () => {
  test.each([
    ['kind: duration', /objectives\[0\]\.threshold .*is missing; write a duration such as 30m/],
    ['kind: duration\n      threshold: soon', /threshold .*is no duration; write for instance 90s/],
    ['kind: duration\n      threshold: -1', /threshold .*must be at least 0/],
    ['kind: freshness\n      threshold: 1h\n      operator: gt', /operator .*is lte or lt for freshness/],
    ['kind: freshness\n      threshold: 1h\n      statistic: p95', /statistic .*is for duration, queue_wait, custom only/],
    ['kind: success_ratio\n      objective: 99', /objective .*is a share above 0 and up to 1/],
    ['kind: success_ratio\n      objective: 0', /objective .*is a share above 0 and up to 1/],
    ['kind: success_ratio\n      objective: 0.9\n      threshold: 0.9', /threshold .*says the same as objective/],
    ['kind: success_ratio\n      operator: lt', /operator .*is gte or gt/],
    ['kind: deadline', /by .*is missing; a deadline needs a time of day/],
    ['kind: deadline\n      by: 24:00', /by .*is no time of day|by .*must be a text/],
    ['kind: deadline\n      by: "06:00"\n      threshold: 5', /threshold .*is not for a deadline/],
    ['kind: deadline\n      by: "06:00"\n      time_zone: Mars/Olympus', /time_zone .*is no IANA time zone/],
    ['kind: success_ratio\n      source: airflow', /source .*can be airflow for a deadline only/],
    ['kind: custom\n      threshold: 1', /metric .*is missing/],
    ['kind: custom\n      threshold: 1\n      metric: { name: 1rows }', /metric\.name .*is no metric name/],
    ['kind: success_ratio\n      window: 91d', /window .*is no window/],
    ['kind: success_ratio\n      window: 59m', /window .*is no window/],
    ['kind: success_ratio\n      severity: dire', /severity .*must be one of info/],
    [
      'kind: custom\n      metric: { name: a }\n      thresholds: {}',
      /thresholds .*is empty; write for instance warning and critical/,
    ],
    [
      'kind: custom\n      metric: { name: a }\n      thresholds: { warning: 5, critical: 2 }',
      /thresholds\.critical .*must lie further out than that of warning/,
    ],
    [
      'kind: custom\n      metric: { name: a }\n      thresholds: { warning: 5, critical: 5 }',
      /thresholds\.critical .*further out/,
    ],
    [
      'kind: custom\n      metric: { name: a }\n      operator: gte\n      thresholds: { warning: 5, error: 6 }',
      /thresholds\.error .*further out/,
    ],
    [
      'kind: custom\n      metric: { name: a }\n      thresholds: { warning: soon }',
      /thresholds\.warning .*is no number, duration or share/,
    ],
    [
      'kind: custom\n      metric: { name: a }\n      thresholds: { warning: 5%, critical: 2s }',
      /thresholds\.critical .*another unit/,
    ],
    [
      'kind: custom\n      metric: { name: a, of: 100 }\n      thresholds: { warning: 2s }',
      /thresholds\.warning .*another unit than a share/,
    ],
    [
      'kind: custom\n      metric: { name: a }\n      threshold: 1\n      thresholds: { warning: 2 }',
      /threshold .*says the same as thresholds/,
    ],
    [
      'kind: custom\n      metric: { name: a }\n      severity: error\n      thresholds: { warning: 2 }',
      /severity .*is told by thresholds/,
    ],
    [
      'kind: custom\n      metric: { name: a }\n      operator: eq\n      thresholds: { warning: 2 }',
      /thresholds .*cannot be exact/,
    ],
    ['kind: custom\n      metric: { name: a, of: 0 }\n      threshold: 2', /metric\.of .*must be (a number )?above 0/],
    ['kind: custom\n      metric: { name: a, per: [1x] }\n      threshold: 2', /metric\.per\[0\] .*is no label name/],
    ['kind: success_ratio\n      thresholds: { warning: 2 }', /thresholds .*is for duration, queue_wait, freshness, custom only/],
    ['kind: duration\n      objective: 0.9\n      thresholds: { warning: 2m }', /thresholds .*need a statistic/],
    ['kind: duration\n      thresholds: { warning: 5% }', /thresholds\.warning .*is no duration/],
    ['kind: duration\n      threshold: 1m\n      statistic: sum', /statistic .*sum is for custom only/],
    ['kind: speed', /kind .*must be one of success_ratio/],
    ['kind: success_ratio\n      treshold: 1', /treshold is no setting; did you mean threshold\?/],
  ])('%s', (keys, message) => {
    expect(refusal(write('bad.yml', `sla:\n  objectives:\n    - name: a\n      ${keys}\n`))).toMatch(message);
  });

  test('two of one name are refused', () => {
    const two = '    - { name: a, kind: success_ratio }\n';
    expect(refusal(write('twice.yml', `sla:\n  objectives:\n${two}${two}`))).toMatch(/objectives\[1\]\.name .*another SLA/);
  });
});

describe('sla.file', () => {
  test('holds further objectives and is looked for beside the configuration', () => {
    write('slas.yml', '- { name: b, kind: success_ratio }\n- { name: c, kind: freshness, threshold: 1h }\n');
    const file = write('main.yml', 'sla:\n  file: slas.yml\n  objectives:\n    - { name: a, kind: success_ratio }\n');
    expect(loadConfig(environment, file).sla.objectives.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  });

  test('tells each fault with its place', () => {
    write('faults.yml', '- { name: b, kind: duration }\n- { name: c, kind: freshness, threshold: 1h, agee: 1 }\n');
    const told = refusal(write('main2.yml', 'sla:\n  file: faults.yml\n'));
    expect(told).toMatch(/faults\.yml \[0\]\.threshold is missing/);
    expect(told).toMatch(/faults\.yml \[1\]\.agee is no setting/);
  });

  test.each([
    ['{ a: 1 }', /list\.yml must be a list/],
    ['- [', /line \d+ is no YAML/],
    ['- { name: a, kind: success_ratio }', /list\.yml \[0\]\.name is the name of another SLA too/],
  ])('%s is refused', (text, message) => {
    write('list.yml', text);
    const own = 'objectives:\n    - { name: a, kind: success_ratio }';
    expect(refusal(write('main3.yml', `sla:\n  file: list.yml\n  ${own}\n`))).toMatch(message);
  });

  test('that is not there is named', () => {
    expect(refusal(write('main4.yml', 'sla:\n  file: nowhere.yml\n'))).toMatch(/nowhere\.yml cannot be read \(ENOENT\)/);
  });

  test('may be empty', () => {
    write('empty.yml', '');
    expect(loadConfig(environment, write('main5.yml', 'sla:\n  file: empty.yml\n')).sla.objectives).toEqual([]);
  });
});
