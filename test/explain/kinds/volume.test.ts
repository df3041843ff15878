import { describe, expect, test } from 'vitest';
import type { Incident } from '../../../src/incident/incident.ts';
import { at, incident } from '../../kit/findings.ts';
import { attempt, changes, explained, history, run, slow, standing } from '../kit.ts';

const pattern = (value: number, unit: 'runs' | 'tasks', middle: number): Incident =>
  incident(
    {},
    {
      kind: 'pattern_broken',
      subject: unit === 'runs' ? { type: 'dag', dagId: 'etl' } : { type: 'task', dagId: 'etl', taskId: 'load' },
      observed: { value, unit },
      expected: { lower: null, middle, upper: null },
    },
  );

describe('why a DAG ran more or less often than usual', () => {
  const trigger = {
    at: at('11:00').toISOString(),
    deed: 'trigger',
    event: 'trigger_dag_run',
    dagId: 'etl',
    taskId: null,
    runId: null,
    who: 'ann',
  } as const;

  test.each([
    [2, 'more_runs'],
    [3, 'triggered'],
  ])('%i runs that the same person started: %s', (count, subcategory) => {
    const found = explained(pattern(40, 'runs', 10), {
      changes: changes({ actions: Array.from({ length: count }, () => trigger) }),
    });
    expect(found).toMatchObject({ category: 'more_input', subcategory });
    expect(found.rootCause).toMatch(/^etl ran 40 times, usually about 10: /);
  });

  test('fewer than usual come from what starts it, whoever started those few', () => {
    const found = explained(pattern(2, 'runs', 10), { changes: changes({ actions: [trigger, trigger, trigger] }) });
    expect(found).toMatchObject({ category: 'upstream_late', subcategory: 'fewer_runs' });
  });
});

describe('why a task had more or fewer mapped instances than usual', () => {
  test('the task before it gave it more items, or fewer', () => {
    const of = (count: number) =>
      explained(pattern(count, 'tasks', 10), {
        run: run({ above: ['list'], instances: count }),
        history: history({ medianInstances: 10 }),
      });
    expect(of(40)).toMatchObject({ category: 'more_input', subcategory: 'more_instances' });
    expect(of(40).rootCause).toBe('etl.load had 40 mapped instances, usually about 10: list gave it more items.');
    expect(of(1)).toMatchObject({ category: 'data_quality', subcategory: 'fewer_instances' });
    expect(of(1).evidence.map(({ quote }) => quote)).toEqual(['1 mapped instance in this run', 'usually 10 mapped instances']);
  });

  test('trouble just before it is the cause, further up it is not', () => {
    const with1 = (above: string[]) =>
      explained(pattern(1, 'tasks', 10), {
        run: run({ above, upstream: [standing({ taskId: 'list', state: 'failed' })], instances: 1 }),
      });
    expect(with1(['list']).subcategory).toBe('upstream_task');
    expect(with1(['filter']).subcategory).toBe('fewer_instances');
  });

  test('new code is suspected first', () => {
    const version = {
      before: { number: 1, bundleVersion: null, hash: null },
      now: { number: 2, bundleVersion: null, hash: null },
      changed: true,
    };
    expect(explained(pattern(40, 'tasks', 10), { changes: changes({ version }) }).subcategory).toBe('new_code');
  });
});

test('a try that breaks the profile of its hour is explained as a slow one', () => {
  const late = slow({ kind: 'pattern_broken' });
  expect(explained(late, { attempt: attempt({ operator: 'FileSensor' }) }).subcategory).toBe('sensor_wait');
});
