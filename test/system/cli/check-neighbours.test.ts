import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { reply, startRest } from '../../kit/airflow-rest.ts';
import { runCheck } from '../../kit/check.ts';
import { createAirflowDatabase, createDatabase, type TestDatabase } from '../../kit/database.ts';
import { embedWires } from '../../kit/embed-wires.ts';
import { startLlmServer } from '../../kit/llm-server.ts';
import { apiKey, wires } from '../../kit/llm-wires.ts';

let airflow: TestDatabase;
let store: TestDatabase;
const folder = mkdtempSync(join(tmpdir(), 'windsock-check-'));
beforeAll(async () => {
  [airflow, store] = [await createAirflowDatabase('3.3.2'), await createDatabase('template_store')];
});
afterAll(async () => {
  await airflow[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const check = (environment: Record<string, string> = {}, ...args: string[]) =>
  runCheck({ WINDSOCK_AIRFLOW_DATABASE_URL: airflow.url, WINDSOCK_STORE_DATABASE_URL: store.url, ...environment }, ...args);

test('where task logs come from is tried: the folder, and the REST API with who we are to it', async () => {
  expect((await check()).of('task logs')[0]).toMatchObject({
    state: 'warn',
    detail: expect.stringContaining('airflow.logs.folder'),
  });
  await using api = await startRest(({ path, headers }, response) => {
    const known = headers.authorization === `Basic ${btoa('reader:right-password')}`;
    if (path === '/api/v1/version') return reply(response, 200, 'application/json', '{"version": "2.11.2"}');
    return reply(response, path.startsWith('/api/v1/') ? (known ? 200 : 401) : 404, 'application/json', '{}');
  });
  mkdirSync(join(folder, 'logs', 'dag_id=etl'), { recursive: true });
  const environment = {
    WINDSOCK_AIRFLOW_LOGS_FOLDER: join(folder, 'logs'),
    WINDSOCK_AIRFLOW_LOGS_REST_URL: api.url,
    WINDSOCK_AIRFLOW_LOGS_REST_USERNAME: 'reader',
  };
  const well = await check({ ...environment, WINDSOCK_AIRFLOW_LOGS_REST_PASSWORD: 'right-password' });
  expect(well.of('task logs')).toEqual([
    {
      what: 'task logs',
      state: 'ok',
      detail: `folder ${folder}/logs with logs of 1 DAG, then the REST API of Airflow 2 at ${new URL(api.url).host}`,
    },
  ]);
  expect(well.of('explanations')[0]?.detail).toMatch(/ and 8 logs: its own, those of 2 tries before, and of 5 successes, /);
  const badly = await check({ ...environment, WINDSOCK_AIRFLOW_LOGS_REST_PASSWORD: 'wrong-password' });
  expect(badly.code).toBe(4);
  expect(badly.of('task logs')[0]).toMatchObject({
    state: 'fail',
    detail: expect.stringMatching(/answers 401; airflow\.logs\.rest needs a user/),
  });
  expect(JSON.stringify(badly.lines)).not.toContain('wrong-password');
});

test('language models are named, and with --llm each is asked for one word; one that refuses us fails, without its key', async () => {
  await using willing = await startLlmServer(() => wires.openai.says('{"word": "ready"}'));
  await using refusing = await startLlmServer(() => wires.anthropic.fails(401, `invalid key ${apiKey}`));
  const environment = {
    WINDSOCK_LLM_PROVIDERS: '[compatible, anthropic]',
    WINDSOCK_LLM_COMPATIBLE_MODEL: 'gpt-x',
    WINDSOCK_LLM_COMPATIBLE_BASE_URL: `${willing.url}/v1`,
    WINDSOCK_LLM_COMPATIBLE_LOCAL: 'true',
    WINDSOCK_LLM_ANTHROPIC_MODEL: 'claude-x',
    WINDSOCK_LLM_ANTHROPIC_BASE_URL: refusing.url,
    WINDSOCK_LLM_ANTHROPIC_API_KEY: apiKey,
  };
  const named = await check(environment);
  expect(named.code).toBe(0);
  expect(named.of('llm compatible')[0]?.detail).toBe('gpt-x at 127.0.0.1, local: not asked; --llm asks it for one word');
  expect([willing.received, refusing.received]).toEqual([[], []]);

  const asked = await check(environment, '--llm');
  expect(asked.of('llm compatible')[0]).toMatchObject({
    state: 'ok',
    detail: expect.stringMatching(/^gpt-x at 127\.0\.0\.1, local answers as gpt-x-2026-01-01 in \d+\.\d s, 900 \+ 80 tokens$/),
  });
  expect(asked.of('llm anthropic')[0]).toMatchObject({
    state: 'fail',
    detail: 'anthropic refuses us (401); check its api_key, and what the account may do',
  });
  expect(asked.code).toBe(4);
  expect(JSON.stringify(asked.lines)).not.toContain(apiKey);
});

test('who makes vectors is named, and with --llm asked for one', async () => {
  await using server = await startLlmServer(() => embedWires.ollama.says([[1, 0.5, 0]]));
  const environment = {
    WINDSOCK_LLM_EMBEDDINGS_PROVIDER: 'ollama',
    WINDSOCK_LLM_EMBEDDINGS_MODEL: 'nomic-x',
    WINDSOCK_LLM_OLLAMA_BASE_URL: server.url,
  };
  const named = await check(environment);
  expect(named.of('llm embeddings')[0]?.detail).toBe('nomic-x at 127.0.0.1, local: not asked; --llm asks it for one vector');
  expect(server.received).toEqual([]);
  const asked = await check(environment, '--llm');
  expect(asked.of('llm embeddings')[0]).toMatchObject({
    state: 'ok',
    detail: expect.stringMatching(/^nomic-x at 127\.0\.0\.1, local answers in \d+\.\d s, with 3 numbers a vector$/),
  });
  expect(server.received).toHaveLength(1);
});
