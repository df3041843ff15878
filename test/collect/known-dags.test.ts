import { expect, test } from 'vitest';
import type { DagRow } from '../../src/airflow/read-dags.ts';
import { rememberDags, type KnownDag } from '../../src/collect/known-dags.ts';

const day = (count: number): Date => new Date(Date.UTC(2026, 5, count));
const row = (over: Partial<DagRow> = {}): DagRow => ({
  dagId: 'etl',
  paused: false,
  owners: '',
  schedule: '@daily',
  file: 'etl.py',
  nextRunAt: null,
  importErrors: false,
  maxActiveRuns: 16,
  tags: [],
  ...over,
});

/** What is remembered after these looks, one a day from the first; undefined: the catalogue could not be read. */
function after(...looks: (DagRow[] | undefined)[]): { known: Map<string, KnownDag>; changes: number[] } {
  const known = new Map<string, KnownDag>();
  return { known, changes: looks.map((rows, index) => rememberDags(known, rows, day(index + 1)).changed.length) };
}

test('a DAG is remembered since it was first seen, and written only when something changes', () => {
  const { known, changes } = after([row()], [row()], [row({ file: 'moved.py' })], [row({ file: 'moved.py' })]);
  expect(known.get('etl')).toMatchObject({ seenAt: day(1), file: 'moved.py', pausedAt: null, goneAt: null, resumedAt: null });
  expect(changes).toEqual([1, 0, 1, 0]);
});

test.each([
  ['owner', { owners: 'ann' }],
  ['schedule', { schedule: '@hourly' }],
  ['next run', { nextRunAt: day(9) }],
  ['tags', { tags: ['team-a'] }],
])('another %s is written, once', (_what, over) => {
  const { known, changes } = after([row()], [row(over)], [row(over)]);
  expect(known.get('etl')).toMatchObject(over);
  expect(changes).toEqual([1, 1, 0]);
});

test('a pause is remembered since it was seen, and its end', () => {
  const paused = row({ paused: true });
  expect(after([row()], [paused], [paused]).known.get('etl')).toMatchObject({ pausedAt: day(2), resumedAt: null });
  expect(after([row()], [paused], [row()], [row()]).known.get('etl')).toMatchObject({ pausedAt: null, resumedAt: day(3) });
  expect(after([paused]).known.get('etl')).toMatchObject({ pausedAt: day(1), seenAt: day(1) });
});

test('an import error is remembered since it was seen, and its end', () => {
  const broken = row({ importErrors: true });
  expect(after([row()], [broken], [broken]).known.get('etl')).toMatchObject({ hiddenAt: day(2) });
  expect(after([row()], [broken], [row()]).known.get('etl')).toMatchObject({ hiddenAt: null, resumedAt: day(3) });
});

test('a DAG that left the catalogue is gone since then; back again it has begun anew', () => {
  expect(after([row()], [], []).known.get('etl')).toMatchObject({ goneAt: day(2) });
  expect(after([row()], [], [row()]).known.get('etl')).toMatchObject({ goneAt: null, resumedAt: day(3), seenAt: day(1) });
});

test('a catalogue that could not be read changes nothing', () => {
  const { known, changes } = after([row()], undefined, [row()]);
  expect(known.get('etl')).toMatchObject({ goneAt: null, resumedAt: null });
  expect(changes).toEqual([1, 0, 0]);
});

test('a DAG gone for 30 days is kept, for longer it is forgotten', () => {
  const known = new Map<string, KnownDag>();
  rememberDags(known, [row()], day(1));
  rememberDags(known, [], day(2));
  expect(rememberDags(known, [], day(32)).forgotten).toEqual([]);
  expect(rememberDags(known, [], new Date(day(32).getTime() + 1))).toEqual({ changed: [], forgotten: ['etl'] });
  expect(known.size).toBe(0);
});
