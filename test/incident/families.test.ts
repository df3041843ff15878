import { expect, test } from 'vitest';
import { kindNames } from '../../src/detect/kinds.ts';
import { incidentFamilies } from '../../src/incident/families.ts';
import type { TimeBucket } from '../../src/incident/times.ts';
import { at, incident } from '../kit/findings.ts';

const valuesOf = (incidents: Parameters<typeof incidentFamilies>[0], times: TimeBucket[] = []) => {
  const [counts, infos, acknowledge, resolve] = incidentFamilies(incidents, times);
  if (counts?.kind !== 'gauge' || infos?.kind !== 'info' || acknowledge?.kind !== 'histogram' || resolve?.kind !== 'histogram')
    throw new Error('other families than expected');
  return { counts: counts.samples, infos: infos.samples, acknowledge: acknowledge.samples, resolve: resolve.samples };
};

test('every combination of state, severity and kind is there, 0 where there is none', () => {
  const { counts, infos } = valuesOf([]);
  expect(counts).toHaveLength(2 * 4 * kindNames.length);
  expect(new Set(counts.map(({ value }) => value))).toEqual(new Set([0]));
  expect(new Set(counts.map(({ labels }) => labels.text)).size).toBe(counts.length);
  expect(infos).toEqual([]);
});

test('what stands is counted; members and what is resolved are not', () => {
  const { counts, infos } = valuesOf([
    incident({ id: 'a' }),
    incident({ id: 'b', state: 'acknowledged' }),
    incident({ id: 'c', rootId: 'a' }),
    incident({ id: 'd', state: 'resolved', resolvedAt: at('10:05') }),
  ]);
  const seen = counts
    .filter(({ value }) => value > 0)
    .map(({ labels, value }) => [labels.pairs['state'], labels.pairs['kind'], value]);
  expect(seen).toEqual([
    ['open', 'task_failed', 1],
    ['acknowledged', 'task_failed', 1],
  ]);
  expect(infos.map(({ labels }) => labels.pairs)).toEqual([
    { id: 'a', kind: 'task_failed', severity: 'error', state: 'open', dag_id: 'etl', task_id: 'load', subject: 'task:etl/load' },
    {
      id: 'b',
      kind: 'task_failed',
      severity: 'error',
      state: 'acknowledged',
      dag_id: 'etl',
      task_id: 'load',
      subject: 'task:etl/load',
    },
  ]);
});

test('at most 500 are named, the worst, and of those the newest', () => {
  const many = Array.from({ length: 500 }, (_each, n) =>
    incident({ id: `e${n}`, openedAt: new Date(at('10:00').getTime() + n) }),
  );
  const { infos } = valuesOf([...many, incident({ id: 'worst', severity: 'critical', openedAt: at('09:00') })]);
  const ids = infos.map(({ labels }) => labels.pairs['id']);
  expect(ids).toHaveLength(500);
  expect([ids[0], ids[1], ids.includes('e0')]).toEqual(['worst', 'e499', false]);
});

test('times are histograms of each severity, all buckets there', () => {
  const { acknowledge, resolve } = valuesOf(
    [],
    [
      { measure: 'resolve', severity: 'error', le: 60, incidents: 2, seconds: 50 },
      { measure: 'resolve', severity: 'error', le: Infinity, incidents: 1, seconds: 700_000 },
    ],
  );
  expect(acknowledge.map(({ sum, buckets }) => sum === 0 && buckets.every((count) => count === 0))).toEqual([
    true,
    true,
    true,
    true,
  ]);
  const [error] = resolve.filter(({ labels }) => labels.pairs['severity'] === 'error');
  expect(error).toMatchObject({ sum: 700_050, buckets: [2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1] });
});
