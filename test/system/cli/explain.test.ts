import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { afterAll, expect, test } from 'vitest';
import { createAirflowDatabase, createDatabase } from '../../kit/database.ts';
import { startLlmServer } from '../../kit/llm-server.ts';
import { apiKey, wires } from '../../kit/llm-wires.ts';
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

test('what was taken out of a log is counted in JSON and YAML that can be read, and shown in none', async () => {
  const file = join(folder, 'secrets.log');
  const secret = ['s3cr3t', 'c4n4ry'].join('-');
  const lines = [`headers: {"Authorization": "Bearer ${secret}"} password=${secret}`, `postgresql://etl:${secret}@db/mart`];
  writeFileSync(file, [...lines, ...raised(`shop.errors.LoadError: token=${secret} refused`)].join('\n'));
  const ended = await Promise.all(
    ['json', 'yaml', 'text'].map((format) => runWindsock(['explain', '--log', file, '--format', format])),
  );
  const [json, yaml] = ended;
  const counts = z.object({ redactions: z.record(z.string(), z.int().min(1)) });
  const said = counts.parse(JSON.parse(json?.stdout ?? ''));
  expect(Object.keys(said.redactions).length).toBeGreaterThan(1);
  expect(counts.parse(parse(yaml?.stdout ?? ''))).toEqual(said);
  expect(ended.map(({ code, stdout, stderr }) => [code, (stdout + stderr).includes(secret)])).toEqual(
    ended.map(() => [0, false]),
  );
});

test('what is wrong with the call is told in a line', async () => {
  const [missing, none] = await Promise.all([
    runWindsock(['explain', '--log', join(folder, 'none.log')]),
    runWindsock(['explain']),
  ]);
  expect(missing.stderr).toMatch(/^windsock: .*none\.log: there is no such file or folder\n$/);
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

test('a language model is asked where it is named, and only what holds is taken from it', async () => {
  const vague = join(folder, 'asked.log');
  writeFileSync(vague, raised('shop.errors.LoadError: the partner sent no file today').join('\n'));
  const says = {
    evidence: [{ ref: 'L6', quote: 'the partner sent no file today' }],
    category: 'data_quality',
    root_cause: 'The partner sent no file.',
    transient: 'unclear',
    next_steps: ['Ask the partner for the file.'],
    alternative: '',
    certainty: 'high',
  };
  await using honest = await startLlmServer(() => wires.openai.says(JSON.stringify(says)));
  const made = { ...says, evidence: [{ ref: 'L6', quote: 'the moon was full and bright' }] };
  await using dreaming = await startLlmServer(() => wires.openai.says(JSON.stringify(made)));
  await using refusing = await startLlmServer(() => wires.openai.fails(401, `invalid key ${apiKey}`));
  const ask = (url: string) =>
    runWindsock(['explain', '--log', vague, '--json', '--llm', 'compatible'], {
      WINDSOCK_LLM_COMPATIBLE_MODEL: 'gpt-x',
      WINDSOCK_LLM_COMPATIBLE_BASE_URL: `${url}/v1`,
      WINDSOCK_LLM_COMPATIBLE_API_KEY: apiKey,
    });
  const [holds, dreamt, refused, unnamed] = await Promise.all([
    ask(honest.url),
    ask(dreaming.url),
    ask(refusing.url),
    runWindsock(['explain', '--log', vague, '--llm', 'ollama']),
  ]);
  expect(JSON.parse(holds.stdout)).toMatchObject({
    source: 'llm',
    category: 'data_quality',
    root_cause: 'The partner sent no file.',
    model: null,
  });
  expect(JSON.parse(dreamt.stdout)).toMatchObject({
    source: 'rules',
    category: 'unknown',
    model: expect.stringMatching(/does not hold/) as string,
  });
  expect(JSON.parse(refused.stdout)).toMatchObject({
    source: 'rules',
    model: expect.stringMatching(/^compatible was not heard: /) as string,
  });
  expect(refused.stdout + refused.stderr).not.toContain(apiKey);
  expect(unnamed).toMatchObject({ code: 2, stderr: expect.stringMatching(/name its model by llm\.ollama\.model/) as string });
});
