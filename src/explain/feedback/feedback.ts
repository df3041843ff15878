import { jsonText } from '../../lib/json-text.ts';
import { AppError } from '../../lib/errors.ts';
import { saveEvents } from '../../incident/save.ts';
import { readIncident } from '../../incident/list.ts';
import type { Incident } from '../../incident/incident.ts';
import { redact } from '../../redact/redact.ts';
import type { Store, Tx } from '../../store/store.ts';
import { namesOf } from '../call/ask-one.ts';
import { evictAnswers, loadFeatures } from '../call/calls.ts';
import { shownOf } from '../causes.ts';
import { contextOf } from '../call/examples.ts';
import { feedbackColumns, type Feedback, type GivenFeedback } from './feedback-rows.ts';
import { orderless } from '../call/orders.ts';
import { loadExplanations, type KeptExplanation } from '../rows.ts';
import { capped, folded } from '../call/visible.ts';

const causeMax = 240;
const noteMax = 500;

/** A person's words as they are kept and shown: on one line, redacted, and no orders to a model. */
const wordsOf = (text: string, max: number): string => capped(orderless(folded(redact(text))), max);

/**
 * Keeps what a person says of the explanation of an incident, in place of what the same person said before. What is wrong is not taken
 * from the cache again. Throws NOT_FOUND, and CONFLICT where nothing is explained.
 */
export function giveFeedback(
  store: Store,
  airflow: string,
  incidentId: string,
  given: GivenFeedback,
  { who, now }: { who: string; now: Date },
): Promise<Feedback> {
  return store.transaction(async (tx) => {
    const { incident } = await readIncident(tx, airflow, incidentId);
    const [kept] = await loadExplanations(tx, airflow, incidentId);
    if (kept === undefined) throw new AppError('CONFLICT', `incident ${incidentId} is not explained yet`);
    const feedback = await insert(tx, airflow, { incident, kept, given, by: { who, now } });
    if (given.verdict !== 'up' && kept.signature !== null) await evictAnswers(tx, airflow, kept.signature);
    await saveEvents(tx, airflow, [{ incidentId, at: now, kind: 'noted', who, text: textOf(feedback) }]);
    return feedback;
  });
}

function textOf({ verdict, category, rootCause, note, said }: Feedback): string {
  const cause = `the explanation (${said.category})`;
  const tail = note === '' ? '' : `: ${note}`;
  switch (verdict) {
    case 'up':
      return `${cause} is right${tail}`;
    case 'down':
      return `${cause} is wrong${tail}`;
    case 'corrected':
      return `${cause} is corrected to ${category ?? said.category}${rootCause === null ? '' : `, ${rootCause}`}${tail}`;
  }
}

async function insert(
  tx: Tx,
  airflow: string,
  {
    incident,
    kept,
    given,
    by,
  }: { incident: Incident; kept: KeptExplanation; given: GivenFeedback; by: { who: string; now: Date } },
): Promise<Feedback> {
  const { shown } = shownOf(kept);
  const { dagId, taskId } = namesOf(incident.subject);
  const { alternatives: _others, docs: _docs, ...said } = shown;
  // An answer that was taken again from an earlier case has none of its own.
  const features = shown.source === 'rules' ? null : await loadFeatures(tx, airflow, kept);
  const failure = kept.log?.found === true ? kept.log.failure : null;
  const [row] = await tx.query<Feedback>(
    `INSERT INTO explanation_feedback (airflow, at, who, incident_id, event, dag_id, task_id, signature, verdict, category, root_cause, note, said,
       features, log_context, error_type, error_message, state)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, 'new')
     ON CONFLICT (airflow, incident_id, event, who) DO UPDATE SET at = excluded.at, verdict = excluded.verdict, category = excluded.category,
       root_cause = excluded.root_cause, note = excluded.note, said = excluded.said, features = excluded.features, log_context = excluded.log_context,
       error_type = excluded.error_type, error_message = excluded.error_message, state = 'new', decided_by = NULL, decided_at = NULL
     RETURNING ${feedbackColumns}`,
    [
      airflow,
      by.now,
      by.who,
      incident.id,
      kept.event,
      dagId,
      taskId,
      kept.signature,
      given.verdict,
      given.category,
      given.rootCause === null ? null : wordsOf(given.rootCause, causeMax),
      wordsOf(given.note, noteMax),
      jsonText(said),
      features === null ? null : jsonText(features),
      contextOf(kept),
      failure?.type ?? '',
      failure === null ? '' : wordsOf(failure.message, causeMax),
    ],
  );
  if (row === undefined) throw new AppError('CONFLICT', 'the feedback was not kept');
  return row;
}

/** Lets an opinion be an example, or takes that back. Throws NOT_FOUND, and CONFLICT for what can be no example. */
export function decideFeedback(
  store: Store,
  airflow: string,
  id: number,
  decision: 'confirm' | 'revoke',
  { who, now }: { who: string; now: Date },
): Promise<Feedback> {
  return store.transaction(async (tx) => {
    const [found] = await tx.query<Feedback>(
      `SELECT ${feedbackColumns} FROM explanation_feedback WHERE airflow = $1 AND id = $2 FOR UPDATE`,
      [airflow, id],
    );
    if (found === undefined) throw new AppError('NOT_FOUND', `there is no feedback ${id}`);
    if (decision === 'confirm' && found.verdict === 'down')
      throw new AppError('CONFLICT', 'that it is wrong says not what is right: correct the explanation, and confirm that');
    const state = decision === 'confirm' ? 'confirmed' : 'revoked';
    const [row] = await tx.query<Feedback>(
      `UPDATE explanation_feedback SET state = $3, decided_by = $4, decided_at = $5 WHERE airflow = $1 AND id = $2 RETURNING ${feedbackColumns}`,
      [airflow, id, state, who, now],
    );
    // Asked again, a model sees the example, or sees it no more.
    if (found.signature !== null) await evictAnswers(tx, airflow, found.signature);
    return row ?? found;
  });
}
