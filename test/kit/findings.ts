import { nothingCarried, subjectKey, type Finding } from '../../src/detect/finding.ts';
import type { Incident } from '../../src/incident/incident.ts';

export const at = (time: string): Date => new Date(`2026-03-02T${time.length === 5 ? `${time}:00` : time}Z`);

/** A finding with everything that a test does not care about. */
export function finding(partial: Partial<Finding> = {}): Finding {
  const subject = partial.subject ?? { type: 'task', dagId: 'etl', taskId: 'load' };
  const kind = partial.kind ?? 'task_failed';
  return {
    kind,
    subject,
    severity: 'error',
    event: 'run:1:load:1',
    occasion: { runId: 'scheduled__2026-03-02', runPk: 1, runType: 'scheduled', mapIndex: null, tryNumber: 1 },
    observed: null,
    expected: null,
    n: 0,
    score: 1,
    since: at('10:00'),
    title: `${kind} of ${subjectKey(subject)}`,
    carried: nothingCarried,
    ...partial,
  };
}

/** An open incident that this finding opened. */
export function incident(partial: Partial<Incident> = {}, opening: Partial<Finding> = {}): Incident {
  const first = finding(opening);
  return {
    id: 'inc-1',
    kind: first.kind,
    subject: first.subject,
    subjectKey: subjectKey(first.subject),
    state: 'open',
    severity: first.severity,
    alertSeverity: first.severity,
    title: first.title,
    labels: {},
    first,
    latest: first,
    openedAt: first.since,
    lastSeenAt: first.since,
    acknowledgedAt: null,
    acknowledgedBy: null,
    escalatedAt: null,
    resolvedAt: null,
    endReason: null,
    rootId: null,
    memberReason: null,
    split: false,
    recurrences: 0,
    tellableAt: null,
    suppression: null,
    signature: null,
    ...partial,
  };
}
