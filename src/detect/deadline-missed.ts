import type { RunEnded } from '../collect/transition.ts';
import { formatDuration } from '../lib/durations.ts';
import type { Detector, OpenFinding } from './detector.ts';
import type { Facts } from './facts.ts';
import { dagOf, noJudgement, subjectKey, type Cleared, type Finding, type Subject } from './finding.ts';
import { clip, found, named, runOf } from './found.ts';

const kind = 'deadline_missed';
/** A miss written up to this long before the last look may have been seen only now: writers' clocks and commits lag. */
const lateCommitMs = 120_000;
/** Deadlines are read this far back: an older one is not in the list for its age. */
const readBackMs = 7 * 86_400_000;

interface Reads {
  transitions: Facts['transitions'];
  snapshot: Pick<Facts['snapshot'], 'deadlines' | 'slaMisses'>;
  previousAt: Facts['previousAt'];
  dags: Facts['dags'];
  runs: Facts['runs'];
}

/** The newest miss of a DAG. */
interface Miss {
  dagId: string;
  at: Date;
  runPk: number;
  runId: string;
  runType: string;
  runState: string;
  text: string;
}

/**
 * A deadline of Airflow 3.1 and later is missed, or overdue and not yet marked (a dead scheduler marks nothing); an SLA of
 * Airflow 2 is missed. Misses of before we came are none of ours. It is over when that run, or a later one, ends in success.
 */
export const deadlineMissed: Detector<Reads, unknown> = (reads, open, _settings, now) => {
  const { deadlines, slaMisses } = reads.snapshot;
  if (deadlines === undefined && slaMisses === undefined) return noJudgement();
  const misses = newestByDag([...missesOfDeadlines(reads), ...missesOfSlas(reads)]);
  const findings = misses.filter((miss) => isNews(miss, reads, open)).map((miss) => findingOf(miss, now));
  const standing = new Map<string, Pick<OpenFinding, 'event' | 'since'>>(open);
  for (const finding of findings) standing.set(subjectKey(finding.subject), finding);
  const cleared = new Map<string, Cleared>();
  for (const each of reads.transitions) {
    if (each.kind !== 'run_ended' || each.state !== 'success') continue;
    const end = clearOf(each, standing.get(subjectKey(subjectOf(each))), now);
    if (end !== null) cleared.set(subjectKey(end.subject), end);
  }
  for (const end of withdrawn(reads, open, now)) cleared.set(subjectKey(end.subject), end);
  const judged = new Set([...(deadlines ?? []), ...(slaMisses ?? [])].map(({ dagId }) => dagId)).size;
  return { findings, cleared: [...cleared.values()], judged };
};

const subjectOf = ({ dagId }: { dagId: string }): Subject & { type: 'deadline' } => ({ type: 'deadline', dagId });

const missesOfDeadlines = ({ snapshot: { deadlines = [] } }: Reads): Miss[] =>
  deadlines.flatMap(({ state, newestAt, ...rest }) =>
    state === 'pending' ? [] : [{ ...rest, at: newestAt, text: 'a deadline' }],
  );

const missesOfSlas = ({ snapshot: { slaMisses = [] } }: Reads): Miss[] =>
  slaMisses.flatMap(({ newestAt, taskId, runPk, runId, runType, runState, dagId }) =>
    runPk === null || newestAt === null
      ? []
      : [
          {
            dagId,
            at: newestAt,
            runPk,
            runId: runId ?? '',
            runType: runType ?? '',
            runState: runState ?? '',
            text: `the SLA of ${clip(taskId ?? 'a task', 40)}`,
          },
        ],
  );

function newestByDag(misses: readonly Miss[]): Miss[] {
  const newest = new Map<string, Miss>();
  for (const miss of misses) {
    const other = newest.get(miss.dagId);
    if (other === undefined || other.at <= miss.at) newest.set(miss.dagId, miss);
  }
  return [...newest.values()];
}

/** Ours to tell: missed since we watch the DAG, and nothing has arrived since, or it was missed just now, or it is open. */
function isNews(miss: Miss, { previousAt, dags, runs }: Reads, open: ReadonlyMap<string, OpenFinding>): boolean {
  const seenAt = dags.get(miss.dagId)?.seenAt;
  if (previousAt === null || seenAt === undefined || miss.at <= seenAt) return false;
  const later =
    runs.get(miss.dagId)?.some(({ state, endMs }) => state === 'success' && (endMs ?? 0) > miss.at.getTime()) ?? false;
  if (miss.runState !== 'success' && !later) return true;
  return (
    miss.at.getTime() > previousAt.getTime() - lateCommitMs ||
    open.get(subjectKey(subjectOf(miss)))?.event === `run:${miss.runPk}`
  );
}

function findingOf({ dagId, at, runPk, runId, runType, text }: Miss, now: Date): Finding {
  const lateMs = Math.max(0, now.getTime() - at.getTime());
  return found({
    kind,
    subject: subjectOf({ dagId }),
    severity: 'error',
    event: `run:${runPk}`,
    since: at,
    title: `${named(dagId)} missed ${text} in run ${clip(runId, 48)}, ${formatDuration(lateMs)} ago`,
    occasion: { runId, runPk, runType, mapIndex: null, tryNumber: null },
  });
}

function clearOf(each: RunEnded, open: Pick<OpenFinding, 'event' | 'since'> | undefined, now: Date): Cleared | null {
  if (open === undefined) return null;
  const subject = subjectOf(each);
  const at = each.endedAt ?? now;
  const same = runOf(open.event) === each.runPk;
  if (each.byPerson)
    return same ? { kind, subject, reason: 'person_marked', at: now, text: 'a person marked the run success' } : null;
  if (same) return { kind, subject, reason: 'cleared', at: at > open.since ? at : now, text: 'the run ended in success, late' };
  return at < open.since ? null : { kind, subject, reason: 'cleared', at, text: `run ${clip(each.runId, 80)} ended in success` };
}

/** Airflow takes a deadline away when its run is cleared or deleted: then none that is due is left of the DAG. */
function withdrawn({ snapshot: { deadlines } }: Reads, open: ReadonlyMap<string, OpenFinding>, now: Date): Cleared[] {
  if (deadlines === undefined) return [];
  const due = new Set(deadlines.flatMap(({ dagId, state }) => (state === 'pending' ? [] : [dagId])));
  return [...open.values()].flatMap(({ subject, since }) => {
    if (due.has(dagOf(subject) ?? '') || now.getTime() - since.getTime() >= readBackMs) return [];
    return [{ kind, subject, reason: 'cleared' as const, at: now, text: 'Airflow has taken the deadline away' }];
  });
}
