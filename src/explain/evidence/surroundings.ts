import type { Incident } from '../../incident/incident.ts';
import type { Deed } from '../../airflow/read-actions.ts';
import type { Category } from '../explanation.ts';
import type { Time, Version } from './time.ts';

// What is round the try, the task and the run that an incident is about.

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
  /** Of them the other tasks that are slow, each once: how many in all, on its host, and in its pool. */
  slow: { tasks: number; onHost: number; inPool: number };
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
