import type { AirflowDatabase, AirflowRead } from '../../airflow/connect.ts';
import type { Shape } from '../../airflow/probe.ts';
import { readRunsById, readRunsByKey, type RunRow } from '../../airflow/read-runs.ts';
import { readClosedTries, readTasks, type ClosedTry, type TaskKey, type TaskRow } from '../../airflow/read-tasks.ts';
import { readActions, type Actions } from '../../airflow/read-actions.ts';
import { readPastTasks, type PastTask } from '../../airflow/read-past.ts';
import { readTryDetails, type TryDetails } from '../../airflow/read-try.ts';
import { loadLinks } from '../../collect/graph.ts';
import { readDagTasks } from '../../collect/list-dags.ts';
import type { Snapshot } from '../../collect/snapshot.ts';
import type { Incident } from '../../incident/incident.ts';
import { readLastRuns } from '../../measure/read-dags.ts';
import type { RunRecord } from '../../measure/run-history.ts';
import type { SlaObjective } from '../../sla/objective.ts';
import type { Tx } from '../../store/store.ts';
import type { Selector } from '../../incident/config.ts';
import type { Time } from './time.ts';

/** Where to read what to do about an incident. */
export interface Runbook {
  match: Selector;
  url: string;
}

/** The parts of a snapshot that evidence reads; what its collector could not have is not there. */
export type Seen = Pick<Snapshot, 'at' | 'openRuns'> &
  Partial<Pick<Snapshot, 'unfinished' | 'components' | 'pools' | 'importErrors' | 'dags' | 'deadlines' | 'activity'>>;

export interface GatherDeps {
  airflow: Pick<AirflowDatabase, 'read'>;
  shape: Shape;
  store: Tx;
  deployment: string;
  /** What the last cycle saw; null: nothing was seen, and what needs it is left out. */
  snapshot: Seen | null;
  runbooks?: readonly Runbook[];
  /** The SLAs that users wrote. */
  objectives?: readonly SlaObjective[];
}

/** The error signature of an earlier try, as far as it is known. */
export interface TrySignature {
  tryNumber: number;
  signature: string;
}

/** The run that an incident is about, with the rows of its tasks. */
export interface SceneRun {
  row: RunRow;
  tasks: TaskRow[];
  complete: boolean;
}

type GraphTask = Awaited<ReturnType<typeof readDagTasks>>[number];

/** What items of evidence look at. What several of them need is read once. */
export interface Scene extends GatherDeps {
  incident: Incident;
  now: Date;
  signatures: readonly TrySignature[];
  dagId: string | null;
  taskId: string | null;
  /** -1: not mapped. */
  mapIndex: number;
  /** One short transaction on Airflow's database. */
  read<Result>(work: (read: AirflowRead) => Promise<Result>): Promise<Result>;
  /** Null: it is about no run, or Airflow has it no more. */
  run(): Promise<SceneRun | null>;
  /** Of its task's row in its run, or of any row of the run where no task is the subject. */
  details(): Promise<TryDetails | null>;
  /** Of its task in its run, oldest first. */
  closedTries(): Promise<ClosedTry[]>;
  /** Runs of its DAG that ended before it, newest first. */
  lastRuns(): Promise<RunRecord[]>;
  /** Its task in these runs, as far as Airflow still has them. */
  past(): Promise<PastTask[]>;
  graph(): Promise<GraphTask[]>;
  /** What people did since the last success of its task, or its DAG; null: the audit table may not be read. */
  audit(): Promise<{ since: Date | null; found: Actions | null }>;
  /** What leads from DAG to DAG. */
  links(): ReturnType<typeof loadLinks>;
}

/** Runs that an incident is held against. */
const runsBefore = 30;

/** Without a success to count from, what was done within this time; and how near in time a worker must be lost to count. */
const lookBackMs = 86_400_000;
const lostWithinMs = 15 * 60_000;

const once = <Result>(work: () => Promise<Result>): (() => Promise<Result>) => {
  let begun: Promise<Result> | undefined;
  return () => (begun ??= work());
};

const runOf = (event: string): number | null => {
  const pk = /^run:(\d+)(?::|$)/.exec(event)?.[1];
  return pk === undefined ? null : Number(pk);
};

/** The scene of an incident: nothing is read before it is asked for. */
export function sceneOf(
  deps: GatherDeps,
  incident: Incident,
  { now, signatures = [] }: { now: Date; signatures?: readonly TrySignature[] },
): Scene {
  const { subject, latest } = incident;
  const dagId = 'dagId' in subject && subject.dagId !== '' ? subject.dagId : null;
  const taskId = 'taskId' in subject && subject.taskId !== '' ? subject.taskId : null;
  const mapIndex = latest.occasion?.mapIndex ?? -1;
  const { airflow, shape, store, deployment } = deps;
  const run = once(async (): Promise<SceneRun | null> => {
    const pk = latest.occasion?.runPk ?? runOf(latest.event);
    if (dagId === null || pk === null) return null;
    return airflow.read(async (read) => {
      const byKey = latest.occasion === null ? [] : await readRunsByKey(read, shape, [{ dagId, runId: latest.occasion.runId }]);
      const [row] = byKey.length > 0 ? byKey : await readRunsById(read, shape, [pk]);
      if (row === undefined) return null;
      const { rows, complete } = await readTasks(read, shape, [row], null);
      return { row, tasks: rows, complete };
    });
  });
  const keyOf = async (): Promise<TaskKey | null> => {
    const found = await run();
    return found === null || taskId === null ? null : { dagId: found.row.dagId, runId: found.row.runId, taskId, mapIndex };
  };
  const lastRuns = once(async () => {
    if (dagId === null) return [];
    const found = latest.occasion?.runPk ?? runOf(latest.event);
    const runs = await readLastRuns(store, deployment, [dagId], runsBefore + 1);
    return runs.filter(({ runPk, byPerson }) => !byPerson && (found === null || runPk < found)).slice(0, runsBefore);
  });
  const past = once(async () => {
    if (dagId === null || taskId === null) return [];
    const runs = await lastRuns();
    const rows = await airflow.read((read) =>
      readPastTasks(
        read,
        shape,
        { dagId, taskId, mapIndex },
        runs.map(({ runId }) => runId),
      ),
    );
    const order = new Map(runs.map(({ runId }, index) => [runId, index]));
    return rows.toSorted((a, b) => (order.get(a.runId) ?? 0) - (order.get(b.runId) ?? 0));
  });
  const audit = once(async () => {
    const success = (await past()).find(({ state }) => state === 'success')?.startDate;
    const startMs = (await lastRuns()).find(({ state }) => state === 'success')?.startMs;
    const last = success ?? (startMs == null ? null : new Date(startMs));
    if (!shape.has('log', 'id', 'dttm', 'event', 'dag_id', 'task_id', 'owner')) return { since: last, found: null };
    const firstMs = incident.first.since.getTime();
    const since = last ?? new Date(firstMs - lookBackMs);
    const lostSince = new Date(latest.since.getTime() - lostWithinMs);
    return { since: last, found: await airflow.read((read) => readActions(read, shape, { since, lostSince, dagId })) };
  });
  return {
    ...deps,
    incident,
    now,
    signatures,
    dagId,
    taskId,
    mapIndex,
    read: (work) => airflow.read(work),
    run,
    details: once(async () => {
      const found = await run();
      const row = found?.tasks.find((each) => taskId === null || (each.taskId === taskId && each.mapIndex === mapIndex));
      return row === undefined ? null : airflow.read((read) => readTryDetails(read, shape, row));
    }),
    closedTries: once(async () => {
      const key = await keyOf();
      return key === null ? [] : airflow.read((read) => readClosedTries(read, shape, [key]));
    }),
    lastRuns,
    past,
    audit,
    graph: once(() => (dagId === null ? Promise.resolve([]) : readDagTasks(store, deployment, dagId))),
    links: once(() => loadLinks(store, deployment)),
  };
}

/** A date as it is kept. */
export const timeOf = (date: Date | null | undefined): Time | null => date?.toISOString() ?? null;
