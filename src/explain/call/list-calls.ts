import { redact } from '../../redact/redact.ts';
import type { Tx } from '../../store/store.ts';
import type { RcaOutcome } from '../../telemetry/rca.ts';

/** One question to language models, for audit: when, who answered, what came of it and what it took; not what was sent or said. */
export interface ModelCall {
  id: number;
  at: Date;
  incidentId: string;
  signature: string | null;
  outcome: RcaOutcome;
  /** Why it is no more than that; empty: nothing to say. Redacted. */
  detail: string;
  /** Null: nobody answered. */
  provider: string | null;
  model: string | null;
  /** Requests made for it, repairs and repeats included. */
  requests: number;
  inputTokens: number;
  outputTokens: number;
  /** In the currency of llm.prices; null: no price fits. */
  cost: number | null;
  seconds: number;
  /** People said that the answer is wrong: it is not taken again. */
  evicted: boolean;
}

export interface ModelCallFilter {
  incidentId?: string | undefined;
  outcome?: RcaOutcome | undefined;
  provider?: string | undefined;
  model?: string | undefined;
  /** Included. */
  since?: Date | undefined;
}

/** A page of them, newest first; `after` is the id where the page before ended. */
export async function listCalls(
  tx: Tx,
  airflow: string,
  { incidentId, outcome, provider, model, since }: ModelCallFilter,
  { after, limit }: { after: number | null; limit: number },
): Promise<{ items: ModelCall[]; next: number | null }> {
  const rows = await tx.query<ModelCall>(
    `SELECT id, at, incident_id AS "incidentId", signature, outcome, detail, provider, model, calls AS requests,
       input_tokens AS "inputTokens", output_tokens AS "outputTokens", cost, seconds, evicted
     FROM explanation_call WHERE airflow = $1 AND ($2::bigint IS NULL OR id < $2)
       AND ($3::text IS NULL OR incident_id = $3) AND ($4::text IS NULL OR outcome = $4) AND ($5::text IS NULL OR provider = $5)
       AND ($6::text IS NULL OR model = $6) AND ($7::timestamptz IS NULL OR at >= $7)
     ORDER BY id DESC LIMIT $8`,
    [airflow, after, incidentId ?? null, outcome ?? null, provider ?? null, model ?? null, since ?? null, limit + 1],
  );
  // Kept redacted; a rule of redaction that came since holds for what is shown too.
  const items = rows.slice(0, limit).map((row) => ({ ...row, detail: redact(row.detail) }));
  return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
}
