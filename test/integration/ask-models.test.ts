import { expect, test } from 'vitest';
import { askModels } from '../../src/ask-models.ts';
import { loadConfig, type Config } from '../../src/config.ts';
import { loadExplanations, saveExplanation } from '../../src/explain/rows.ts';
import { saveIncidents } from '../../src/incident/save.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { rcaMetrics } from '../../src/telemetry/rca.ts';
import { startTelemetry } from '../../src/telemetry/start.ts';
import { byRules, kase } from '../explain/cases.ts';
import { promptOf, saying, written } from '../kit/asking.ts';
import { createStore } from '../kit/database.ts';
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
