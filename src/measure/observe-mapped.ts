import type { MappedRun } from '../collect/mapped.ts';
import { judgeCount, type MappedTrial } from './expect-mapped.ts';
import { countsOf, holdsCount, insertCount, mappedKey, type MappedCount, type MappedSeries } from './mapped-series.ts';
import type { ProfileRules } from './profile.ts';
import type { RunRecord } from './run-history.ts';

/** What is learned, as far as mapped counts need it. */
interface Learnt {
  runs: ReadonlyMap<string, readonly RunRecord[]>;
  mapped: Map<string, MappedSeries>;
  rules: ProfileRules;
}

/**
 * Holds the mapped counts of runs against the runs before, all of them before any is added. A run that is read again says
 * nothing new. `gapOf` is the usual gap of a DAG. In place; `added` is what is to be written.
 */
export function observeMapped(
  { runs, mapped, rules }: Learnt,
  ended: readonly MappedRun[],
  gapOf: (dagId: string) => number | null,
): { trials: MappedTrial[]; added: MappedCount[] } {
  const fresh = ended.flatMap((run) => {
    const record = runs.get(run.dagId)?.findLast(({ runPk }) => runPk === run.runPk);
    const isMapped = (taskId: string): boolean => mapped.has(mappedKey(run.dagId, taskId));
    const counts = countsOf(run, { gapMs: gapOf(run.dagId), isMapped, record });
    return counts.flatMap((count) => (holdsCount(mapped, count) ? [] : [{ run, count }]));
  });
  const trials = fresh.map(({ run, count }): MappedTrial => {
    const { dagId, taskId } = count;
    const series = mapped.get(mappedKey(dagId, taskId));
    const judged = series === undefined ? null : judgeCount(series, count, rules);
    return { run, taskId, count: count.count, expectation: judged?.expectation ?? null, p: judged?.p ?? null };
  });
  return { trials, added: fresh.flatMap(({ count }) => (insertCount(mapped, count) ? [count] : [])) };
}
