import { jsonText } from '../../lib/json-text.ts';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { PastCall } from '../../llm/chain.ts';
import type { Message } from '../../llm/provider.ts';
import type { CallRecord } from '../../llm/question.ts';
import { redact, redactedJson } from '../../redact/redact.ts';
import type { Tx } from '../../store/store.ts';
import type { RcaOutcome } from '../../telemetry/rca.ts';
import { shapeVersion, type ModelAnswer } from './answer-shape.ts';
import type { Features } from './confidence.ts';
import { categories, transiences } from '../explanation.ts';
import type { OccurrenceKey } from '../rows.ts';

/** Who may be asked, as the configuration names it. */
export interface ModelName {
  provider: string;
  model: string;
}

/** One time that a model was asked, whatever came of it. */
export interface AskedCall extends OccurrenceKey {
  at: Date;
  signature: string | null;
  outcome: RcaOutcome;
  detail: string;
  prompt: readonly Message[];
  record: CallRecord | null;
  answer: ModelAnswer | null;
  features: Features | null;
  cacheKey: string | null;
}

/** An answer stays good for the same error this long. */
const answerDays = 7;
export const callsKeptDays = 30;
export const callsKeptMax = 3000;
const languages = 'en';

/**
 * By what an answer is found again: the error, who answered, and whatever makes the same question another: our words and those of the
 * configuration, the schema, what is redacted.
 */
export const cacheKeyOf = (
  signature: string,
  { provider, model }: ModelName,
  { prompt, redaction }: { prompt: string; redaction: string },
): string =>
  createHash('sha256')
    .update(JSON.stringify([signature, provider, model, prompt, shapeVersion, redaction, languages]))
    .digest('hex');

export async function saveCall(tx: Tx, airflow: string, call: AskedCall): Promise<void> {
  const { record } = call;
  const prompt = call.prompt.map(({ role, content }) => ({ role, content: redact(content) }));
  await tx.query(
    `INSERT INTO explanation_call (airflow, at, incident_id, event, signature, outcome, detail, provider, model, calls, input_tokens, output_tokens,
       cost, seconds, prompt, raw, answer, features, cache_key)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)`,
    [
      airflow,
      call.at,
      call.incidentId,
      call.event,
      call.signature,
      call.outcome,
      redact(call.detail),
      record?.provider ?? null,
      record?.model ?? null,
      record?.calls ?? 0,
      record?.usage.inputTokens ?? 0,
      record?.usage.outputTokens ?? 0,
      record?.cost ?? null,
      record?.seconds ?? 0,
      jsonText(prompt),
      jsonText((record?.raw ?? []).map((text) => redact(text))),
      call.answer === null ? null : redactedJson(call.answer),
      call.features === null ? null : jsonText(call.features),
      call.cacheKey,
    ],
  );
}

const kept = z.object({
  evidence: z.array(z.object({ ref: z.string(), quote: z.string() })),
  category: z.enum(categories),
  rootCause: z.string(),
  transient: z.enum(transiences),
  nextSteps: z.array(z.string()),
  alternative: z.string(),
  certainty: z.enum(['low', 'medium', 'high']),
});

/** The newest good answer under the first of these keys that has one, and the incident that it was given to. */
export async function findAnswer(
  tx: Tx,
  airflow: string,
  keys: readonly string[],
  now: Date,
): Promise<{ answer: ModelAnswer; incidentId: string } | undefined> {
  if (keys.length === 0) return undefined;
  const rows = await tx.query<{ answer: unknown; incidentId: string }>(
    `SELECT answer, incident_id AS "incidentId" FROM explanation_call
     WHERE airflow = $1 AND cache_key = ANY($2) AND answer IS NOT NULL AND NOT evicted AND at > $3
     ORDER BY array_position($2, cache_key), at DESC LIMIT 1`,
    [airflow, keys, new Date(now.getTime() - answerDays * 86_400_000)],
  );
  const parsed = kept.safeParse(rows[0]?.answer);
  return rows[0] === undefined || !parsed.success ? undefined : { answer: parsed.data, incidentId: rows[0].incidentId };
}

/** People said that an answer is wrong, or what is right: none to this error is taken again. */
export async function evictAnswers(tx: Tx, airflow: string, signature: string): Promise<void> {
  await tx.query(
    'UPDATE explanation_call SET evicted = true WHERE airflow = $1 AND signature = $2 AND answer IS NOT NULL AND NOT evicted',
    [airflow, signature],
  );
}

/** What the confidence of an explanation was computed from; null: no model's answer was verified. */
export async function loadFeatures(tx: Tx, airflow: string, { incidentId, event }: OccurrenceKey): Promise<Features | null> {
  const [row] = await tx.query<{ features: Features | null }>(
    'SELECT features FROM explanation_call WHERE airflow = $1 AND incident_id = $2 AND event = $3 ORDER BY id DESC LIMIT 1',
    [airflow, incidentId, event],
  );
  return row?.features ?? null;
}

/** Calls of the last day, which count in the budget of whoever leads now. */
export async function loadPastCalls(tx: Tx, airflow: string, now: Date): Promise<PastCall[]> {
  const rows = await tx.query<{ at: Date; calls: number; tokens: string }>(
    `SELECT at, calls, input_tokens + output_tokens AS tokens FROM explanation_call WHERE airflow = $1 AND at > $2 AND calls > 0`,
    [airflow, new Date(now.getTime() - 86_400_000)],
  );
  return rows.flatMap(({ at, calls, tokens }) =>
    Array.from({ length: calls }, () => ({ ageMs: Math.max(0, now.getTime() - at.getTime()), tokens: Number(tokens) / calls })),
  );
}

/** The retention job. */
export async function trimCalls(tx: Tx, airflow: string, now: Date): Promise<void> {
  await tx.query(
    `DELETE FROM explanation_call WHERE airflow = $1 AND (at < $2 OR at <= (
       SELECT at FROM explanation_call WHERE airflow = $1 ORDER BY at DESC OFFSET ${callsKeptMax} LIMIT 1))`,
    [airflow, new Date(now.getTime() - callsKeptDays * 86_400_000)],
  );
}
