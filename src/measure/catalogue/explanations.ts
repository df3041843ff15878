import { callBounds, tokenBounds } from '../../telemetry/gen-ai.ts';
import { verifiedBounds, workBounds } from '../../telemetry/rca.ts';
import { counter, gauge, histogram, own } from '../define.ts';

const asked = [
  'gen_ai_operation_name',
  'gen_ai_provider_name',
  'gen_ai_request_model',
  'gen_ai_response_model',
  'server_address',
  'server_port',
] as const;

/** About explanations and the language models behind them: OpenTelemetry instruments (`src/telemetry/rca.ts`). */
export const explanationFamilies = {
  rcaRequests: counter(
    'rca_requests_total',
    ['outcome'],
    'Explanations of incidents by what became of them: where they came from, or why they stayed at rules.',
    own,
  ),
  rcaWork: histogram(
    'rca_rules_duration_seconds',
    ['what'],
    workBounds,
    'How long explaining an incident by rules took, evidence and log included; what failed is tried again.',
    own,
  ),
  rcaVerified: histogram(
    'rca_evidence_verified_ratio',
    [],
    verifiedBounds,
    "How many of a model's quotes stand on the line that it names, an answer each.",
    own,
  ),
  rcaRedactions: counter('rca_redactions_total', ['rule'], 'Secrets taken out of logs, by the rule that found them.', own),
  rcaFeedback: counter('rca_feedback_total', ['verdict'], 'What people said of explanations.', own),
  rcaCost: counter(
    'rca_cost_total',
    ['provider', 'model'],
    'What calls of language models cost by the prices in llm.prices, in their currency.',
    own,
  ),
  rcaBreaker: gauge(
    'rca_breaker_state',
    ['provider', 'state'],
    '1 for the state that the provider is in: open is left alone for a while, degraded needs a person.',
    own,
  ),
  rcaBudget: gauge(
    'rca_budget_remaining',
    ['window', 'unit'],
    'Calls and tokens of language models that are left in the last hour and the last day.',
    own,
  ),
  rcaQueue: gauge('rca_queue_length', [], 'Questions that wait for a language model.', own),
  modelCallDuration: histogram(
    'gen_ai_client_operation_duration_seconds',
    // Without an answer there is error_type in place of gen_ai_response_model.
    asked,
    callBounds,
    'How long calls of language models took, their one repeat included.',
    own,
  ),
  modelTokens: histogram(
    'gen_ai_client_token_usage',
    [...asked, 'gen_ai_token_type'],
    tokenBounds,
    'Tokens of calls of language models, where the provider tells them.',
    own,
  ),
} as const;
