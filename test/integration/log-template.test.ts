import { expect, test } from 'vitest';
import { connectAirflow } from '../../src/airflow/connect.ts';
import { probe } from '../../src/airflow/probe.ts';
import { readLogTemplate } from '../../src/airflow/task-logs/read-template.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { insertRows, runRow } from '../kit/airflow-rows.ts';
import { createAirflowDatabase } from '../kit/database.ts';

test.each(['2.7.3', '3.3.2'])('on Airflow %s a run has the template that was in force when it was made', async (version) => {
  await using database = await createAirflowDatabase(version);
  await database.query(
    "INSERT INTO log_template (id, filename, elasticsearch_id, created_at) VALUES (7, 'own/{{ ti.task_id }}.log', '', now())",
  );
  const run = (id: number, templateId: number | null) => ({
    ...runRow({ id, dagId: 'etl', state: 'failed' }),
    log_template_id: templateId,
  });
  await insertRows(database, 'dag_run', [run(1, 7), run(2, null)]);
  const airflow = connectAirflow({ url: database.url, connectTimeoutMs: 5000, transactionTimeoutMs: 5000, clock: systemClock });
  try {
    const shape = await airflow.read(probe);
    const of = (runId: string) => airflow.read((read) => readLogTemplate(read, shape, { dagId: 'etl', runId }));
    expect(await of('manual__1')).toBe('own/{{ ti.task_id }}.log');
    // From before there were any: the first.
    const [first] = await database.query<{ filename: string }>('SELECT filename FROM log_template ORDER BY id LIMIT 1');
    expect(await of('manual__2')).toBe(first?.filename);
    expect(await of('manual__3')).toBeUndefined();
  } finally {
    await airflow.close();
  }
});
