import { describe, expect, test } from 'vitest';
import type { RunRow } from '../../src/airflow/read-runs.ts';
import { mappedRunOf } from '../../src/collect/mapped.ts';

const run = (over: Partial<RunRow> = {}): RunRow => ({
  id: 7,
  dagId: 'etl',
  runId: 'scheduled__7',
  runType: 'scheduled',
  state: 'success',
  logicalDate: null,
  dueAt: new Date('2026-06-10T10:00:00Z'),
  queuedAt: null,
  startDate: new Date('2026-06-10T10:00:05Z'),
  endDate: new Date('2026-06-10T10:30:00Z'),
  clearNumber: 0,
  updatedAt: null,
  ...over,
});
const row = (taskId: string, mapIndex: number, state: string | null = 'success') => ({ taskId, mapIndex, state });
const counts = (of: RunRow, rows: Parameters<typeof mappedRunOf>[1]) =>
  Object.fromEntries(mappedRunOf(of, rows)?.counts ?? new Map());

describe('how many instances a mapped task had', () => {
  test('is the number of its rows with an index, however they ended', () => {
    const rows = [
      row('parts', 0),
      row('parts', 1, 'failed'),
      row('parts', 2, 'upstream_failed'),
      row('parts', 3, null),
      row('a', -1),
    ];
    expect(counts(run(), rows)).toEqual({ parts: 4 });
    expect(counts(run({ state: 'failed' }), rows)).toEqual({ parts: 4 });
  });

  test('leaves out what a clear that maps over less has removed', () => {
    expect(counts(run(), [row('parts', 0), row('parts', 1, 'removed')])).toEqual({ parts: 1 });
  });

  test('is zero where it was skipped as a whole, in a run that succeeded', () => {
    expect(counts(run(), [row('parts', -1, 'skipped')])).toEqual({ parts: 0 });
    expect(counts(run({ state: 'failed' }), [row('parts', -1, 'skipped')])).toEqual({});
  });

  test('is not known where its upstream kept it from being expanded, and while the run is open', () => {
    expect(mappedRunOf(run({ state: 'failed' }), [row('parts', -1, 'upstream_failed'), row('more', -1, null)])).toBeNull();
    expect(mappedRunOf(run({ state: 'running' }), [row('parts', 0)])).toBeNull();
  });
});
