import type { Incident } from '../incident/incident.ts';

/** A silence that we set for an incident, by Alertmanager's id. */
export interface OwnSilence {
  incidentId: string;
  silenceId: string;
  until: Date;
}

export type SilencePlan =
  | { kind: 'set'; incident: Incident; id: string | undefined; until: Date; comment: string }
  | { kind: 'end'; incidentId: string; silenceId: string };

const lifeMs = 900_000;
const prolongBelowMs = 600_000;

/**
 * Which silences to set, prolong and end (facts/alerting §1): one for each incident that was told and is acknowledged,
 * suppressed, or a member of another by now. It is short and prolonged while that holds: should Windsock die, it ends. Pure.
 */
export function planSilences(
  incidents: readonly Incident[],
  told: ReadonlySet<string>,
  silences: readonly OwnSilence[],
  now: Date,
): SilencePlan[] {
  const own = new Map(silences.map((silence) => [silence.incidentId, silence]));
  const plans: SilencePlan[] = [];
  for (const incident of incidents) {
    const silence = own.get(incident.id);
    own.delete(incident.id);
    const comment = told.has(incident.id) ? commentFor(incident) : null;
    if (comment === null) {
      if (silence !== undefined && silence.until > now)
        plans.push({ kind: 'end', incidentId: incident.id, silenceId: silence.silenceId });
    } else if (silence === undefined || silence.until.getTime() - now.getTime() < prolongBelowMs) {
      const id = silence !== undefined && silence.until > now ? silence.silenceId : undefined;
      plans.push({ kind: 'set', incident, id, until: new Date(now.getTime() + lifeMs), comment });
    }
  }
  return plans;
}

/**
 * What a silence for an incident matches: its labels at any severity. A DAG or task that it does not name must be absent, or what
 * is said of a DAG would silence its tasks, and of the whole Airflow all of its DAGs.
 */
export function matchersOf({ labels }: Pick<Incident, 'labels'>): Record<string, string> {
  const { severity: _, ...own } = labels;
  return { dag_id: '', task_id: '', ...own };
}

/** Why nobody is to hear of it; null: they are to hear. */
function commentFor({ state, rootId, memberReason, suppression, acknowledgedBy }: Incident): string | null {
  if (state === 'resolved') return null;
  if (rootId !== null) return `member of incident ${rootId}: ${memberReason ?? ''}`;
  if (suppression !== null && suppression.reason !== 'rate_limit')
    return `${suppression.reason.replaceAll('_', ' ')}: ${suppression.by}`;
  return state === 'acknowledged' ? `acknowledged by ${acknowledgedBy ?? 'somebody'}` : null;
}
