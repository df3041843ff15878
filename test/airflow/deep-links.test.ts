import { expect, test } from 'vitest';
import { taskRunUrl } from '../../src/airflow/deep-links.ts';

const occasion = { runId: 'manual__2026-03-02T10:00:00+00:00', mapIndex: null, tryNumber: 2 };
const task = { dagId: 'etl', taskId: 'group.load' };

test.each([
  ['3.1.0', task, occasion, '/dags/etl/runs/manual__2026-03-02T10%3A00%3A00%2B00%3A00/tasks/group.load?try_number=2'],
  [
    '',
    task,
    { ...occasion, mapIndex: 7 },
    '/dags/etl/runs/manual__2026-03-02T10%3A00%3A00%2B00%3A00/tasks/group.load/mapped/7?try_number=2',
  ],
  ['3.0.1', { dagId: 'etl' }, null, '/dags/etl'],
  ['3.0.1', { dagId: 'a/b?c', taskId: '' }, occasion, '/dags/a%2Fb%3Fc/runs/manual__2026-03-02T10%3A00%3A00%2B00%3A00'],
  ['2.11.2', task, occasion, '/dags/etl/grid?dag_run_id=manual__2026-03-02T10%3A00%3A00%2B00%3A00&task_id=group.load'],
  [
    '2.7.0',
    task,
    { ...occasion, mapIndex: 0 },
    '/dags/etl/grid?dag_run_id=manual__2026-03-02T10%3A00%3A00%2B00%3A00&task_id=group.load&map_index=0',
  ],
])('Airflow %s shows %o at %3$s', (version, subject, of, path) => {
  expect(taskRunUrl('https://airflow.example', version, subject, of)).toBe(`https://airflow.example${path}`);
  expect(taskRunUrl('https://airflow.example/base/', version, subject, of)).toBe(`https://airflow.example/base${path}`);
});

test('what is of no DAG has no place in Airflow', () => {
  expect(taskRunUrl('https://airflow.example', '3.1.0', {}, null)).toBeNull();
  expect(taskRunUrl('https://airflow.example', '3.1.0', { dagId: '' }, null)).toBeNull();
});
