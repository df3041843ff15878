import type { RunEnded, Transition } from '../collect/transition.ts';
import type { Detector, OpenFinding } from './detector.ts';
import type { Facts } from './facts.ts';
import { subjectKey, type Cleared, type Finding } from './finding.ts';
import { clip, found, named, runOf } from './found.ts';

const kind = 'dag_run_failed';

/**
 * A run failed and none of its tasks did: a timeout, a deadlock. With a failed task the task is the finding. It is over with
 * the next run that ends in success.
 */
export const dagRunFailed: Detector<Pick<Facts, 'transitions'>, unknown> = ({ transitions }, open, _settings, now) => {
  const blamed = runsBlamed(transitions, open);
  const findings = new Map<string, Finding>();
  const cleared = new Map<string, Cleared>();
  let judged = 0;
  for (const each of transitions) {
    if (each.kind !== 'run_ended') continue;
    judged += 1;
    const key = subjectKey(subjectOf(each));
    if (each.state === 'success') {
      const end = clearOf(each, findings.get(key) ?? open.get(key), now);
      if (end !== null) cleared.set(key, end);
      continue;
    }
    // While its tasks are not all read (undefined) nobody can say that none failed.
    if (each.byPerson || blamed.has(each.runPk) || each.failedTasks !== 0) continue;
    const finding = findingOf(each, now);
    const other = findings.get(key);
    if (other === undefined || other.since <= finding.since) findings.set(key, finding);
  }
  return { findings: [...findings.values()], cleared: [...cleared.values()], judged };
};

const subjectOf = ({ dagId }: RunEnded) => ({ type: 'dag' as const, dagId });

/** Runs whose failure a task explains: it failed, or a person marked it so, or its incident is open. */
function runsBlamed(transitions: readonly Transition[], open: ReadonlyMap<string, OpenFinding>): ReadonlySet<number | null> {
  const now = transitions.flatMap((each) =>
    (each.kind === 'attempt' && each.outcome === 'failure') || (each.kind === 'marked' && each.state === 'failed')
      ? [each.runPk]
      : [],
  );
  const before = [...open.values()].flatMap((each) => (each.kind === 'task_failed' ? [runOf(each.event)] : []));
  return new Set([...now, ...before]);
}

function findingOf(each: RunEnded, now: Date): Finding {
  const { runId, runPk, runType, dagId, startedAt } = each;
  const endedAt = each.endedAt ?? now;
  return found({
    kind,
    subject: subjectOf(each),
    severity: 'error',
    event: `run:${runPk}`,
    since: endedAt,
    title: `Run ${clip(runId, 48)} of ${named(dagId)} failed without a failed task: a timeout or a deadlock`,
    occasion: { runId, runPk, runType, mapIndex: null, tryNumber: null },
    observed: startedAt === null ? null : { value: (endedAt.getTime() - startedAt.getTime()) / 1000, unit: 'seconds' },
  });
}

function clearOf(each: RunEnded, open: Pick<OpenFinding, 'event' | 'since'> | undefined, now: Date): Cleared | null {
  const at = each.endedAt ?? now;
  if (open === undefined) return null;
  const same = runOf(open.event) === each.runPk;
  const subject = subjectOf(each);
  if (each.byPerson) return same ? { kind, subject, reason: 'person_marked', at: now, text: 'a person marked it success' } : null;
  if (at < open.since) return null;
  if (same) return { kind, subject, reason: 'person_reran', at, text: 'the same run ended in success' };
  return { kind, subject, reason: 'cleared', at, text: `run ${clip(each.runId, 80)} ended in success` };
}
