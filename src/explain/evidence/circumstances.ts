import type { Incident } from '../../incident/incident.ts';
import type { Deed } from '../../airflow/read-actions.ts';
import type { Category, EvidenceId } from '../explanation.ts';

/** ISO 8601, UTC: what is kept goes through JSON as it is. */
export type Time = string;

/** The code that a try used: a DAG version (3.x), else the hash of the DAG. */
export interface Version {
  number: number | null;
  bundleVersion: string | null;
  hash: string | null;
}

/** E1, the try that it is about; of a task that never ran, its present row. */
export interface Attempt {
  dagId: string;
  taskId: string;
  runId: string;
  mapIndex: number | null;
  state: string;
  operator: string;
  tryNumber: number;
  maxTries: number;
  pool: string;
  queue: string;
  host: string | null;
  executor: string | null;
  startedAt: Time | null;
  endedAt: Time | null;
  /** As Airflow has it: from start to end, what it was deferred for included. */
  durationSeconds: number | null;
  /** Null after a resume: Airflow has forgotten it then. */
  queuedSeconds: number | null;
  /** How long it waited outside a worker, at most; null: it did not, as far as the row says. */
  deferredSeconds: number | null;
  lastHeartbeatAt: Time | null;
  version: Version | null;
  /** What people wrote beside it. */
  note: string | null;
  events: { at: Time; event: string }[];
}

/** E3, an earlier try of the same task in the same run. */
export interface EarlierTry {
  tryNumber: number | null;
  state: string;
  host: string | null;
  endedAt: Time | null;
  durationSeconds: number | null;
  /** Error signature; null: not known. */
  signature: string | null;
}

/** How runs of a group fared: those on one host, or of one version of the code. */
export interface Group {
  name: string;
  n: number;
  medianSeconds: number;
}

/** E5, the runs before this one: of the task, or of the DAG where no task is the subject. */
export interface History {
  of: 'task' | 'dag';
  /** Runs that ended, at most 30. */
  runs: number;
  successes: number;
  /** Failures in a row just before this run. */
  failureStreak: number;
  medianSeconds: number | null;
  longestSeconds: number | null;
  medianQueueSeconds: number | null;
  /** Successful tries by host and by version, newest first; only of a task. */
  byHost: Group[];
  byVersion: Group[];
  /** Mapped instances a run, usually; null: it is not mapped. */
  medianInstances: number | null;
  lastSuccessAt: Time | null;
  /** When the newest success began: what changed since may be to blame. */
  lastSuccessStartedAt: Time | null;
  lastVersion: Version | null;
  /** What it failed of within the last 30 days, as far as that was explained, the most frequent first, at most 3. */
  errors: KnownError[];
  firstSeenAt: Time;
  recurrences: number;
}

/** An error that came up before. */
export interface KnownError {
  taskId: string;
  category: Category;
  cause: string;
  times: number;
  lastAt: Time;
}

/** A task of a run, its mapped instances as one. */
export interface TaskStanding {
  taskId: string;
  state: string;
  instances: number;
  operator: string;
  pool: string;
  host: string | null;
  /** Since when it is in this state, or how long it ran: null where the rows do not say. */
  since: Time | null;
  /** Own time of the longest of them; null while there is none. */
  seconds: number | null;
  /** Median of its earlier successes; null: not known. */
  usualSeconds: number | null;
}

/** E6, the run that it is about. */
export interface RunStanding {
  runId: string;
  runPk: number;
  runType: string;
  state: string;
  dueAt: Time | null;
  queuedAt: Time | null;
  startedAt: Time | null;
  endedAt: Time | null;
  /** Task instances by state; `none` for those that were not looked at yet. */
  states: Record<string, number>;
  /** False when the run has more task instances than may be read. */
  complete: boolean;
  /** Tasks that ended in failure by themselves. */
  failed: TaskStanding[];
  /** Tasks that hold the run up: not ended, while all before them have; the longest waiting first. */
  holding: TaskStanding[];
  /** Tasks just before the subject's task. */
  above: string[];
  /** Tasks above the subject's task that did not succeed. */
  upstream: TaskStanding[];
  /** Tasks of this run that ended, with the usual time of each: the slowest for itself first. */
  ended: TaskStanding[];
  /** Mapped instances of the subject's task; null: it is not mapped. */
  instances: number | null;
}

/** What a neighbour has in common with it. */
export type Shared = 'signature' | 'host' | 'pool' | 'operator' | 'dag' | 'task' | 'platform' | 'upstream_dag';

export interface Neighbour {
  incidentId: string;
  kind: Incident['kind'];
  title: string;
  dagId: string | null;
  taskId: string | null;
  openedAt: Time;
  shares: Shared[];
  /** Why it is there, where it is explained. */
  cause: { category: Category; subcategory: string; text: string } | null;
}

/** E7, other incidents near in time. */
export interface Neighbours {
  /** The incident that it is a member of. */
  root: Neighbour | null;
  /** Those that share something with it first, at most 20. */
  near: Neighbour[];
  /** All within the window, itself left out. */
  count: number;
  /** What failures among them, itself included, have in common, the most telling tie; null: nothing that chance would not bring. */
  common: Common | null;
}

export interface Common {
  what: 'signature' | 'cause' | 'host' | 'pool' | 'operator';
  value: string;
  count: number;
  of: number;
}

/** E8, what a person did, or the scheduler for Airflow. */
export interface Action {
  at: Time;
  deed: Deed;
  event: string;
  dagId: string | null;
  taskId: string | null;
  runId: string | null;
  who: string | null;
}

/** E8, why a DAG file does not parse. */
export interface ParseError {
  file: string;
  at: Time | null;
  /** Innermost exception, with its module. */
  type: string;
  message: string;
  /** The last place in the user's own code, as far as the trace says. */
  place: { file: string; line: number; code: string | null } | null;
  /** How many files do not parse in all. */
  count: number;
}

/** E8, what changed since the last success. */
export interface Changes {
  /** When the last success began; null: none is known. */
  since: Time | null;
  version: { before: Version | null; now: Version | null; changed: boolean } | null;
  /** The newest versions of the DAG, newest first. */
  versions: { number: number | null; bundleVersion: string | null; createdAt: Time }[];
  /** What does not parse: the file that it is about, or that of its DAG. */
  importError: ParseError | null;
  /** Newest first, at most 30. */
  actions: Action[];
  /** How far back actions are known; null: not at all. */
  readBackTo: Time | null;
  /** The DAG is paused since then. */
  pausedAt: Time | null;
  goneAt: Time | null;
  /** Its file, as the catalogue has it. */
  file: string | null;
  schedule: string | null;
  nextRunAt: Time | null;
}

/** Who holds, or waits for, the slots of a pool. */
export interface PoolUse {
  dagId: string;
  taskId: string;
  state: string;
  instances: number;
  slots: number;
  since: Time | null;
}

/** E9, Airflow itself. */
export interface Platform {
  components: { component: string; up: boolean; heartbeatAt: Time | null; host: string | null }[];
  /** The pool that it is about, or of its task. */
  pool: {
    pool: string;
    exists: boolean;
    open: number | null;
    running: number;
    queued: number;
    scheduled: number;
    deferred: number;
    holders: PoolUse[];
    waiting: PoolUse[];
  } | null;
  /** The queue that its task waits in, or ran from. */
  queue: { queue: string; running: number; queued: number } | null;
  /** The host of its try. */
  host: { host: string; running: number; retrying: number } | null;
  running: number;
  queued: number;
  /** Workers that the scheduler gave up within a quarter of an hour before, by its audit rows; null: not known. */
  lostWorkers: number | null;
  /** Runs of its DAG that are open, and how many may be at once. */
  openRuns: number;
  maxActiveRuns: number | null;
}

/** E10, who is affected. */
export interface Impact {
  /** Tasks of the same DAG that come after it. */
  tasks: string[];
  /** DAGs that its DAG triggers, or whose assets it updates, at any distance. */
  dags: string[];
  /** Assets that its DAG updates. */
  assets: string[];
  /** Deadlines of these DAGs that are still to come, or overdue. */
  deadlines: { dagId: string; at: Time; state: string }[];
  /** SLAs on these DAGs. */
  slas: { sla: string; dagId: string; state: string; sentence: string }[];
}

/** E11, what is known of it already. */
export interface Known {
  issue: { ticket: string; until: Time | null } | null;
  runbook: string | null;
}

/** The parts of what is known round an incident, by name; each stands for one id of evidence. */
export interface Parts {
  attempt: Attempt;
  earlierTries: EarlierTry[];
  history: History;
  run: RunStanding;
  neighbours: Neighbours;
  changes: Changes;
  platform: Platform;
  impact: Impact;
  known: Known;
}
export type PartName = keyof Parts;

/** What is known round an incident besides logs. A part that does not apply, or that could not be read, is not there. */
export interface Circumstances extends Partial<Parts> {
  /** When it was gathered. */
  at: Time;
  /** What could not be read, and why, in words that may be shown. */
  missing: { id: EvidenceId; why: string }[];
}
