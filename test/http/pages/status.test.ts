import { expect, test } from 'vitest';
import { verdictOf } from '../../../src/http/pages/verdict.ts';
import type { StatusSummary } from '../../../src/http/sources.ts';
import { askApp, healthyStatus, sourcesWith } from '../../kit/http.ts';

async function page(shows: Partial<StatusSummary> = {}): Promise<string> {
  const response = await askApp({ sources: sourcesWith({ shows }) }).ask('/status');
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/html; charset=UTF-8');
  return response.text();
}

const failed = { collector: 'pools', ok: false, seconds: 0.01, error: 'cannot read slot_pool' };

test.each<[string, Partial<StatusSummary>, string, string]>([
  ['nothing is wrong', {}, 'good', 'Up to date'],
  ['nothing was read yet', { snapshotAgeMs: null, snapshotAtMs: null }, 'wait', 'Starting'],
  ['the last cycle failed', { lastError: 'no answer' }, 'bad', 'The last cycle failed'],
  ['it failed from the start', { lastError: 'no answer', snapshotAgeMs: null }, 'bad', 'The last cycle failed'],
  ['the last look is three intervals old', { snapshotAgeMs: 45_000 }, 'good', 'Up to date'],
  ['it is older', { snapshotAgeMs: 45_001 }, 'bad', 'No news for 45s'],
  ['the interval is short and the look 30 s old', { intervalMs: 1000, snapshotAgeMs: 30_000 }, 'good', 'Up to date'],
  ['the interval is short and the look older', { intervalMs: 1000, snapshotAgeMs: 30_001 }, 'bad', 'No news for 30s'],
  ['a collector fails', { reports: [...healthyStatus.reports, failed] }, 'warn', '1 collector fails'],
  ['two do', { reports: [failed, failed] }, 'warn', '2 collectors fail'],
  ['there is a warning', { warnings: ['may not read log'] }, 'warn', '1 warning'],
])('when %s the verdict is right', (_when, shows, tone, text) => {
  expect(verdictOf({ ...healthyStatus, ...shows })).toEqual({ tone, text });
});

test('it shows deployment, version, role, last look, history, collectors and links', async () => {
  const html = await page({ backfill: 0.426, reports: [...healthyStatus.reports, failed], warnings: ['a warning to read'] });
  for (const text of [
    'production',
    '3.3.2',
    'leader',
    '4 s ago',
    '>03:04:05 UTC<',
    ', took 123.0 ms',
    '12,345',
    '42 %',
    '<progress max="100" value="42"',
    '<th scope="row">runs</th>',
    '21.0 ms',
    'cannot read slot_pool',
    'a warning to read',
    'href="/metrics"',
    'href="/openapi.json"',
    'href="https://airflow.example"',
    'Windsock 1.2.3',
  ])
    expect(html).toContain(text);
});

test('a follower says so, and shows no cycle of its own', async () => {
  const html = await page({ leader: false, cycleSeconds: null });
  expect(html).toContain('follower');
  expect(html).not.toContain('took');
});

test('before the first look nothing pretends to be known', async () => {
  const html = await page({ airflowVersion: '', snapshotAgeMs: null, snapshotAtMs: null, reports: [], series: 0, backfill: 0 });
  for (const text of ['not seen yet', 'none yet', 'None has run yet']) expect(html).toContain(text);
});

const evil = `<img src=x onerror=alert(1)>"'><script>alert(2)</script>&amp;`;

test('what others wrote is text, wherever it is shown', async () => {
  const shows: Partial<StatusSummary> = {
    version: evil,
    deployment: evil,
    airflowVersion: evil,
    airflowUrl: 'https://airflow.example/"><script>alert(3)</script>',
    lastError: evil,
    warnings: [evil],
    reports: [{ collector: evil, ok: false, seconds: 1, error: evil }],
    importErrors: [{ filename: evil, atMs: 0, stacktrace: evil }],
  };
  const html = await page(shows);
  expect(html).not.toMatch(/<script(?! type="module" src="\/live\.js)|<img src=x|"'>/);
  expect(html.split('&lt;script&gt;').length - 1).toBeGreaterThanOrEqual(8);
  expect(html).toContain('&amp;amp;');
});

test.each([
  [50, false],
  [51, true],
])('of %i import errors 50 are listed', async (count, cut) => {
  const importErrors = Array.from({ length: count }, (_, index) => ({
    filename: `dag_${index}.py`,
    atMs: null,
    stacktrace: 'x',
  }));
  const html = await page({ importErrors });
  expect(html.split('<details>').length - 1).toBe(50);
  expect(html.includes('and 1 more')).toBe(cut);
});

test.each([
  [4000, false],
  [4001, true],
])('a stack trace of %i characters is cut: %s', async (length, cut) => {
  const html = await page({ importErrors: [{ filename: 'dag.py', atMs: null, stacktrace: 'z'.repeat(length) }] });
  expect(html).toContain('z'.repeat(4000));
  expect(html.includes('z\n…')).toBe(cut);
});
