import type { AirflowDatabase, AirflowRead } from '../airflow/connect.ts';
import { ranOutOfTime } from '../airflow/describe-error.ts';
import type { Shape } from '../airflow/probe.ts';
import { readTaskPage, readTasks, runsPerStatementMax, taskRowsMax, type TaskPage } from '../airflow/read-tasks.ts';
import { judgeBatch, readClosed, type TaskBatch, type TasksJudged } from './judge-batch.ts';
import type { KnownRun } from './known.ts';

/** Writers' clocks may be this far behind the database's; a change stamped older is found by the full read at the run's end. */
export const clockSkewMs = 15 * 60_000;
/** A transaction with less than this part of its time left takes no further batch. */
const reserve = 0.4;
/** A page that cannot be read although it is this small is an error. */
const pageRowsMin = 100;

/** Task instances to read: all of these runs' with `since` null, else those that changed after it. */
export interface TaskRead {
  runs: readonly KnownRun[];
  since: Date | null;
}

interface Work {
  shape: Shape;
  actions: TaskBatch['actions'];
  /** Read and not judged yet: that waits until no transaction is open. */
  unjudged: TaskBatch[];
  out: TasksJudged;
}

/** Reads the task instances of one batch of runs; returns what is still to be read, in smaller parts. */
async function readBatch(read: AirflowRead, { runs, since }: TaskRead, work: Work): Promise<TaskRead[]> {
  const [first] = runs;
  if (first === undefined) return [];
  if (first.page !== null && since === null) return readPage(read, first, first.page, work);
  const { rows, complete } = await readTasks(
    read,
    work.shape,
    runs.map(({ row }) => row),
    since,
  );
  if (!complete) return smaller({ runs, since }, taskRowsMax, work);
  const closed = await readClosed(read, work.shape, { runs, rows, actions: work.actions });
  work.unjudged.push({ runs, rows, closed, actions: work.actions, settles: since === null });
  return [];
}

/** One page of a run that is too large for a statement. The next one may be read in another transaction, even in another cycle. */
async function readPage(read: AirflowRead, run: KnownRun, page: TaskPage, work: Work): Promise<TaskRead[]> {
  const rows = await readTaskPage(read, work.shape, run.row, page);
  const closed = await readClosed(read, work.shape, { runs: [run], rows, actions: work.actions });
  const last = rows.at(-1);
  const settles = rows.length < page.rows || last === undefined;
  work.unjudged.push({ runs: [run], rows, closed, actions: work.actions, settles });
  if (settles) return [];
  run.page = { after: { taskId: last.taskId, mapIndex: last.mapIndex }, rows: page.rows };
  return [{ runs: [run], since: null }];
}

/** The same work in smaller parts: half the runs, or a single run in pages of at most `rows`. */
function smaller({ runs, since }: TaskRead, rows: number, { out }: Work): TaskRead[] {
  const [first] = runs;
  if (first === undefined) return [];
  if (runs.length > 1) {
    const half = Math.ceil(runs.length / 2);
    return [
      { runs: runs.slice(0, half), since },
      { runs: runs.slice(half), since },
    ];
  }
  if (first.settled) {
    first.settled = false;
    out.unsettled.add(first);
  }
  first.page = { after: first.page?.after ?? null, rows: Math.min(rows, first.page?.rows ?? rows) };
  return [{ runs, since: null }];
}

/** The plan as batches: what changed first, then the runs to be read in full, those that are read page by page alone. */
export function batchesOf({
  changed,
  full,
  since,
}: {
  changed: readonly KnownRun[];
  full: readonly KnownRun[];
  since: Date;
}): TaskRead[] {
  const batch = (runs: readonly KnownRun[], from: Date | null): TaskRead[] =>
    Array.from({ length: Math.ceil(runs.length / runsPerStatementMax) }, (_, index) => ({
      runs: runs.slice(index * runsPerStatementMax, (index + 1) * runsPerStatementMax),
      since: from,
    }));
  const isPaged = ({ page }: KnownRun): boolean => page !== null;
  return [
    ...batch(changed, since),
    ...batch(
      full.filter((run) => !isPaged(run)),
      null,
    ),
    ...full.filter(isPaged).map((run) => ({ runs: [run], since: null })),
  ];
}

/** Reading and judging of task instances, over as many short transactions as it takes. */
export interface TaskReader {
  judged: TasksJudged;
  /** Reads as much as fits into this transaction; it is judged by `finish`, when the transaction is over. */
  drain(read: AirflowRead): Promise<void>;
  /**
   * Judges what was read, and goes on in further transactions, one at least, until `deadline()` says stop. `actionsNow` tells what people did by then: these
   * transactions see more than the first. Runs not reached stay unsettled, so the next cycle goes on with them.
   */
  finish(
    airflow: AirflowDatabase,
    deadline: () => boolean,
    actionsNow: (read: AirflowRead) => Promise<Work['actions']>,
  ): Promise<void>;
}

export function createTaskReader(reads: readonly TaskRead[], shape: Shape, actions: Work['actions']): TaskReader {
  const out: TasksJudged = { transitions: [], changed: new Map(), unsettled: new Set(), settled: new Set(), behind: false };
  const work: Work = { shape, actions, unjudged: [], out };
  const queue = [...reads];
  let runsMax: number = runsPerStatementMax;

  function takeNext(): TaskRead | undefined {
    const next = queue.shift();
    if (next === undefined || next.runs.length <= runsMax) return next;
    queue.unshift({ runs: next.runs.slice(runsMax), since: next.since });
    return { runs: next.runs.slice(0, runsMax), since: next.since };
  }

  async function drain(read: AirflowRead): Promise<void> {
    while (read.leftMs() > read.budgetMs * reserve) {
      const next = takeNext();
      if (next === undefined) return;
      try {
        queue.unshift(...(await read.guarded(() => readBatch(read, next, work))));
      } catch (error) {
        const rows = Math.floor((next.runs[0]?.page?.rows ?? taskRowsMax) / 4);
        if (!ranOutOfTime(error) || rows < pageRowsMin) throw error;
        // What was too much once is not tried again in this cycle.
        runsMax = Math.ceil(next.runs.length / 2);
        queue.unshift(...(next.runs.length === 1 ? smaller(next, rows, work) : [next]));
        return;
      }
    }
  }

  function judge(): void {
    for (const batch of work.unjudged.splice(0)) judgeBatch(batch, shape, out);
  }

  async function finish(
    airflow: AirflowDatabase,
    deadline: () => boolean,
    actionsNow: (read: AirflowRead) => Promise<Work['actions']>,
  ): Promise<void> {
    judge();
    // Once at least: a cycle whose time the first transaction used up must not leave the same work to the next, for ever.
    for (let isFirst = true; queue.length > 0 && (isFirst || !deadline()); isFirst = false) {
      await airflow.read(async (read) => {
        work.actions = await actionsNow(read);
        await drain(read);
      });
      judge();
    }
    out.behind = queue.some(({ since }) => since !== null);
  }

  return { judged: out, drain, finish };
}
