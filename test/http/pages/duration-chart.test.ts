import { expect, test } from 'vitest';
import { codeChanges } from '../../../src/http/pages/code-changes.ts';
import { durationChart, versionMarks, type ChartPoint } from '../../../src/http/pages/duration-chart.ts';
import { at } from '../../kit/findings.ts';

const points = Array.from({ length: 30 }, (_, minute): ChartPoint => ({
  at: at(`10:${String(minute).padStart(2, '0')}`),
  seconds: 10 + (minute % 3),
  outcome: 'success',
  marked: minute === 29,
}));

test('a version of the code stands before the first point that it can have run, and not where it has run nothing that is shown', () => {
  expect(
    versionMarks(points, [
      { at: at('10:07:30'), name: 'v3' },
      { at: at('09:00'), name: 'v2' },
      { at: at('10:30'), name: 'v4' },
    ]),
  ).toEqual([{ before: 8, name: 'v3' }]);
  expect(versionMarks(points, [{ at: at('10:07'), name: 'v3' }])).toEqual([{ before: 7, name: 'v3' }]);
});

test('of versions that crowd, all are marked and only some are named', () => {
  const versions = points.map(({ at: since }, index) => ({ at: since, name: `v${index}` }));
  const marks = versionMarks(points, versions);
  expect(marks).toHaveLength(29);
  expect(marks.filter(({ name }) => name !== '').map(({ name }) => name)).toEqual(['v1', 'v7', 'v13', 'v19', 'v25']);
});

test('versions are named by their number, else by their commit; the first one changed nothing', () => {
  const version = { createdAt: at('10:00'), bundleVersion: null };
  const found = codeChanges({
    ok: true,
    states: [],
    versions: [
      { ...version, number: 2 },
      { ...version, number: null, bundleVersion: '0123456789abcdef' },
      { ...version, number: null, bundleVersion: 'a name of somebody' },
      { ...version, number: 1 },
    ],
  });
  expect(found.map(({ name }) => name)).toEqual(['v2', '0123456', '']);
  expect(codeChanges({ ok: false, reason: 'away' })).toEqual([]);
});

test('each point says its value wherever a pointer is above or below it, and the chart says what its lines mean', async () => {
  const chart = String(
    await durationChart({ points, band: null, versions: [{ at: at('10:07:30'), name: '<v3>' }], now: at('10:30') }),
  );
  expect(chart.match(/<rect\s+class="target"/g)).toHaveLength(2 * points.length);
  expect(chart).toContain('<title>12 s, success, 2026-03-02 10:29 UTC</title>');
  expect(chart).toContain('&lt;v3&gt;');
  expect(chart).toContain('new version of the DAG');
  expect(String(await durationChart({ points, band: null, now: at('10:30') }))).not.toContain('new version');
});
