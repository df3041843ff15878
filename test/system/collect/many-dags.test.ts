import { expect, test } from 'vitest';
import { insertDags, insertRows, runRow, taskRow } from '../../kit/airflow-rows.ts';
import { createCycles } from '../../kit/cycles.ts';
import { createAirflowDatabase, createStore } from '../../kit/database.ts';
import { sumOf } from '../../kit/totals.ts';

const at = (seconds: number): Date => new Date(Date.UTC(2026, 2, 1, 10, 0, seconds));

test('5 000 DAGs that all run at once stay within the bounds of a cycle, and are all counted', async () => {
  await using database = await createAirflowDatabase('3.3.2');
  await using store = await createStore();
  const ids = Array.from({ length: 5000 }, (_, index) => index + 1);
  await insertDags(
    database,
    ids.map((id) => `dag_${id}`),
  );
  await using cycles = await createCycles(database.url, store);
  await cycles.cycle();
  await insertRows(
    database,
    'dag_run',
    ids.map((id) => runRow({ id, dagId: `dag_${id}`, runId: 'one', state: 'running', startDate: at(0) })),
  );
  const tasks = ids.flatMap((id) =>
    ['extract', 'load'].map((taskId) =>
      taskRow({ dagId: `dag_${id}`, runId: 'one', taskId, state: 'running', startDate: at(1) }),
    ),
  );
  await insertRows(database, 'task_instance', tasks);
  const took: number[] = [];
  const cycle = async () => {
    const began = performance.now();
    const result = await cycles.cycle();
    took.push(Math.round(performance.now() - began));
    expect(result.reports.filter(({ ok }) => !ok)).toEqual([]);
    return result;
  };
  expect((await cycle()).snapshot.activeRuns.size).toBe(5000);
  await cycle();
  await database.query(`UPDATE task_instance SET state = 'success', end_date = now(), updated_at = now()`);
  await database.query(`UPDATE dag_run SET state = 'success', end_date = now(), updated_at = now()`);
  await cycle();
  await cycle();
  const totals = await cycles.totals();
  expect([sumOf(totals, 'success'), sumOf(totals, 'run_success')]).toEqual([10_000, 5000]);
  console.log(`cycles over 5 000 active DAGs took ${took.join(', ')} ms`);
});
