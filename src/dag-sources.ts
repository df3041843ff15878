import { listDags, readDag, readDagTasks, readOpenRuns, type OpenRun } from './collect/list-dags.ts';
import type { KnownDag } from './collect/known-dags.ts';
import type { DagRun, DagSources, DagSummary } from './http/sources.ts';
import { countOpenByDag } from './incident/list.ts';
import { systemClock } from './lib/clock.ts';
import { readDagCounts, readLastRuns, readTaskCounts } from './measure/read-dags.ts';
import type { ProfileRules } from './measure/profile.ts';
import type { RunRecord } from './measure/run-history.ts';
import { readTask } from './measure/read-task.ts';
import type { Store } from './store/store.ts';

/** Runs shown of each DAG of a list, and of one by itself. */
const runsOfMany = 10;
const runsOfOne = 50;
/** Tries shown of each bucket of a task: all that its series can hold. */
const triesMax = 120;

/** DAGs and what is learned of their tasks, out of the store: any replica can show them. */
export function dagSources(store: Store, deployment: () => string, rules: () => ProfileRules): DagSources {
  return {
    async list(filter, page) {
      const { items, next } = await listDags(store, deployment(), filter, page);
      return { items: items.map(await summariser(store, deployment(), items, runsOfMany)), next };
    },
    async read(dagId) {
      const airflow = deployment();
      const dag = await readDag(store, airflow, dagId);
      const summary = (await summariser(store, airflow, [dag], runsOfOne))(dag);
      const counts = new Map((await readTaskCounts(store, airflow, dagId)).map((each) => [each.taskId, each]));
      const tasks = await readDagTasks(store, airflow, dagId);
      return { summary, tasks: tasks.map((task) => ({ ...task, counts: counts.get(task.taskId) ?? null })) };
    },
    baseline: (task) => readTask(store, deployment(), task, { triesMax, rules: rules() }, systemClock.now()),
  };
}

/** Reads what summaries of these DAGs need, and returns what makes them. */
async function summariser(
  store: Store,
  airflow: string,
  dags: readonly KnownDag[],
  runsMax: number,
): Promise<(dag: KnownDag) => DagSummary> {
  const ids = dags.map(({ dagId }) => dagId);
  const counts = new Map((await readDagCounts(store, airflow, ids)).map((each) => [each.dagId, each]));
  const incidents = await countOpenByDag(store, airflow, ids);
  const open = Map.groupBy(await readOpenRuns(store, airflow, ids), ({ dagId }) => dagId);
  const ended = Map.groupBy(await readLastRuns(store, airflow, ids, runsMax), ({ dagId }) => dagId);
  return (dag) => {
    const active = open.get(dag.dagId) ?? [];
    return {
      dag,
      counts: counts.get(dag.dagId) ?? null,
      activeRuns: active.length,
      openIncidents: incidents.get(dag.dagId) ?? 0,
      lastRuns: newestOf(active, ended.get(dag.dagId) ?? []).slice(0, runsMax),
    };
  };
}

function newestOf(active: readonly OpenRun[], ended: readonly RunRecord[]): DagRun[] {
  const isOpen = new Set(active.map(({ runPk }) => runPk));
  const all: (DagRun & { runPk: number })[] = [
    ...active.map((run) => ({ ...run, endedAt: null })),
    // A run that was cleared is open again.
    ...ended
      .filter(({ runPk }) => !isOpen.has(runPk))
      .map(({ dueMs, startMs, endMs, ...run }) => ({
        ...run,
        dueAt: dateOf(dueMs),
        startedAt: dateOf(startMs),
        endedAt: dateOf(endMs),
      })),
  ];
  return all.toSorted((a, b) => b.runPk - a.runPk);
}

const dateOf = (ms: number | null): Date | null => (ms === null ? null : new Date(ms));
