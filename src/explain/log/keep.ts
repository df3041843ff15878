import type { Incident } from '../../incident/incident.ts';
import { saveSignature } from '../../incident/occurrences.ts';
import { saveEvents } from '../../incident/save.ts';
import type { Tx } from '../../store/store.ts';
import { noteError } from '../error-signatures.ts';
import { lineOf, type Explanation } from '../explanation.ts';
import type { KeptLog } from './reduced-log.ts';
import { loadExplanations, saveExplanation, type KeptExplanation } from '../rows.ts';

/**
 * Keeps an explanation by rules with all that follows from it: the line in the timeline, once, and the signature of the incident. True when it
 * is settled by that.
 */
export async function keep(tx: Tx, airflow: string, incident: Incident, kept: KeptExplanation): Promise<boolean> {
  const [before] = await loadExplanations(tx, airflow, incident.id);
  const isNew = await saveExplanation(tx, airflow, kept);
  const { log, resultA, madeAt } = kept;
  const signature = log !== null && isTelling(log, resultA) ? log.signature : null;
  if (signature !== null) await saveSignature(tx, airflow, incident.id, signature);
  const same = before?.event === kept.event ? before : undefined;
  const settles = kept.outcome !== null && (same === undefined || same.outcome === null);
  // A log that came late is as good as new.
  if (!isNew && !(same?.log?.found === false && log?.found === true)) return settles;
  if (signature !== null && incident.subject.type === 'task') {
    const { dagId, taskId } = incident.subject;
    const { category, rootCause: cause } = resultA;
    await noteError(tx, airflow, { signature, dagId, taskId, category, cause, incidentId: incident.id }, madeAt);
  }
  // What fails again for the same reason needs no line a time.
  if (before !== undefined && before.resultA.rootCause === resultA.rootCause) return settles;
  await saveEvents(tx, airflow, [
    { incidentId: incident.id, at: madeAt, kind: 'explained', who: 'windsock', text: lineOf(resultA) },
  ]);
  return settles;
}

/** These end tasks that have nothing in common in the very same words. */
const endings = new Set(['execution_timeout', 'sensor_timeout', 'killed', 'heartbeat_lost', 'oom']);

/**
 * Whether the signature of a log tells its error from others. Not that of a log that is missing, that tells no error, or none but that
 * a command failed; nor that of an ending that a limit has set.
 */
export function isTelling(log: KeptLog, { subcategory }: Pick<Explanation, 'subcategory'>): boolean {
  if (!log.found || log.failure === null || log.failure.type === '') return false;
  const { wrapper, line } = log.failure;
  return wrapper?.line !== line && !endings.has(subcategory);
}
