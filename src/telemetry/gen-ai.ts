import { SpanKind, SpanStatusCode, trace, type Attributes, type Meter } from '@opentelemetry/api';
import { systemClock } from '../lib/clock.ts';

/** Bounds that OpenTelemetry's semantic conventions for generative AI ask for. */
export const callBounds = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92, 163.84, 327.68,
] as const;
export const tokenBounds = [
  1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864,
] as const;

/** One question to a model, before its answer. */
export interface ModelCall {
  operation: 'chat' | 'generate_content' | 'embeddings';
  /** By the semantic conventions: openai, anthropic, gcp.gemini; else its own name. */
  provider: string;
  model: string;
  /** Null where a call has no such limit. */
  maxTokens: number | null;
  server: { address: string; port: number };
}

/** What telemetry takes of an answer: never its text. */
export interface ModelAnswer {
  model: string;
  usage: { inputTokens: number; outputTokens: number } | null;
  /** Null where nothing is written. */
  finish: string | null;
}

/** Runs `work` in a span, and measures it. `errorType` names what it threw in few words. */
export type MeasureCall = <Answer extends ModelAnswer>(
  call: ModelCall,
  work: () => Promise<Answer>,
  errorType: (error: unknown) => string,
) => Promise<Answer>;

/** Calls of models as OpenTelemetry's semantic conventions for generative AI name them (in development, as of 2026). */
export function genAiMetrics(meter: Meter): MeasureCall {
  const duration = meter.createHistogram('gen_ai.client.operation.duration', {
    unit: 's',
    description: 'How long calls of language models took, their one repeat included.',
    advice: { explicitBucketBoundaries: [...callBounds] },
  });
  const tokens = meter.createHistogram('gen_ai.client.token.usage', {
    unit: '{token}',
    description: 'Tokens of calls of language models, where the provider tells them.',
    advice: { explicitBucketBoundaries: [...tokenBounds] },
  });
  return async (call, work, errorType) => {
    const asked = attributesOf(call);
    const started = systemClock.monotonicMs();
    const record = (more: Attributes): void =>
      duration.record((systemClock.monotonicMs() - started) / 1000, { ...asked, ...more });
    const limit: Attributes = call.maxTokens === null ? {} : { 'gen_ai.request.max_tokens': call.maxTokens };
    const options = { kind: SpanKind.CLIENT, attributes: { ...asked, ...limit } };
    return trace.getTracer('windsock').startActiveSpan(`${call.operation} ${call.model}`, options, async (span) => {
      try {
        const answer = await work();
        const answered = { 'gen_ai.response.model': answer.model };
        record(answered);
        span.setAttributes(answered);
        if (answer.finish !== null) span.setAttributes({ 'gen_ai.response.finish_reasons': [answer.finish] });
        if (answer.usage !== null) {
          const { inputTokens, outputTokens } = answer.usage;
          tokens.record(inputTokens, { ...asked, ...answered, 'gen_ai.token.type': 'input' });
          span.setAttributes({ 'gen_ai.usage.input_tokens': inputTokens });
          // Vectors are no tokens.
          if (call.operation !== 'embeddings') {
            tokens.record(outputTokens, { ...asked, ...answered, 'gen_ai.token.type': 'output' });
            span.setAttributes({ 'gen_ai.usage.output_tokens': outputTokens });
          }
        }
        return answer;
      } catch (error) {
        const type = { 'error.type': errorType(error) };
        record(type);
        span.setAttributes(type);
        // No message: a server may repeat what it was sent.
        span.setStatus({ code: SpanStatusCode.ERROR });
        throw error;
      } finally {
        span.end();
      }
    });
  };
}

const attributesOf = ({ operation, provider, model, server }: ModelCall): Attributes => ({
  'gen_ai.operation.name': operation,
  'gen_ai.provider.name': provider,
  'gen_ai.request.model': model,
  'server.address': server.address,
  'server.port': server.port,
});
