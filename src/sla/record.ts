import type { Attempt, RunEnded, Transition } from '../collect/transition.ts';
import { addEvent, type SlaChanges, type SlaTarget } from './memory.ts';
import { compare, type SlaObjective } from './objective.ts';
import { routeKey } from './select.ts';

/** An objective with its targets, by `routeKey`. */
export interface Tracked {
  objective: SlaObjective;
  targets: ReadonlyMap<string, SlaTarget>;
}

/** What ended, as far as objectives care: a run, or a try of a task. */
export interface Ended {
  /** Names what is counted once, and the event that people see. */
  key: string;
  name: string;
  atMs: number;
  outcome: 'success' | 'failure' | 'retry';
  durationSeconds: number | null;
  queueWaitSeconds: number | null;
  text: string;
}

/** Whether an objective is about tries of tasks, or about whole runs. */
export const countsTries = ({ match, kind }: Pick<SlaObjective, 'match' | 'kind'>): boolean =>
  match.tasks.length > 0 || kind === 'queue_wait';

/** Which of an objective's targets a DAG or task belongs to. */
export const routeOf = ({ match }: SlaObjective, dagId: string, taskId: string): string =>
  routeKey(dagId, match.tasks.length > 0 ? taskId : '');

/**
 * Counts what ended in this cycle. Backfills, and what a person marked, count neither for nor against. Returns when each
 * target had successes, for objectives about their time.
 */
export function recordTransitions(
  tracked: readonly Tracked[],
  transitions: readonly Transition[],
  now: Date,
  changes: SlaChanges,
): Map<SlaTarget, number[]> {
  const successes = new Map<SlaTarget, number[]>();
  for (const transition of transitions) {
    if (transition.kind !== 'attempt' && transition.kind !== 'run_ended') continue;
    if (transition.runType === 'backfill' || (transition.kind === 'run_ended' && transition.byPerson)) continue;
    const isTry = transition.kind === 'attempt';
    const ended = isTry ? endedTry(transition, now) : endedRun(transition, now);
    for (const { objective, targets } of tracked) {
      if (countsTries(objective) !== isTry) continue;
      const target = targets.get(routeOf(objective, transition.dagId, isTry ? transition.taskId : ''));
      if (target === undefined) continue;
      if (ended.outcome === 'success' && isAboutTime(objective))
        successes.set(target, [...(successes.get(target) ?? []), ended.atMs]);
      record(objective, target, ended, changes, true);
    }
  }
  return successes;
}

const isAboutTime = ({ kind }: SlaObjective): boolean => kind === 'freshness' || kind === 'deadline';

function endedTry(attempt: Attempt, now: Date): Ended {
  const { runPk, taskId, mapIndex, tryNumber, dagId, runId } = attempt;
  return {
    key: `run:${runPk}:${taskId}:${mapIndex}`,
    name: `run:${runPk}:${taskId}:${mapIndex}:${tryNumber}`,
    atMs: (attempt.endedAt ?? now).getTime(),
    outcome: attempt.outcome,
    durationSeconds: attempt.durationSeconds,
    queueWaitSeconds: attempt.queueWaitSeconds,
    text: `${dagId}.${taskId} in run ${runId}`,
  };
}

function endedRun({ runPk, runId, dagId, state, startedAt, endedAt }: RunEnded, now: Date): Ended {
  return {
    key: `run:${runPk}`,
    name: `run:${runPk}`,
    atMs: (endedAt ?? now).getTime(),
    outcome: state === 'success' ? 'success' : 'failure',
    durationSeconds: startedAt !== null && endedAt !== null ? (endedAt.getTime() - startedAt.getTime()) / 1000 : null,
    queueWaitSeconds: null,
    text: `run ${runId} of ${dagId}`,
  };
}

/** What an end means to an objective: good, bad, with a value; null when it does not count. A retry that heals is no failure. */
function verdictOn(objective: SlaObjective, ended: Ended): { key: string; value: number | null; good: boolean } | null {
  const { key, name, outcome } = ended;
  switch (objective.kind) {
    case 'success_ratio':
      return outcome === 'retry' ? null : { key, value: null, good: outcome === 'success' };
    case 'duration': {
      const value = ended.durationSeconds;
      if (outcome !== 'success' || !isDuration(value)) return null;
      return { key, value, good: compare(value, objective.operator, objective.threshold) };
    }
    case 'queue_wait': {
      const value = ended.queueWaitSeconds;
      // Each try waits by itself.
      return isDuration(value) ? { key: name, value, good: compare(value, objective.operator, objective.threshold) } : null;
    }
    case 'deadline':
      // A run that Airflow holds to its own deadline is good unless a miss of it was counted before.
      return objective.source === 'airflow' && outcome !== 'retry' ? { key, value: null, good: true } : null;
    case 'freshness':
    case 'custom':
      return null;
  }
}

const isDuration = (value: number | null): value is number => value !== null && Number.isFinite(value) && value >= 0;

/** Counts one end for a target; `live` ones may be violations. */
export function record(objective: SlaObjective, target: SlaTarget, ended: Ended, changes: SlaChanges, live: boolean): void {
  const verdict = verdictOn(objective, ended);
  if (verdict === null) return;
  const { key, value, good } = verdict;
  addEvent(target, { key, value, good, atMs: ended.atMs }, changes, { live, text: ended.text, name: ended.name });
}
