import { expect, test } from 'vitest';
import { askModels } from '../../src/ask-models.ts';
import { loadConfig, type Config } from '../../src/config.ts';
import { loadExplanations, saveExplanation } from '../../src/explain/rows.ts';
import { saveIncidents } from '../../src/incident/save.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { takeBeacon } from '../../src/patterns/take-beacon.ts';
import { createRedactor } from '../../src/redact/redactor.ts';
import { rcaMetrics } from '../../src/telemetry/rca.ts';
import { startTelemetry } from '../../src/telemetry/start.ts';
import { byRules, kase } from '../explain/cases.ts';
import { promptOf, saying, written } from '../kit/asking.ts';
import { createStore } from '../kit/database.ts';
import { embedWires } from '../kit/embed-wires.ts';
import { eventually } from '../kit/eventually.ts';
import { keptExplanation } from '../kit/explanations.ts';
import { incident } from '../kit/findings.ts';
import { keptLog } from '../kit/http.ts';
import { startLlmServer } from '../kit/llm-server.ts';

const configOf = (url: string, more: Record<string, string> = {}): Config =>
  loadConfig({
    WINDSOCK_AIRFLOW_DATABASE_URL: 'postgresql://none/none',
    WINDSOCK_AIRFLOW_NAME: 'a',
    WINDSOCK_LLM_PROVIDERS: '[compatible]',
    WINDSOCK_LLM_COMPATIBLE_BASE_URL: `${url}/v1`,
    WINDSOCK_LLM_COMPATIBLE_MODEL: 'm-1',
    ...more,
  });

test('a process that leads asks by its configuration, counts what becomes of it, and asks by the next one after a reload', async () => {
  await using store = await createStore();
  await using server = await startLlmServer(() => saying(written()));
  const { logger } = keptLog();
  const telemetry = await startTelemetry({
    env: {},
    log: logger,
    version: '1',
    deployment: 'a',
    instance: 'i',
    families: async () => [],
  });
  const waiting = async (id: string): Promise<void> => {
    await saveIncidents(store, 'a', [incident({ id }, { subject: { type: 'task', dagId: id, taskId: 'load' }, event: 'e' })]);
    const { log, evidence } = kase();
    const kept = {
      incidentId: id,
      event: 'e',
      log,
      evidence: [...evidence],
      resultA: byRules({ confidence: 0.5 }),
      askAfter: systemClock.now(),
    };
    await saveExplanation(store, 'a', keptExplanation({ ...kept, signature: id.padEnd(40, '0') }));
  };
  const settled = (id: string) =>
    eventually(`${id} is settled`, async () => (await loadExplanations(store, 'a', id))[0]?.outcome === 'llm', {
      withinMs: 20_000,
    });
  let config = configOf(server.url);
  let leads = false;
  const models = await askModels({
    store,
    airflow: 'a',
    config: () => config,
    leads: () => leads,
    metrics: rcaMetrics(telemetry.meter),
    logger,
  });
  try {
    await waiting('one');
    leads = true;
    await settled('one');
    config = configOf(server.url, { WINDSOCK_PROMPTS_TEMPLATES_FAILURE: '"Warum? {log_context}"' });
    models.renew();
    await waiting('two');
    await settled('two');
    expect(server.received.map((one) => promptOf(one).includes('Warum?'))).toEqual([false, true]);
    const text = JSON.stringify(await telemetry.collect());
    expect(text).toMatch(/"rca_requests_total".*"outcome":?[^}]{0,20}"llm"/);
  } finally {
    await models.stop();
    await telemetry.stop();
  }
});

test('who is named for vectors alone is asked about errors, by which clusters are joined, and counted; unnamed again, nobody is', async () => {
  await using store = await createStore();
  await using server = await startLlmServer(({ body }) =>
    embedWires.ollama.says((body['input'] as string[]).map(() => [1, 0.5])),
  );
  const { logger } = keptLog();
  const telemetry = await startTelemetry({ env: {}, log: logger, version: '1', deployment: 'a', instance: 'i' });
  const unnamed = { WINDSOCK_LLM_PROVIDERS: '[]', WINDSOCK_LLM_OLLAMA_BASE_URL: server.url };
  let config = configOf(server.url, {
    ...unnamed,
    WINDSOCK_LLM_EMBEDDINGS_PROVIDER: 'ollama',
    WINDSOCK_LLM_EMBEDDINGS_MODEL: 'nomic-x',
  });
  const errors = [
    { type: 'OSError', message: 'the disk of this worker is completely full' },
    { type: 'OSError', message: 'could not write because no room was left over' },
  ];
  const taking = { redactor: createRedactor(), now: systemClock.now() };
  const none = { environment: null, host: null, dagId: null, taskId: null, runId: null, tryNumber: null };
  for (const error of errors) await takeBeacon(store, 'a', { error, ...none }, taking);
  const models = await askModels({
    store,
    airflow: 'a',
    config: () => config,
    leads: () => true,
    metrics: rcaMetrics(telemetry.meter),
    logger,
  });
  try {
    const clusters = () => store.query<{ count: number }>('SELECT count FROM error_cluster');
    await eventually('they are one', async () => (await clusters()).length === 1, { withinMs: 20_000 });
    expect(await clusters()).toEqual([{ count: 2 }]);
    expect(server.received.map(({ path }) => path)).toEqual(['/api/embed']);
    const text = JSON.stringify(await telemetry.collect());
    expect(text).toMatch(/gen_ai_client_operation_duration_seconds.*embeddings/);
    expect(text).toMatch(/rca_breaker_state.*ollama\/embeddings/);
    expect(models.meaning()?.similarity).toBe(0.9);
    config = configOf(server.url, unnamed);
    models.renew();
    expect(models.meaning()).toBeUndefined();
  } finally {
    await models.stop();
    await telemetry.stop();
  }
});
