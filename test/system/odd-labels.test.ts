import { expect, test } from 'vitest';
import { createAirflowDatabase, createDatabase } from '../kit/database.ts';
import { eventually } from '../kit/eventually.ts';
import { valueOf } from '../kit/parse-exposition.ts';
import { endedTask, insertDag, insertRows, runRow, taskRow } from '../kit/simulated-airflow.ts';
import { startWindsock } from '../kit/windsock.ts';

const odd = 'he said "no"\nback\\slash, {a="b"} # é 漢字 🜁';
const oddDag = 'étl.漢字 "a\\b"';

test.each(['2.11.2', '3.3.2'])(
  'names with quotes, newlines and non-ASCII go from the rows of Airflow %s through the store to the labels as they are',
  async (version) => {
    await using airflow = await createAirflowDatabase(version);
    await using store = await createDatabase('template_store');
    await insertDag(airflow, oddDag);
    await airflow.query('UPDATE dag SET owners = $1', [odd]);
    await airflow.query('INSERT INTO slot_pool (pool, slots, include_deferred) VALUES ($1, 7, false)', [odd]);
    await insertRows(airflow, 'dag_run', [runRow(1, { dag_id: oddDag })]);
    await insertRows(airflow, 'task_instance', [taskRow(1, { dag_id: oddDag, task_id: odd, pool: odd, state: 'running' })]);
    const settings = { WINDSOCK_AIRFLOW_DATABASE_URL: airflow.url, WINDSOCK_STORE_DATABASE_URL: store.url };
    {
      await using windsock = startWindsock(settings);
      await eventually('the first cycle', async () => valueOf(await windsock.metrics(), 'airflow_up') === 1);
      const { samples } = await windsock.metrics();
      const labelsOf = (name: string) => samples.filter((sample) => sample.name === name).map(({ labels }) => labels);
      expect(labelsOf('airflow_pool_slots')).toContainEqual({ pool: odd, state: 'open' });
      expect(labelsOf('airflow_dag_info')).toContainEqual(expect.objectContaining({ dag_id: oddDag, dag_owner: odd }));
    }
    const { state, end_date: end } = endedTask(1, 'success') as { state: string; end_date: string };
    await airflow.query('UPDATE task_instance SET state = $1, end_date = $2, updated_at = now()', [state, end]);
    // Started anew, so that the names have been in the store and back.
    await using again = startWindsock(settings);
    const counted = await eventually('the success', async () => {
      const { samples } = await again.metrics();
      return samples.find(({ name, labels }) => name === 'airflow_task_success_total' && labels['task_id'] === odd);
    });
    expect(counted).toMatchObject({ labels: { dag_id: oddDag, task_id: odd }, value: 1 });
    expect(again.lines().filter(({ level }) => level === 'error')).toEqual([]);
  },
);
