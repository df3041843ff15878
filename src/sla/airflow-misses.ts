import type { Snapshot } from '../collect/snapshot.ts';
import { addEvent, spoilEvent, type SlaChanges, type SlaTarget } from './memory.ts';
import { routeKey } from './select.ts';
import type { Tracked } from './record.ts';

/** A deadline of 3.1 and later, or an SLA of 2.x, that Airflow itself says was missed. */
export interface AirflowMiss {
  dagId: string;
  runPk: number;
  runId: string;
  runState: string;
  atMs: number;
}

/** The newest misses of each DAG in Airflow's rows; undefined when neither kind could be read. */
export function missesOf({ deadlines, slaMisses }: Pick<Snapshot, 'deadlines' | 'slaMisses'>): AirflowMiss[] | undefined {
  if (deadlines === undefined && slaMisses === undefined) return undefined;
  const missed = (deadlines ?? []).flatMap(({ dagId, state, runPk, runId, runState, newestAt }) =>
    state === 'pending' ? [] : [{ dagId, runPk, runId, runState, atMs: newestAt.getTime() }],
  );
  const slas = (slaMisses ?? []).flatMap(({ dagId, runPk, runId, runState, newestAt }) =>
    runPk === null || newestAt === null
      ? []
      : [{ dagId, runPk, runId: runId ?? '', runState: runState ?? '', atMs: newestAt.getTime() }],
  );
  return [...missed, ...slas];
}

/** Counts misses as bad runs, each once; those of before the target was first seen are none of ours. */
export function recordMisses(tracked: readonly Tracked[], misses: readonly AirflowMiss[], changes: SlaChanges): void {
  for (const { objective, targets } of tracked) {
    if (objective.source !== 'airflow') continue;
    for (const { dagId, runPk, runId, atMs } of misses) {
      const target = targets.get(routeKey(dagId, ''));
      if (target === undefined || atMs <= target.firstSeenMs) continue;
      const event = { key: `run:${runPk}`, atMs, value: null, good: false };
      const text = `Airflow says that run ${runId} of ${dagId} missed its deadline`;
      // It may be told of after the run ended and was counted as good.
      if (!addEvent(target, event, changes, { live: true, text })) spoilEvent(target, event.key, text, changes);
    }
  }
}

/** The newest miss of a target that no success has made good since. */
export function standingMiss(
  target: SlaTarget,
  misses: readonly AirflowMiss[] | undefined,
  isOfTarget: (dagId: string) => boolean,
): AirflowMiss | null | undefined {
  if (misses === undefined) return undefined;
  const standing = misses.filter(
    ({ dagId, runState, atMs }) => isOfTarget(dagId) && runState !== 'success' && atMs >= (target.lastSuccessMs ?? 0),
  );
  return standing.reduce<AirflowMiss | null>((a, b) => (a === null || b.atMs > a.atMs ? b : a), null);
}
