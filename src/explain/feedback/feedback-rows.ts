import type { Tx } from '../../store/store.ts';
import { fitConfidence, type Label } from '../call/calibrate.ts';
import type { Features, Fit, SignatureHistory } from '../call/confidence.ts';
import type { Category, Explanation } from '../explanation.ts';

export type Verdict = 'up' | 'down' | 'corrected';

/** What a person says of an explanation. */
export interface GivenFeedback {
  verdict: Verdict;
  /** What it is instead; null: as it was said. */
  category: Category | null;
  rootCause: string | null;
  note: string;
}

export interface Feedback extends GivenFeedback {
  id: number;
  at: Date;
  who: string;
  incidentId: string;
  event: string;
  dagId: string;
  taskId: string;
  signature: string | null;
  /** What was shown. */
  said: Pick<
    Explanation,
    'source' | 'category' | 'subcategory' | 'rootCause' | 'evidence' | 'nextSteps' | 'transient' | 'confidence' | 'rule'
  >;
  features: Features | null;
  /** The telling lines, `L12 text`. */
  logContext: string;
  errorType: string;
  errorMessage: string;
  state: 'new' | 'confirmed' | 'revoked';
  decidedBy: string | null;
  decidedAt: Date | null;
}

export const feedbackColumns =
  'id::int AS id, at, who, incident_id AS "incidentId", event, dag_id AS "dagId", task_id AS "taskId", signature, verdict, category,' +
  ' root_cause AS "rootCause", note, said, features, log_context AS "logContext", error_type AS "errorType", error_message AS "errorMessage",' +
  ' state, decided_by AS "decidedBy", decided_at AS "decidedAt"';

const keptMax = 2000;

export interface FeedbackFilter {
  state?: Feedback['state'] | undefined;
  verdict?: Verdict | undefined;
  signature?: string | undefined;
  incidentId?: string | undefined;
}

/** What people said, newest first; `next` is null on the last page. */
export async function listFeedback(
  tx: Tx,
  airflow: string,
  { state, verdict, signature, incidentId }: FeedbackFilter,
  { after, limit }: { after: number | null; limit: number },
): Promise<{ items: Feedback[]; next: number | null }> {
  const rows = await tx.query<Feedback>(
    `SELECT ${feedbackColumns} FROM explanation_feedback WHERE airflow = $1 AND ($2::bigint IS NULL OR id < $2)
       AND ($3::text IS NULL OR state = $3) AND ($4::text IS NULL OR verdict = $4) AND ($5::text IS NULL OR signature = $5)
       AND ($6::text IS NULL OR incident_id = $6)
     ORDER BY id DESC LIMIT $7`,
    [airflow, after, state ?? null, verdict ?? null, signature ?? null, incidentId ?? null, limit + 1],
  );
  const items = rows.slice(0, limit);
  return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
}

/** What people said of explanations of an error that filed it under `category`. */
export async function loadHistory(tx: Tx, airflow: string, signature: string, category: Category): Promise<SignatureHistory> {
  const [row] = await tx.query<SignatureHistory>(
    `SELECT count(*) FILTER (WHERE (verdict = 'up' AND said ->> 'category' = $3) OR category = $3)::int AS confirmed,
       count(*) FILTER (WHERE (verdict = 'down' AND said ->> 'category' = $3) OR (verdict = 'corrected' AND category <> $3))::int AS refuted
     FROM explanation_feedback WHERE airflow = $1 AND signature = $2 AND state <> 'revoked'`,
    [airflow, signature, category],
  );
  return row ?? { confirmed: 0, refuted: 0 };
}

/** The fit of the confidence to what people said of models' explanations; null while there is too little of it. */
export async function loadFit(tx: Tx, airflow: string): Promise<Fit | null> {
  const rows = await tx.query<Label>(
    `SELECT features, (verdict = 'up' OR coalesce(category = said ->> 'category', false)) AS "right" FROM explanation_feedback
     WHERE airflow = $1 AND jsonb_typeof(features) = 'object' AND state <> 'revoked' ORDER BY id DESC LIMIT 500`,
    [airflow],
  );
  return fitConfidence(rows);
}

/** The retention job: beyond the newest 2 000 goes what is not confirmed, and then the rest. */
export async function trimFeedback(tx: Tx, airflow: string): Promise<void> {
  await tx.query(
    `DELETE FROM explanation_feedback WHERE airflow = $1 AND id IN (
       SELECT id FROM explanation_feedback WHERE airflow = $1 ORDER BY state = 'confirmed' DESC, id DESC OFFSET ${keptMax})`,
    [airflow],
  );
}
