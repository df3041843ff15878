import { expect, test } from 'vitest';
import { familyGroups } from '../../src/measure/catalogue.ts';
import { headOf, type Definition } from '../../src/measure/define.ts';
import { encodeText } from '../../src/measure/exposition.ts';
import { selfFamilies } from '../../src/measure/self-families.ts';
import { rcaMetrics } from '../../src/telemetry/rca.ts';
import { startTelemetry } from '../../src/telemetry/start.ts';
import { keptLog } from '../kit/http.ts';
import { parseExposition, valueOf } from '../kit/parse-exposition.ts';

async function measured() {
  const telemetry = await startTelemetry({ env: {}, log: keptLog().logger, version: '1', deployment: 'prod', instance: 'one' });
  const metrics = rcaMetrics(telemetry.meter);
  const collect = async () => selfFamilies(await telemetry.collect());
  return { metrics, collect, exposed: async () => parseExposition(encodeText(await collect())), stop: () => telemetry.stop() };
}

const call = {
  operation: 'chat' as const,
  provider: 'openai',
  model: 'gpt-x',
  maxTokens: 300,
  server: { address: 'api.openai.com', port: 443 },
};
const asked = {
  gen_ai_provider_name: 'openai',
  gen_ai_request_model: 'gpt-x',
  server_address: 'api.openai.com',
  server_port: '443',
};
const answer = { model: 'gpt-x-1', usage: { inputTokens: 900, outputTokens: 80 }, finish: 'stop' };
const standing = () => ({
  breakers: { openai: 'degraded' as const },
  budget: { hour: { calls: 29, tokens: 1 }, day: { calls: 199, tokens: 2 } },
  waiting: 3,
});

test('the instruments give exactly the families that the catalogue promises: name, kind, unit, text, labels, bounds', async () => {
  const { metrics, collect, stop } = await measured();
  metrics.watch(standing);
  metrics.cost(0.5, { provider: 'openai', model: 'gpt-x' });
  metrics.redacted({ aws_key: 2 });
  metrics.byRules('explained', 0.2);
  metrics.verified(1);
  await metrics.call(call, async () => answer, String);
  const seen = (await collect()).map((family) => ({
    name: family.name,
    kind: family.kind,
    unit: family.unit,
    help: family.help,
    labels: Object.keys(family.samples[0]?.labels.pairs ?? {}).sort(),
    bounds: family.kind === 'histogram' ? family.bounds : undefined,
  }));
  const promised = Object.values<Definition>(familyGroups.explanations).map((definition) => ({
    ...headOf(definition),
    kind: definition.kind,
    unit: definition.unit,
    labels: [...definition.labels].sort(),
    bounds: definition.bounds,
  }));
  const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);
  expect(seen.sort(byName)).toEqual(promised.sort(byName));
  await stop();
});

test('what can be said of an explanation is there from the start, and counted', async () => {
  const { metrics, exposed, stop } = await measured();
  metrics.explained('breaker');
  metrics.feedback('down');
  const shown = await exposed();
  expect(valueOf(shown, 'rca_requests_total', { outcome: 'breaker' })).toBe(1);
  expect(valueOf(shown, 'rca_requests_total', { outcome: 'llm' })).toBe(0);
  expect(valueOf(shown, 'rca_feedback_total', { verdict: 'down' })).toBe(1);
  expect(valueOf(shown, 'rca_feedback_total', { verdict: 'up' })).toBe(0);
  await stop();
});

test('how the chain stands is looked at when it is asked for, and gone with the chain', async () => {
  const { metrics, exposed, stop } = await measured();
  metrics.watch(standing);
  const shown = await exposed();
  expect(valueOf(shown, 'rca_breaker_state', { provider: 'openai', state: 'degraded' })).toBe(1);
  expect(valueOf(shown, 'rca_breaker_state', { provider: 'openai', state: 'closed' })).toBe(0);
  expect(valueOf(shown, 'rca_budget_remaining', { window: 'day', unit: 'calls' })).toBe(199);
  expect(valueOf(shown, 'rca_queue_length')).toBe(3);
  metrics.watch(undefined);
  expect(valueOf(await exposed(), 'rca_breaker_state', { provider: 'openai', state: 'closed' })).toBeUndefined();
  await stop();
});

test('a call is measured with its tokens; one that failed with what failed, and it is thrown on', async () => {
  const { metrics, exposed, stop } = await measured();
  expect(await metrics.call(call, async () => answer, String)).toBe(answer);
  expect(await metrics.call(call, async () => ({ ...answer, usage: null }), String)).toMatchObject({ usage: null });
  const failing = metrics.call(
    call,
    () => Promise.reject(new Error('x')),
    () => '429',
  );
  await expect(failing).rejects.toThrow('x');
  const shown = await exposed();
  const labels = { gen_ai_operation_name: 'chat', ...asked };
  const answered = { ...labels, gen_ai_response_model: 'gpt-x-1' };
  const duration = 'gen_ai_client_operation_duration_seconds_count';
  expect(valueOf(shown, duration, answered)).toBe(2);
  expect(valueOf(shown, duration, { ...labels, error_type: '429' })).toBe(1);
  expect(valueOf(shown, 'gen_ai_client_token_usage_sum', { ...answered, gen_ai_token_type: 'input' })).toBe(900);
  expect(valueOf(shown, 'gen_ai_client_token_usage_count', { ...answered, gen_ai_token_type: 'output' })).toBe(1);
  await stop();
});

test('vectors are measured as embeddings, with the tokens that were sent alone', async () => {
  const { metrics, exposed, stop } = await measured();
  const embeddings = { ...call, operation: 'embeddings' as const, maxTokens: null };
  await metrics.call(
    embeddings,
    async () => ({ model: 'e-1', usage: { inputTokens: 12, outputTokens: 0 }, finish: null }),
    String,
  );
  const shown = await exposed();
  const labels = { gen_ai_operation_name: 'embeddings', gen_ai_response_model: 'e-1' };
  expect(valueOf(shown, 'gen_ai_client_operation_duration_seconds_count', { ...labels, ...asked })).toBe(1);
  expect(valueOf(shown, 'gen_ai_client_token_usage_sum', { ...labels, ...asked, gen_ai_token_type: 'input' })).toBe(12);
  expect(valueOf(shown, 'gen_ai_client_token_usage_count', { ...labels, ...asked, gen_ai_token_type: 'output' })).toBeUndefined();
  await stop();
});
