import { expect, test } from 'vitest';
import type { Store } from '../../../src/store/store.ts';
import { createCycles } from '../../kit/cycles.ts';
import { createAirflowDatabase, createStore, type TestDatabase } from '../../kit/database.ts';
import { endedTask, insertDag, insertRows, runRow } from '../../kit/simulated-airflow.ts';

/** A run of `etl` that has ended, in which `load` was mapped over so many items; over none it is skipped as a whole. */
async function insertEnded(airflow: TestDatabase, id: number, items: number): Promise<void> {
  const end = new Date(Date.now() - 1000).toISOString();
  await insertRows(airflow, 'dag_run', [runRow(id, { state: 'success', end_date: end })]);
  const instances = Array.from({ length: items }, (_, index) => endedTask(id, 'success', { map_index: index }));
  await insertRows(airflow, 'task_instance', items === 0 ? [endedTask(id, 'skipped')] : instances);
}

const incidents = (store: Store) =>
  store.query(`SELECT subject_key AS subject, state, title FROM incident WHERE kind = 'pattern_broken' ORDER BY opened_at`);

test('a task that is mapped over nothing for once is one incident, whoever restarts, until a run has as many as ever', async () => {
  await using airflow = await createAirflowDatabase('3.3.2');
  await using store = await createStore();
  await insertDag(airflow, 'etl');
  await using cycles = await createCycles(airflow.url, store);
  await cycles.cycle();
  for (let id = 1; id <= 25; id += 1) await insertEnded(airflow, id, 11 + (id % 3));
  await cycles.cycle();
  await cycles.restart();
  await insertEnded(airflow, 26, 12);
  await cycles.cycle();
  expect(await incidents(store)).toEqual([]);

  await insertEnded(airflow, 27, 0);
  await cycles.cycle();
  const found = {
    subject: 'task:etl/load',
    title: expect.stringMatching(/^etl\.load had 0 mapped instances, usual is 12, by 26 runs/),
  };
  expect(await incidents(store)).toEqual([{ ...found, state: 'open' }]);
  await cycles.restart();
  await cycles.cycle();
  await insertEnded(airflow, 28, 0);
  await cycles.cycle();
  expect(await incidents(store)).toMatchObject([{ subject: found.subject, state: 'open' }]);

  await insertEnded(airflow, 29, 13);
  await cycles.cycle();
  expect(await incidents(store)).toMatchObject([{ subject: found.subject, state: 'resolved' }]);
});
