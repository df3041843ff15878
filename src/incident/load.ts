import type { Tx } from '../store/store.ts';
import type { Desk } from './decide.ts';
import { rateWindowMs, type Telling } from './tend.ts';
import { incidentColumns, incidentOf, type IncidentRow } from './rows.ts';

/** A resolved incident's event is remembered this long: longer than any detector sees the same event again. */
const closedMemoryMs = 30 * 86_400_000;

/**
 * What is known of incidents, their rows locked until the transaction ends: what a person does meanwhile waits, and is seen
 * in the next cycle.
 */
export async function loadDesk(tx: Tx, airflow: string, now: Date): Promise<Desk & { toldLately: Telling[] }> {
  const open = await tx.query<IncidentRow>(
    `SELECT ${incidentColumns} FROM incident WHERE airflow = $1 AND state <> 'resolved' ORDER BY opened_at, id FOR UPDATE`,
    [airflow],
  );
  const closed = await tx.query<{ kind: string; subject_key: string; event: string }>(
    `SELECT DISTINCT ON (kind, subject_key) kind, subject_key, latest ->> 'event' AS event FROM incident
     WHERE airflow = $1 AND state = 'resolved' AND resolved_at > $2 ORDER BY kind, subject_key, resolved_at DESC`,
    [airflow, new Date(now.getTime() - closedMemoryMs)],
  );
  const ended = await tx.query<{ id: string; at: Date }>(
    // One that retention took was over long ago.
    `SELECT DISTINCT member.root_id AS id, coalesce(root.resolved_at, $2) AS at
     FROM incident member LEFT JOIN incident root ON root.airflow = member.airflow AND root.id = member.root_id
     WHERE member.airflow = $1 AND member.root_id IS NOT NULL AND member.state <> 'resolved' AND coalesce(root.state, 'resolved') = 'resolved'`,
    [airflow, new Date(0)],
  );
  const told = await tx.query<Telling>(
    `SELECT tellable_at AS at, severity FROM incident WHERE airflow = $1 AND tellable_at > $2`,
    [airflow, new Date(now.getTime() - rateWindowMs)],
  );
  return {
    open: open.map(incidentOf),
    closedEvents: new Map(closed.map(({ kind, subject_key: key, event }) => [`${kind}\u0000${key}`, event])),
    endedRoots: new Map(ended.map(({ id, at }) => [id, at])),
    toldLately: told,
  };
}
