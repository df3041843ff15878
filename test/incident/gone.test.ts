import { expect, test } from 'vitest';
import { goneOf } from '../../src/incident/gone.ts';
import type { KnownDag } from '../../src/collect/known-dags.ts';
import { knownDag } from '../detect/kit.ts';
import { at, incident } from '../kit/findings.ts';

const dag = (goneAt: Date | null): ReadonlyMap<string, KnownDag> => new Map([['etl', knownDag({ goneAt })]]);
const there = { dags: dag(null), hasTask: () => true };

test('an incident ends when its DAG has been gone for ten minutes, not before', () => {
  const open = [incident()];
  expect(goneOf(open, { ...there, dags: dag(at('10:00')) }, at('10:09:59'))).toEqual([]);
  expect(goneOf(open, { ...there, dags: dag(at('10:00')) }, at('10:10'))).toMatchObject([
    { kind: 'task_failed', reason: 'subject_gone' },
  ]);
});

test('an incident ends when its DAG has no such task any more', () => {
  expect(goneOf([incident()], { ...there, hasTask: () => false }, at('10:10'))).toHaveLength(1);
  expect(goneOf([incident()], there, at('10:10'))).toEqual([]);
});

test('a task that is not in the graph yet, for it is new, is not taken for gone', () => {
  expect(goneOf([incident({}, { since: at('10:00') })], { ...there, hasTask: () => false }, at('10:09:59'))).toEqual([]);
});

test('while a DAG is away for a moment its tasks are not taken for gone', () => {
  expect(goneOf([incident()], { dags: dag(at('10:05')), hasTask: () => false }, at('10:14'))).toEqual([]);
});

test('a DAG that nobody remembers, a pool and what is about missing DAGs end no incident', () => {
  const silent = incident({}, { kind: 'dag_silent', subject: { type: 'dag', dagId: 'etl' } });
  const pool = incident({}, { kind: 'pool_starved', subject: { type: 'pool', pool: 'default' } });
  expect(goneOf([silent, pool], { ...there, dags: dag(at('01:00')) }, at('12:00'))).toEqual([]);
  expect(goneOf([incident()], { ...there, dags: new Map() }, at('12:00'))).toEqual([]);
});
