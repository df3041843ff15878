import { expect, test } from 'vitest';
import { createClusterFailures } from '../../../src/cluster-failures.ts';
import { saveExplanation, settleExplanation } from '../../../src/explain/rows.ts';
import { reduceLines } from '../../../src/explain/log/reduce-log.ts';
import { saveIncidents } from '../../../src/incident/save.ts';
import { listClusters } from '../../../src/patterns/list-clusters.ts';
import { acquire } from '../../../src/store/lease.ts';
import { createStore } from '../../kit/database.ts';
import { explanation, keptExplanation } from '../../kit/explanations.ts';
import { at, incident } from '../../kit/findings.ts';

const lines = (host: string, fn = 'load') => [
  '[2026-03-02T10:00:00.000+0000] {taskinstance.py:7} ERROR - Task failed with exception',
  'Traceback (most recent call last):',
  `  File "/opt/airflow/dags/etl.py", line 3, in ${fn}`,
  `psycopg2.OperationalError: connection to server at "${host}", port 5432 failed: Connection refused`,
];
const { log } = reduceLines(lines('db-1'), { place: 'x', operator: 'PythonOperator' });
const other = reduceLines(lines('db-2', 'copy'), { place: 'x', operator: 'PythonOperator' }).log;

test('failures of tasks are in clusters as soon as they are explained, each once, with their cause, whoever leads', async () => {
  await using store = await createStore();
  const lease = await acquire(store, 'a', 'test');
  if (lease === undefined) throw new Error('no lease');
  await saveIncidents(store, 'a', [
    incident(),
    incident({ id: 'inc-2', subjectKey: 'task/etl/copy' }, { subject: { type: 'task', dagId: 'etl', taskId: 'copy' } }),
    incident({ id: 'inc-3', subjectKey: 'slow' }, { kind: 'task_slow', subject: { type: 'task', dagId: 'etl', taskId: 'slow' } }),
  ]);
  const take = createClusterFailures({ store, deployment: 'a' });
  const clusters = async () => (await listClusters(store, 'a', {}, { after: null, limit: 10 })).items;
  await take(lease);
  expect(await clusters()).toEqual([]);

  await saveExplanation(store, 'a', keptExplanation({ log }));
  await saveExplanation(store, 'a', keptExplanation({ incidentId: 'inc-3', log }));
  await saveExplanation(
    store,
    'a',
    keptExplanation({ incidentId: 'inc-2', log: { found: false, why: 'late', reason: 'not in time', signature: 's' } }),
  );
  await take(lease);
  await take(lease);
  expect(await clusters()).toMatchObject([
    {
      cluster: {
        type: 'OperationalError',
        count: 1,
        lastSeenAt: at('10:00'),
        cause: { incidentId: 'inc-1', text: 'The disk is full.' },
      },
      places: [{ dagId: 'etl', taskId: 'load', count: 1 }],
    },
  ]);
  expect(await store.query('SELECT run_id, try_number, signature FROM error_report')).toEqual([
    { run_id: 'scheduled__2026-03-02', try_number: 1, signature: log.signature },
  ]);

  // More than one list holds, all within the time in which a model may still speak.
  const many = Array.from({ length: 1050 }, (_, index) => `e${String(index).padStart(4, '0')}`);
  await store.query(
    `INSERT INTO explanation (airflow, incident_id, event, made_at, log, evidence, circumstances, result_a)
     SELECT 'a', 'inc-1', e, $3::timestamptz + row_number() OVER () * interval '1 ms', log, evidence, circumstances, result_a
     FROM explanation, unnest($1::text[]) e WHERE incident_id = 'inc-1' AND event = $2`,
    [many, 'run:1:load:1', at('10:01')],
  );
  for (let turn = 0; turn < 12; turn += 1) await take(lease);
  expect(await clusters()).toMatchObject([{ cluster: { count: 1051 } }]);
  await store.query(`DELETE FROM explanation WHERE event = ANY($1)`, [many]);

  // A new leader, and a model that spoke meanwhile.
  await settleExplanation(store, 'a', keptExplanation(), {
    resultB: explanation({ rootCause: 'The database is down.' }),
    outcome: 'llm',
  });
  await saveExplanation(
    store,
    'a',
    keptExplanation({
      incidentId: 'inc-2',
      event: 'again',
      madeAt: at('10:05'),
      log: other,
      resultA: explanation({ rootCause: 'No database.' }),
    }),
  );
  await createClusterFailures({ store, deployment: 'a' })(lease);
  expect(await clusters()).toMatchObject([
    { cluster: { count: 1052, lastSeenAt: at('10:05'), cause: { incidentId: 'inc-2', text: 'No database.' } }, members: 2 },
  ]);
});
