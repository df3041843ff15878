import type { KnownDag } from '../collect/known-dags.ts';
import type { Cleared } from '../detect/finding.ts';
import type { Kind } from '../detect/kinds.ts';
import type { Incident } from './incident.ts';

/** A file that is deployed anew takes its DAGs away for moments, and the graph that is read may be older than what runs. */
const goneAfterMs = 600_000;
/** These are about DAGs that are not there, or see to it themselves. */
const outlive: ReadonlySet<Kind> = new Set(['dag_silent', 'dag_late', 'import_error', 'sla_breached', 'error_budget_burn']);

/** What a subject's being gone is known from. */
export interface Presence {
  dags: ReadonlyMap<string, KnownDag>;
  /** Whether the DAG's newest graph has the task; true when it has none. */
  hasTask: (dagId: string, taskId: string) => boolean;
}

/**
 * The open incidents whose DAG left the catalogue a while ago, or that last showed a while ago in a task that the DAG no longer has: nothing
 * can clear them any more.
 */
export function goneOf(open: readonly Incident[], { dags, hasTask }: Presence, now: Date): Cleared[] {
  return open.flatMap(({ kind, subject, latest }): Cleared[] => {
    if (!('dagId' in subject) || outlive.has(kind)) return [];
    const goneAt = dags.get(subject.dagId)?.goneAt ?? null;
    const end = { kind, subject, reason: 'subject_gone' as const, at: now };
    const isOld = (at: Date): boolean => now.getTime() - at.getTime() >= goneAfterMs;
    if (goneAt !== null && isOld(goneAt)) return [{ ...end, text: 'the DAG has left the catalogue' }];
    if (subject.type === 'task' && goneAt === null && isOld(latest.since) && !hasTask(subject.dagId, subject.taskId))
      return [{ ...end, text: 'the DAG has no such task any more' }];
    return [];
  });
}
