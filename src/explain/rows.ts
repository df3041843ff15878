import { jsonText } from '../lib/json-text.ts';
import type { Tx } from '../store/store.ts';
import type { RcaOutcome } from '../telemetry/rca.ts';
import type { Evidence, Explanation } from './explanation.ts';
import type { KeptLog } from './log/reduced-log.ts';

/** Which occurrence of which incident. */
export interface OccurrenceKey {
  incidentId: string;
  /** `event` of the finding that showed it. */
  event: string;
}

/** An occurrence explained, as it is kept. */
export interface KeptExplanation extends OccurrenceKey {
  /** When result A was first made. */
  madeAt: Date;
  /** Null: what it is about has no log. */
  log: KeptLog | null;
  evidence: Evidence[];
  /** What else was gathered, as data; goes through JSON as it is. */
  circumstances: Readonly<Record<string, unknown>>;
  resultA: Explanation;
  resultB: Explanation | null;
  /** Error signature; null: it is no failure of a task. */
  signature: string | null;
  /** When a model may be asked at the earliest; null: it need not be. */
  askAfter: Date | null;
  /** What became of it; null: it is not settled yet. */
  outcome: RcaOutcome | null;
}

/** Of one incident the newest so many occurrences stay explained. */
const perIncidentMax = 3;

export const explanationColumns =
  'incident_id AS "incidentId", event, made_at AS "madeAt", log, evidence, circumstances, result_a AS "resultA", result_b AS "resultB",' +
  ' signature, ask_after AS "askAfter", outcome';

/**
 * Keeps an explanation by rules, first or refined: what a model said of it meanwhile stays, unless that was said without the log, and so does the
 * time that it was first made at.
 * False when it was there already.
 */
export async function saveExplanation(tx: Tx, airflow: string, kept: KeptExplanation): Promise<boolean> {
  const [row] = await tx.query<{ isNew: boolean }>(
    `INSERT INTO explanation (airflow, incident_id, event, made_at, log, evidence, circumstances, result_a, result_b, signature, ask_after, outcome)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
     ON CONFLICT (airflow, incident_id, event) DO UPDATE SET log = excluded.log, evidence = excluded.evidence,
       circumstances = excluded.circumstances, result_a = excluded.result_a, signature = excluded.signature,
       ask_after = excluded.ask_after,
       -- What was said without the log is no answer to it.
       result_b = CASE WHEN explanation.log ->> 'found' = 'false' AND excluded.log ->> 'found' = 'true' THEN NULL ELSE explanation.result_b END,
       outcome = CASE WHEN explanation.log ->> 'found' = 'false' AND excluded.log ->> 'found' = 'true' THEN excluded.outcome
         ELSE coalesce(explanation.outcome, excluded.outcome) END
     RETURNING (xmax = 0) AS "isNew"`,
    [
      airflow,
      kept.incidentId,
      kept.event,
      kept.madeAt,
      kept.log === null ? null : jsonText(kept.log),
      jsonText(kept.evidence),
      jsonText(kept.circumstances),
      jsonText(kept.resultA),
      kept.resultB === null ? null : jsonText(kept.resultB),
      kept.signature,
      kept.askAfter,
      kept.outcome,
    ],
  );
  if (row?.isNew === true)
    await tx.query(
      `DELETE FROM explanation WHERE airflow = $1 AND incident_id = $2 AND event <> $3 AND event <> ALL(ARRAY(
         SELECT event FROM explanation WHERE airflow = $1 AND incident_id = $2 AND event <> $3 ORDER BY made_at DESC, event LIMIT ${perIncidentMax - 1}))`,
      [airflow, kept.incidentId, kept.event],
    );
  return row?.isNew === true;
}

/** The explanations of an incident, newest first. */
export function loadExplanations(tx: Tx, airflow: string, incidentId: string): Promise<KeptExplanation[]> {
  return tx.query<KeptExplanation>(
    `SELECT ${explanationColumns} FROM explanation WHERE airflow = $1 AND incident_id = $2 ORDER BY made_at DESC, event`,
    [airflow, incidentId],
  );
}

/** Which occurrences of these incidents are explained. */
export function loadExplained(tx: Tx, airflow: string, incidentIds: readonly string[]): Promise<OccurrenceKey[]> {
  return tx.query<OccurrenceKey>(
    'SELECT incident_id AS "incidentId", event FROM explanation WHERE airflow = $1 AND incident_id = ANY($2)',
    [airflow, incidentIds],
  );
}

/** An explanation that was made, and whether a model spoke since. */
export interface Made extends OccurrenceKey {
  madeAt: Date;
  byModel: boolean;
}

/** Which explanations were first made at `since` or later, oldest first; `byModel` takes those of which a model spoke since alone. */
export function listMade(
  tx: Tx,
  airflow: string,
  { since, byModel = false, limit }: { since: Date; byModel?: boolean; limit: number },
): Promise<Made[]> {
  return tx.query<Made>(
    `SELECT incident_id AS "incidentId", event, made_at AS "madeAt", result_b IS NOT NULL AS "byModel" FROM explanation
     WHERE airflow = $1 AND made_at >= $2 AND (result_b IS NOT NULL OR NOT $3) ORDER BY made_at, incident_id, event LIMIT $4`,
    [airflow, since, byModel, limit],
  );
}

/** What may be asked of a model now and is not settled, oldest first. */
export function loadWaiting(tx: Tx, airflow: string, now: Date, limit: number): Promise<KeptExplanation[]> {
  return tx.query<KeptExplanation>(
    `SELECT ${explanationColumns} FROM explanation WHERE airflow = $1 AND outcome IS NULL AND ask_after <= $2 ORDER BY ask_after, incident_id LIMIT $3`,
    [airflow, now, limit],
  );
}

/**
 * Settles an explanation: what a model said of it (null: nothing that is shown), and what became of it. Who comes second changes nothing and
 * gets false.
 */
export async function settleExplanation(
  tx: Tx,
  airflow: string,
  { incidentId, event }: OccurrenceKey,
  { resultB, outcome }: { resultB: Explanation | null; outcome: RcaOutcome },
): Promise<boolean> {
  const rows = await tx.query(
    `UPDATE explanation SET result_b = $4, outcome = $5 WHERE airflow = $1 AND incident_id = $2 AND event = $3 AND outcome IS NULL RETURNING 1`,
    [airflow, incidentId, event, resultB === null ? null : jsonText(resultB), outcome],
  );
  return rows.length > 0;
}

/** The retention job: what is beyond the newest 20 000 goes. */
export async function trimExplanations(tx: Tx, airflow: string): Promise<void> {
  await tx.query(
    `DELETE FROM explanation WHERE airflow = $1 AND made_at <= (
       SELECT made_at FROM explanation WHERE airflow = $1 ORDER BY made_at DESC OFFSET 20000 LIMIT 1)`,
    [airflow],
  );
}
