import type { Category, EvidenceId } from '../explanation.ts';
import type { Neighbours, Changes, Platform, Impact, Known } from './surroundings.ts';
import type { PostedLook } from '../../sla/look-at-posted.ts';
import type { Time, Version } from './time.ts';

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

/** E12, the posted metric whose promise is broken. */
export interface Posted extends PostedLook {
  /** Since when, as the incident has it. */
  since: Time;
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
  posted: Posted;
}
export type PartName = keyof Parts;

/** What is known round an incident besides logs. A part that does not apply, or that could not be read, is not there. */
export interface Circumstances extends Partial<Parts> {
  /** When it was gathered. */
  at: Time;
  /** What could not be read, and why, in words that may be shown. */
  missing: { id: EvidenceId; why: string }[];
}
