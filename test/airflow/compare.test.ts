import { expect, test } from 'vitest';
import type { Act } from './acts.ts';
import { compare, table, uncompared } from './compare.ts';
import { parseExposition } from './exposition.ts';
import { marksOf } from './ground-truth.ts';
import { allowLostTries, namesRelease } from './known-differences.ts';

const one = (
  value: number,
  name = 'a_total',
): { name: string; labels: Record<string, string>; value: number; tolerance: number } => ({
  name,
  labels: { dag_id: 'd' },
  value,
  tolerance: 0,
});

test('labels with quotes, backslashes, newlines and braces are read as they were before escaping', () => {
  const [series] = parseExposition('a{x="say \\"hi\\"",y="b\\\\n}\\n,ü"} 3 # {run_id="r"} 1 2\n');
  expect(series).toEqual({ name: 'a', labels: { x: 'say "hi"', y: 'b\\n}\n,ü' }, value: 3 });
});

test('a line that is no sample is an error, not a series less', () => {
  expect(() => parseExposition('a{x="1} 3\n')).toThrow('no sample');
});

test('a series that is too high, too low, absent or unexpected differs', () => {
  const lines = compare(
    [one(1), one(2, 'b_total'), one(3, 'c_total')],
    parseExposition('a_total{dag_id="d"} 2\nb_total{dag_id="d"} 1\na_total{dag_id="e"} 1\n'),
  );
  expect(lines.map(({ metric, seen, ok }) => [metric, seen, ok])).toEqual([
    ['a_total', 2, false],
    ['b_total', 1, false],
    ['c_total', undefined, false],
    ['a_total', 1, false],
  ]);
  expect(table(lines).match(/DIFFERS/g)).toHaveLength(4);
});

test('a family about Airflow that nothing was compared with fails, whatever its value', () => {
  const seen = parseExposition(
    'airflow_a{x="1"} 0\nairflow_a{x="2"} 0\nairflow_b 1\nairflow_info{version="3.3"} 1\nwindsock_c 1\nairflow_sla_met 1\nairflow_sla_misses 1\n',
  );
  const lines = compare([{ name: 'airflow_b', labels: {}, value: 1, tolerance: 0 }], seen);
  expect(uncompared(lines, seen).map(({ metric, ok }) => `${metric} ${ok}`)).toEqual([
    'airflow_a false',
    'airflow_sla_misses false',
  ]);
});

test('bounds of a histogram are compared as numbers', () => {
  const expected = { name: 'h_bucket', labels: { le: 'Infinity' }, value: 4, tolerance: 0 };
  expect(
    compare(
      [expected, { ...expected, labels: { le: '5' } }],
      parseExposition('h_bucket{le="5.0"} 4\nh_bucket{le="+Inf"} 4\n'),
    ).every(({ ok }) => ok),
  ).toBe(true);
});

test('the mark of a run marks the task instances whose state it changed, and no other', () => {
  const state = (task: string, state: string | null) => ({ task, mapIndex: -1, state, tryNumber: 1 });
  const over = { state: 'failed', start: 1, end: 2 };
  const act: Act = {
    kind: 'mark-run',
    dag: 'd',
    runId: 'r',
    task: null,
    mapIndex: -1,
    state: 'failed',
    before: [state('a', 'success'), state('b', 'running'), state('c', null)],
    after: [state('a', 'success'), state('b', 'failed'), state('c', 'skipped')],
    runBefore: { state: 'running', start: 1, end: null },
    runAfter: over,
    cleared: [],
  };
  expect(marksOf([act]).map(({ task, from, state }) => [task, from, state])).toEqual([
    ['b', 'running', 'failed'],
    ['c', null, 'skipped'],
  ]);
});

test('a label names a release by its minor version, or by a range', () => {
  expect([
    namesRelease('2.10.3 to 2.11', '2.11.2'),
    namesRelease('2.10.3 to 2.11', '2.10.5'),
    namesRelease('2.10.3 to 2.11', '2.10.2'),
    namesRelease('2.10.3 to 2.11', '2.12.0'),
    namesRelease('3.3', '3.3.2'),
    namesRelease('3.2', '3.3.2'),
    namesRelease('3', '3.3.2'),
  ]).toEqual([true, true, false, false, true, false, false]);
});

test('a try that Airflow lost track of may be counted as a retry or not, and as nothing else', () => {
  const labels = { dag_id: 'd', task_id: 't' };
  const allowed = (name: string, seen: number, lost = [{ dag: 'd', task: 't', count: 1 }]): boolean =>
    allowLostTries(compare([{ name, labels, value: 1, tolerance: 0 }], [{ name, labels, value: seen }]), lost).every(
      ({ ok }) => ok,
    );
  expect([0, 1, 2, 3].map((seen) => allowed('airflow_task_retry_total', seen))).toEqual([false, true, true, false]);
  expect(allowed('airflow_task_failure_total', 2)).toBe(false);
  expect(allowed('airflow_task_retry_total', 2, [{ dag: 'd', task: 'other', count: 1 }])).toBe(false);
  expect(allowed('airflow_task_retry_total', 2, [])).toBe(false);
});
