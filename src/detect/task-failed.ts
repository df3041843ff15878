import type { Attempt, Marked, RunEnded, Transition } from '../collect/transition.ts';
import type { Detector, OpenFinding } from './detector.ts';
import { dagOf, subjectKey, type Cleared, type Finding, type Subject } from './finding.ts';
import { found, named, clip, runOf } from './found.ts';
import type { Facts } from './facts.ts';

const kind = 'task_failed';
type Place = Pick<Attempt, 'dagId' | 'taskId' | 'mapIndex' | 'runPk'>;

const placeOf = ({ runPk, taskId, mapIndex }: Place): string => `${runPk}:${mapIndex}:${taskId}`;
const subjectOf = ({ dagId, taskId }: Pick<Place, 'dagId' | 'taskId'>): Subject & { type: 'task' } => ({
  type: 'task',
  dagId,
  taskId,
});

/**
 * A task failed for good. Mapped instances of one run are one finding. What a person marked is no failure of the task's own.
 * It is over with the next success of the task in another run; in the same run somebody had it run again. One success of many
 * mapped instances proves nothing: for those a later run of the DAG must end in success.
 */
export const taskFailed: Detector<Pick<Facts, 'transitions'>, unknown> = ({ transitions }, open, _settings, now) => {
  const overruled = new Set(transitions.flatMap((each) => (each.kind === 'marked' ? [placeOf(each)] : [])));
  const failures = new Map<string, Attempt[]>();
  let judged = 0;
  for (const each of transitions) {
    if (each.kind !== 'attempt') continue;
    judged += 1;
    if (each.outcome !== 'failure' || overruled.has(placeOf(each))) continue;
    const key = `${each.runPk}\u0000${subjectKey(subjectOf(each))}`;
    const group = failures.get(key);
    if (group === undefined) failures.set(key, [each]);
    else group.push(each);
  }
  // Of several runs of a task that failed in one cycle the newest stands for it.
  const findings = new Map<string, Finding>();
  for (const group of failures.values()) {
    const finding = findingOf(group, now);
    const key = subjectKey(finding.subject);
    const other = findings.get(key);
    if (other === undefined || other.since <= finding.since) findings.set(key, finding);
  }
  const standing = new Map<string, Standing>(open);
  for (const [key, finding] of findings) standing.set(key, finding);
  return { findings: [...findings.values()], cleared: clearsOf(transitions, standing, now), judged };
};

type Standing = Omit<OpenFinding, 'quietMs'>;

const isMapped = (event: string): boolean => event.includes(':*:');

function findingOf(group: readonly Attempt[], now: Date): Finding {
  const last = group.reduce((a, b) => ((b.endedAt ?? now) >= (a.endedAt ?? now) ? b : a));
  const { dagId, taskId, runPk, runId, runType, mapIndex, hostname, pool, queue, operator } = last;
  const mapped = mapIndex >= 0;
  const tryNumber = group.reduce((most, each) => Math.max(most, each.tryNumber), 0);
  const instances = group.length > 1 ? ` in ${group.length} mapped instances` : mapped ? ` in mapped instance ${mapIndex}` : '';
  return found({
    kind,
    subject: subjectOf(last),
    severity: 'error',
    event: `run:${runPk}:${taskId}${mapped ? ':*' : ''}:${tryNumber}`,
    since: last.endedAt ?? now,
    title: `${named(dagId, taskId)} failed for good on try ${Math.max(1, tryNumber)}${instances} of run ${clip(runId, 48)}`,
    occasion: { runId, runPk, runType, mapIndex: mapped ? mapIndex : null, tryNumber },
    observed: { value: group.length, unit: 'tasks' },
    carried: { host: hostname, pool, queue, operator },
  });
}

function clearsOf(transitions: readonly Transition[], standing: ReadonlyMap<string, Standing>, now: Date): Cleared[] {
  const cleared = new Map<string, Cleared>();
  const put = (subject: Subject, reason: Cleared['reason'], at: Date, text: string) =>
    cleared.set(subjectKey(subject), { kind, subject, reason, at, text });
  const byDag = Map.groupBy(
    [...standing.values()].filter(({ event }) => isMapped(event)),
    ({ subject }) => dagOf(subject),
  );
  for (const each of transitions) {
    if (each.kind === 'attempt' && each.outcome === 'success' && each.mapIndex < 0) clearByTry(each, standing, now, put);
    if (each.kind === 'marked' && (each.state === 'success' || each.state === 'skipped')) clearByMark(each, standing, now, put);
    if (each.kind === 'run_ended' && each.state === 'success') clearByRun(each, byDag.get(each.dagId) ?? [], now, put);
  }
  return [...cleared.values()];
}

type Put = (subject: Subject, reason: Cleared['reason'], at: Date, text: string) => void;

function clearByTry(each: Attempt, standing: ReadonlyMap<string, Standing>, now: Date, put: Put): void {
  const subject = subjectOf(each);
  const open = standing.get(subjectKey(subject));
  const at = each.endedAt ?? now;
  if (open === undefined || at < open.since) return;
  if (runOf(open.event) === each.runPk) put(subject, 'person_reran', at, `try ${each.tryNumber} of the same run succeeded`);
  else put(subject, 'cleared', at, `it succeeded in run ${clip(each.runId, 80)}`);
}

function clearByMark(each: Marked, standing: ReadonlyMap<string, Standing>, now: Date, put: Put): void {
  const subject = subjectOf(each);
  const open = standing.get(subjectKey(subject));
  if (open === undefined || runOf(open.event) !== each.runPk) return;
  put(subject, 'person_marked', now, `a person marked it ${each.state}`);
}

function clearByRun(each: RunEnded, open: readonly Standing[], now: Date, put: Put): void {
  const at = each.endedAt ?? now;
  for (const { event, since, subject } of open) {
    if (at < since) continue;
    const same = runOf(event) === each.runPk;
    if (each.byPerson && same) put(subject, 'person_marked', at, 'a person marked the run success');
    else if (same) put(subject, 'person_reran', at, 'the same run ended in success');
    else if (!each.byPerson) put(subject, 'cleared', at, `run ${clip(each.runId, 80)} ended in success`);
  }
}
