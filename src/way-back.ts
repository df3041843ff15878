import { readHistory } from './collect/history.ts';
import { asLeader, reloadBook, type CycleDeps, type CycleState } from './cycle.ts';
import { learn } from './judge.ts';
import {
  applyHistory,
  emptyBackfillMemory,
  loadBackfill,
  saveBackfill,
  wantsMore,
  type BackfillMemory,
  type BackfillProgress,
} from './measure/backfill.ts';
import { saveCounts } from './measure/mapped-rows.ts';
import { saveBook, saveLearned, saveRuns } from './measure/save-book.ts';
import { saveSamples } from './measure/samples.ts';
import { saveTallies } from './measure/save-tallies.ts';
import { historyRows, settleAll } from './measure/settle-history.ts';
import { saveAttempts } from './patterns/attempt-facts.ts';
import type { Lease } from './store/lease.ts';

/** Runs in one step back in history; fewer where the database is slow. */
const runsPerStepMax = 200;
const runsPerStepMin = 10;

/** The leader's way back in history, step by step; `inDoubt` is called when memory may be ahead of the store. */
export function createWayBack(options: CycleDeps & { historyMs: number }, inDoubt: () => void) {
  const { store, airflow, clock, deployment, historyMs } = options;
  let backfill: BackfillProgress | null = null;
  let memory: BackfillMemory = emptyBackfillMemory();
  let runsMax = runsPerStepMax;

  async function load(): Promise<void> {
    backfill = await loadBackfill(store, deployment);
  }

  /** Somebody may have asked for history to be read again. */
  async function reload(): Promise<void> {
    const before = backfill;
    await load();
    if (before?.done === true && backfill?.done !== true) memory = emptyBackfillMemory();
  }

  function forget(): void {
    memory = emptyBackfillMemory();
  }

  /** Reads the next runs; none are left once `isDone`. */
  async function step(current: CycleState, lease: Lease): Promise<void> {
    const now = clock.now();
    const since = new Date(now.getTime() - historyMs);
    const from = backfill?.belowRunId ?? (current.known.watermarks?.runId ?? 0) + 1;
    const wanted = (dagId: string) => wantsMore(memory, dagId);
    const chunk = await readHistory(airflow, current.shape, from, { since, wanted, runsMax }).catch((error: unknown) => {
      // Too much for one short transaction of this database, perhaps: smaller steps.
      runsMax = Math.max(runsPerStepMin, Math.floor(runsMax / 2));
      throw error;
    });
    runsMax = Math.min(runsPerStepMax, runsMax * 2);
    const { changes, progress } = applyHistory(current.tallies, chunk, memory, since, now);
    const rows = historyRows(chunk, memory);
    try {
      await asLeader(store, lease, async (tx) => {
        await saveTallies(tx, deployment, changes);
        await saveSamples(tx, deployment, rows.samples);
        await saveRuns(tx, deployment, rows.runs, true);
        await saveCounts(tx, deployment, rows.mapped, true);
        // Of which version of the DAG they were is not known.
        await saveAttempts(tx, deployment, chunk.attempts, new Map());
        await saveBackfill(tx, deployment, { ...progress, done: false });
      });
      if (progress.done) await finish(current, lease, progress);
    } catch (error) {
      inDoubt(); // tallies or series are ahead of the store
      throw error;
    }
    backfill = progress;
  }

  /** All of history is read: from now on the series have it, with the level shifts and profiles that it shows. */
  async function finish(current: CycleState, lease: Lease, progress: BackfillProgress): Promise<void> {
    await reloadBook(options, current);
    const changes = settleAll(current.book, current.book.series.values());
    const learned = learn(current.book, options, current.judgement, clock.now());
    await asLeader(store, lease, async (tx) => {
      await saveBook(tx, deployment, changes);
      await saveLearned(tx, deployment, learned);
      await saveBackfill(tx, deployment, progress);
    });
    current.book.learned = learned;
  }

  const isDone = (): boolean => backfill?.done ?? false;
  /** How much of the history is read, 0 to 1. */
  const progress = (): number => backfill?.progress ?? 0;

  return { load, reload, forget, step, isDone, progress };
}
