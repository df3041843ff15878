import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { afterAll, expect, test } from 'vitest';
import { createAirflowDatabase, createDatabase } from '../../kit/database.ts';
import { runWindsock } from '../../kit/run-windsock.ts';
import { endedTask, insertDag, insertRows, runRow, taskRow } from '../../kit/simulated-airflow.ts';
import { raised } from '../../explain/rules/log-of.ts';

const folder = mkdtempSync(join(tmpdir(), 'windsock-test-explain-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('windsock explain answers offline, in each format, with exit code 0, known or not', async () => {
  const known = join(folder, 'known.log');
  const vague = join(folder, 'vague.log');
  writeFileSync(known, raised("KeyError: 'Variable batch_size does not exist'").join('\n'));
  writeFileSync(vague, raised('shop.errors.LoadError: something went wrong').join('\n'));
  const [text, json, yaml] = await Promise.all([
    runWindsock(['explain', '--log', known]),
    runWindsock(['explain', '--log', vague, '--json']),
    runWindsock(['explain', '--log', known, '--format', 'yaml']),
  ]);
  expect(text).toMatchObject({ code: 0, stderr: '' });
  expect(text.stdout).toMatch(/^The Airflow variable is not defined: batch_size\.\n/);
  expect(json).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(json.stdout)).toMatchObject({ category: 'unknown', certainty: 'low', source: 'rules' });
  expect(parse(yaml.stdout)).toMatchObject({ category: 'configuration_error', subcategory: 'missing_variable' });
});

test('what is wrong with the call is told in a line', async () => {
  const [missing, none] = await Promise.all([
    runWindsock(['explain', '--log', join(folder, 'none.log')]),
    runWindsock(['explain']),
  ]);
  expect(missing.stderr).toMatch(/^windsock: .*none\.log: there is no such file\n$/);
  expect(missing.code).toBe(3);
  expect(none.stderr).toMatch(/^windsock: name a log/);
  expect(none.code).toBe(2);
});

test.each(['2.7.3', '3.3.2'])('a try of Airflow %s is explained by its rows and its log', async (version) => {
  await using airflow = await createAirflowDatabase(version);
  await using store = await createDatabase('template_store');
  const at = new Date(Date.now() - 600_000);
  await insertDag(airflow, 'etl');
  await insertRows(airflow, 'dag_run', [runRow(2, { state: 'failed', start_date: at, end_date: at })]);
  await insertRows(airflow, 'task_instance', [
    endedTask(2, 'failed', { start_date: at, end_date: at, hostname: 'worker-1' }),
    taskRow(2, { task_id: 'publish', state: 'upstream_failed' }),
  ]);
  // What a run of today has: the newest template of file names.
  await airflow.query('UPDATE dag_run SET log_template_id = (SELECT max(id) FROM log_template)');
  const logs = join(folder, version);
  const log = join(logs, 'dag_id=etl/run_id=run_2/task_id=load/attempt=1.log');
  mkdirSync(dirname(log), { recursive: true });
  writeFileSync(log, raised("KeyError: 'Variable batch_size does not exist'").join('\n'));
  const environment = {
    WINDSOCK_AIRFLOW_DATABASE_URL: airflow.url,
    WINDSOCK_STORE_DATABASE_URL: store.url,
    WINDSOCK_AIRFLOW_LOGS_FOLDER: logs,
  };
  const explain = (...args: string[]) => runWindsock(['explain', 'etl', ...args], environment);
  const [found, noRun, noTask, noTry, both] = await Promise.all([
    explain('load', 'run_2', '--json'),
    explain('load', 'run_7'),
    explain('lod', 'run_2'),
    explain('load', 'run_2', '9'),
    explain('load', 'run_2', '--log', log),
  ]);
  expect(found).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(found.stdout)).toMatchObject({
    severity: 'error',
    category: 'configuration_error',
    subcategory: 'missing_variable',
    root_cause: 'The Airflow variable is not defined: batch_size.',
    known: expect.arrayContaining([{ id: 'E1', text: expect.stringContaining('worker-1') as string }]) as unknown[],
  });
  expect(noRun).toMatchObject({ code: 3, stderr: 'windsock: Airflow has no run run_7 of the DAG etl\n' });
  expect(noTask).toMatchObject({ code: 3, stderr: 'windsock: that run has no task lod; it has load, publish\n' });
  expect(noTry).toMatchObject({ code: 3, stderr: 'windsock: load was tried once in that run\n' });
  expect(both).toMatchObject({ code: 2, stderr: 'windsock: name a log file or a try, not both\n' });
});
