import { describe, expect, test } from 'vitest';
import { reportSchema } from '../../src/http/api/report-schema.ts';
import type { ReportSources } from '../../src/http/sources.ts';
import { AppError } from '../../src/lib/errors.ts';
import { periodAsked } from '../../src/report/period.ts';
import { askApp, sourcesWith } from '../kit/http.ts';
import { sampleReport } from '../kit/reports.ts';

const ask = (path: string, accept = '*/*', read: ReportSources['read'] = async (kind, date) => sampleReport({}, kind, date)) =>
  askApp({ sources: sourcesWith({ reports: { base: () => 'https://windsock.example/', read } }) }).ask(path, {
    headers: { accept },
  });
const now = new Date('2026-11-25T10:00:00Z');
const asked: ReportSources['read'] = async (kind, date) => {
  periodAsked(kind, date, 'UTC', now);
  return sampleReport({}, kind);
};

test('a report is JSON as its schema has it', async () => {
  for (const kind of ['daily', 'weekly']) {
    const response = await ask(`/api/v1/reports/${kind}`);
    expect(response.status).toBe(200);
    const report = reportSchema.parse(await response.json());
    expect(report).toMatchObject({ kind, time_zone: 'Europe/Berlin', failures: { incidents: { now: 43, before: 31 } } });
  }
});

test.each([
  ['', '*/*', 'application/json'],
  ['', 'text/markdown', 'text/markdown; charset=utf-8'],
  ['', 'text/html,application/xhtml+xml,*/*;q=0.8', 'text/html; charset=utf-8'],
  ['?format=json', 'text/html', 'application/json'],
  ['?format=markdown', 'application/json', 'text/markdown; charset=utf-8'],
  ['?format=html', '*/*', 'text/html; charset=utf-8'],
])('with %o and Accept %o it is %s', async (query, accept, type) => {
  const response = await ask(`/api/v1/reports/weekly${query}`, accept);
  expect(response.headers.get('content-type')).toBe(type);
  expect(await response.text()).toContain(type === 'application/json' ? '"weekly"' : 'Weekly report');
});

test('as HTML it loads nothing but the style that it brings along', async () => {
  const response = await ask('/api/v1/reports/weekly?format=html');
  expect(response.headers.get('content-security-policy')).toMatch(
    /^default-src 'none'; style-src 'sha256-[\w+/]{43}='; base-uri/,
  );
  expect(await response.text()).not.toMatch(/<script|<link|src=|@import|url\(/);
});

describe('what cannot be told', () => {
  test.each([
    ['/api/v1/reports/daily?date=2026-11-26', 400, /that day has not begun; today is 2026-11-25 \(UTC\)/],
    ['/api/v1/reports/weekly?date=2026-02-30', 400, /date is no day of the calendar/],
    ['/api/v1/reports/daily?format=pdf', 400, /format: /],
    ['/api/v1/reports/monthly', 400, /kind: /],
    ['/report?kind=monthly', 400, /kind: /],
    ['/report?date=tomorrow', 400, /date is no day of the calendar/],
  ])('%s is refused with a reason', async (path, status, reason) => {
    const response = await ask(path, '*/*', asked);
    expect(response.status).toBe(status);
    expect(await response.text()).toMatch(reason);
  });

  test('a store that does not answer is a 503 that says so', async () => {
    const dead = async (): Promise<never> => {
      throw new AppError('UNAVAILABLE', "Windsock's store does not answer");
    };
    for (const path of ['/api/v1/reports/daily', '/report']) {
      const response = await ask(path, '*/*', dead);
      expect(response.status).toBe(503);
      expect(await response.text()).toContain('store does not answer');
    }
  });
});

test('the page leads to the periods before and after, to the other kind, and to files of the same', async () => {
  const response = await ask('/report?kind=weekly&date=2026-11-16');
  const html = await response.text();
  expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(html).toContain('/report?kind=weekly&amp;date=2026-11-09');
  expect(html).toContain('/api/v1/reports/weekly?date=2026-11-16&amp;format=markdown');
  expect(html).not.toContain('<script>');
});

test.each([
  ['UTC', 'Times are UTC.'],
  ['Europe/Berlin', 'Times are those of Europe/Berlin.'],
])('the page of a report with days of %s says whose its times are', async (timeZone, said) => {
  const inZone: ReportSources['read'] = async (kind, date) => {
    const report = sampleReport({}, kind, date);
    return { ...report, period: { ...report.period, timeZone } };
  };
  expect(await (await ask('/report?kind=weekly&date=2026-11-16', '*/*', inZone)).text()).toContain(said);
});
