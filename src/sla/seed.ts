import type { SampleRow } from '../measure/read-samples.ts';
import type { RunRecord } from '../measure/run-history.ts';
import { hoursKeptMs, type SlaChanges, type SlaTarget } from './memory.ts';
import type { SlaObjective } from './objective.ts';
import { countPastFreshness } from './past-freshness.ts';
import { countsTries, record, type Ended } from './record.ts';
import { countDeadlines, noteLate } from './slices.ts';

/** What history tells of one target. */
export interface Seeds {
  /** Ended runs, by DAG. */
  runs: readonly (readonly [dagId: string, runs: readonly RunRecord[]])[];
  samples: readonly SampleRow[];
}

/**
 * Counts what ended up to `untilMs` (by when what is live begins), so that a new or changed objective stands where it would if
 * it had always been there. History is no violation.
 */
export function seedTarget(objective: SlaObjective, target: SlaTarget, seeds: Seeds, untilMs: number, changes: SlaChanges): void {
  const ends = (
    countsTries(objective) ? seeds.samples.map(endedSample) : seeds.runs.flatMap(([dagId, runs]) => endedRuns(dagId, runs))
  )
    .filter(({ atMs }) => atMs <= untilMs && atMs > untilMs - hoursKeptMs)
    .sort((a, b) => a.atMs - b.atMs);
  for (const ended of ends) record(objective, target, ended, changes, false);
  const successes = ends.filter(({ outcome }) => outcome === 'success').map(({ atMs }) => atMs);
  const [first] = successes;
  if (first !== undefined) {
    // What passed since it is watched was counted live.
    const span = { fromMs: first, toMs: Math.min(untilMs, target.firstSeenMs), live: false };
    if (objective.kind === 'freshness') countPastFreshness(objective, target, successes, span, changes);
    if (objective.kind === 'deadline') {
      countDeadlines(objective, target, successes, span, changes);
      noteLate(target, successes, changes);
    }
    target.lastSuccessMs = Math.max(target.lastSuccessMs ?? 0, successes.at(-1) ?? 0);
  }
  target.seeded = true;
  target.status = null;
  changes.targets.add(target);
}

const endedSample = (row: SampleRow): Ended => ({
  key: `run:${row.runPk}:${row.taskId}:${row.mapIndex}`,
  name: `run:${row.runPk}:${row.taskId}:${row.mapIndex}:${row.tryNumber}`,
  atMs: row.endedAt.getTime(),
  outcome: row.outcome,
  durationSeconds: row.durationSeconds,
  queueWaitSeconds: row.queueWaitSeconds,
  text: `${row.dagId}.${row.taskId}`,
});

function endedRuns(dagId: string, runs: readonly RunRecord[]): Ended[] {
  return runs.flatMap(({ runPk, runId, runType, startMs, endMs, state, byPerson }) =>
    endMs === null || byPerson || runType === 'backfill'
      ? []
      : [
          {
            key: `run:${runPk}`,
            name: `run:${runPk}`,
            atMs: endMs,
            outcome: state === 'success' ? ('success' as const) : ('failure' as const),
            durationSeconds: startMs === null ? null : (endMs - startMs) / 1000,
            queueWaitSeconds: null,
            text: `run ${runId} of ${dagId}`,
          },
        ],
  );
}
