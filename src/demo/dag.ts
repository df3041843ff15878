/** What a task does, as far as its rows show it. */
export type TaskKind = 'work' | 'empty' | 'sensor' | 'deferrable' | 'branch' | 'trigger';
export type TriggerRule = 'all_success' | 'all_done' | 'none_failed_min_one_success';

export interface TaskSpec {
  taskId: string;
  kind: TaskKind;
  operator: string;
  /** Task ids; in a DAG every task comes after its upstream ones. */
  upstream: readonly string[];
  triggerRule: TriggerRule;
  /** Median of the work of a try, and the standard deviation of its logarithm. A sensor or deferrable task waits this long. */
  medianSeconds: number;
  spread: number;
  retries: number;
  retryDelaySeconds: number;
  /** Probability that a try fails, and that it raises AirflowSkipException. */
  failRate: number;
  skipRate: number;
  pool: string;
  poolSlots: number;
  queue: string;
  /** Dynamically mapped over this many items. */
  mapped?: { min: number; max: number };
  /** Seconds between two pokes of a sensor in reschedule mode. */
  pokeSeconds: number;
  /** Names of the assets that its success updates. */
  outlets: readonly string[];
  /** The DAG that a `trigger` task triggers. */
  triggers?: string;
}

export interface TimeSchedule {
  kind: 'time';
  cron: string;
  description: string;
  periodSeconds: number;
  /** Of the first tick since 1970-01-01T00:00:00Z, a Thursday. */
  offsetSeconds: number;
}

export type Schedule =
  | TimeSchedule
  | { kind: 'assets'; assets: readonly string[] }
  | { kind: 'none'; manualEverySeconds?: number };

export interface DagSpec {
  dagId: string;
  description: string;
  owner: string;
  ownerLink?: string;
  tags: readonly string[];
  file: string;
  schedule: Schedule;
  paused: boolean;
  /** Its file does not parse any more. */
  broken: boolean;
  maxActiveRuns: number;
  maxActiveTasks: number;
  /** Factor of durations and mapped counts for Sunday to Saturday. */
  weekday: readonly number[];
  /** 3.x: a deadline this long after a run is queued. 2.x: the SLA of its last task. */
  deadlineSeconds?: number;
  runTimeoutSeconds?: number;
  /** Its file came this long before the present; unset: it was there from the beginning. */
  deployedDaysAgo?: number;
  tasks: readonly TaskSpec[];
}

export interface PoolSpec {
  pool: string;
  slots: number;
  description: string;
  includeDeferred: boolean;
}

/** A whole simulated deployment, as data. */
export interface World {
  dags: readonly DagSpec[];
  pools: readonly PoolSpec[];
  assets: readonly { name: string; uri: string }[];
  /** Tasks that the executor runs at once. */
  parallelism: number;
  hosts: readonly string[];
}

const operators: Record<TaskKind, string> = {
  work: 'PythonOperator',
  empty: 'EmptyOperator',
  sensor: 'FileSensor',
  deferrable: 'DateTimeSensorAsync',
  branch: 'BranchPythonOperator',
  trigger: 'TriggerDagRunOperator',
};

/** A task with Airflow's defaults for what is not said. */
export function task(taskId: string, upstream: readonly string[], spec: Partial<TaskSpec> = {}): TaskSpec {
  const kind = spec.kind ?? 'work';
  return {
    taskId,
    kind,
    upstream,
    operator: operators[kind],
    triggerRule: 'all_success',
    medianSeconds: 20,
    spread: 0.15,
    retries: kind === 'empty' ? 0 : 1,
    retryDelaySeconds: 60,
    failRate: 0.001,
    skipRate: 0,
    pool: 'default_pool',
    poolSlots: 1,
    queue: 'default',
    pokeSeconds: 60,
    outlets: [],
    ...spec,
  };
}

/** A DAG with Airflow's defaults for what is not said. */
export function dag(dagId: string, schedule: Schedule, tasks: readonly TaskSpec[], spec: Partial<DagSpec> = {}): DagSpec {
  return {
    dagId,
    schedule,
    tasks,
    description: '',
    owner: 'airflow',
    tags: [],
    file: `${dagId}.py`,
    paused: false,
    broken: false,
    maxActiveRuns: 16,
    maxActiveTasks: 16,
    weekday: [1, 1, 1, 1, 1, 1, 1],
    ...spec,
  };
}

/** Every `periodSeconds`, `offsetSeconds` after its multiples. */
export function every(periodSeconds: number, offsetSeconds: number, cron: string, description: string): TimeSchedule {
  return { kind: 'time', cron, description, periodSeconds, offsetSeconds };
}

/** The first tick of a schedule after `afterMs`. */
export function nextTick({ periodSeconds, offsetSeconds }: TimeSchedule, afterMs: number): number {
  const period = periodSeconds * 1000;
  const offset = offsetSeconds * 1000;
  return (Math.floor((afterMs - offset) / period) + 1) * period + offset;
}
