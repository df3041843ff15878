import type { Kind } from './kinds.ts';

/** From the mildest to the worst. The older convention's EMERGENCY is critical. */
export const severities = ['info', 'warning', 'error', 'critical'] as const;
export type Severity = (typeof severities)[number];

/** What a finding is about. Its keys, and nothing else, are the alert's own labels. */
export type Subject =
  | { type: 'task'; dagId: string; taskId: string }
  | { type: 'dag'; dagId: string }
  | { type: 'pool'; pool: string }
  | { type: 'component'; component: string }
  | { type: 'file'; file: string }
  | { type: 'sla'; sla: string; dagId: string; taskId: string }
  | { type: 'asset'; asset: string }
  | { type: 'deadline'; dagId: string }
  /** All of this Airflow: a surge of failures that no single DAG explains. */
  | { type: 'deployment' };

/** One text a subject: with the kind and the deployment it is an incident's identity. Ids hold no slash; what may comes last. */
export function subjectKey(subject: Subject): string {
  switch (subject.type) {
    case 'task':
      return `task:${subject.dagId}/${subject.taskId}`;
    case 'dag':
      return `dag:${subject.dagId}`;
    case 'pool':
      return `pool:${subject.pool}`;
    case 'component':
      return `component:${subject.component}`;
    case 'file':
      return `file:${subject.file}`;
    case 'sla':
      return `sla:${subject.dagId}/${subject.taskId}/${subject.sla}`;
    case 'asset':
      return `asset:${subject.asset}`;
    case 'deadline':
      return `deadline:${subject.dagId}`;
    case 'deployment':
      return 'deployment';
  }
}

/** The DAG that a subject belongs to; null for what belongs to the platform. */
export const dagOf = (subject: Subject): string | null => ('dagId' in subject && subject.dagId !== '' ? subject.dagId : null);

export type Unit = 'seconds' | 'ratio' | 'runs' | 'tasks' | 'slots' | 'errors' | 'percent_per_run' | 'value';

export interface Measured {
  value: number;
  unit: Unit;
}

/** Where values of this kind usually lie. An open side is null. */
export interface Band {
  lower: number | null;
  middle: number;
  upper: number | null;
}

/** The run, and the try, in which it showed. */
export interface Occasion {
  runId: string;
  runPk: number;
  runType: string;
  mapIndex: number | null;
  tryNumber: number | null;
}

/** Facts that correlation goes by: what else shares them may have the same cause. */
export interface Carried {
  host: string | null;
  pool: string | null;
  queue: string | null;
  operator: string | null;
  /** DAGs that it holds up: what is late of theirs is its doing. Of a pool, those whose tasks wait for it. */
  dags?: readonly string[];
}

/** Something that is wrong with Airflow, as one detector saw it. */
export interface Finding {
  kind: Kind;
  subject: Subject;
  severity: Severity;
  /**
   * What tells a new occurrence from the same one seen again: the try (`run:12:3:-1:2`), or since when the condition holds
   * (`since:1700000000000`). A closed incident opens again, and an open one counts a recurrence, only by another event.
   */
  event: string;
  occasion: Occasion | null;
  observed: Measured | null;
  expected: Band | null;
  /** How many runs the expectation rests on; 0 when it is a limit, not a learned one. */
  n: number;
  /** 0 to 1; 0.5 is where it becomes a finding at the default budget. */
  score: number;
  /** Since when the condition holds, by Airflow's database clock. */
  since: Date;
  /** One sentence: what was seen, what was expected, from how many runs, how unusual it is. */
  title: string;
  carried: Carried;
}

export const nothingCarried: Carried = { host: null, pool: null, queue: null, operator: null };

/** Why an incident ends. `cleared` alone comes from detectors; the others from what happened to its subject, or from people. */
export type EndReason =
  | 'cleared'
  | 'subject_gone'
  | 'person_marked'
  | 'person_reran'
  | 'person_resolved'
  | 'expired'
  | 'accepted';

/** What was wrong is over, and this is how we know. Never said for want of news. */
export interface Cleared {
  kind: Kind;
  subject: Subject;
  reason: Extract<EndReason, 'cleared' | 'person_marked' | 'person_reran' | 'subject_gone' | 'accepted'>;
  at: Date;
  /** One sentence for the timeline. */
  text: string;
}

/** A detector's word on one cycle. */
export interface Judgement {
  findings: Finding[];
  cleared: Cleared[];
  /** How many subjects it could judge. 0 when what it reads could not be had: then it says nothing at all. */
  judged: number;
}

export const noJudgement = (): Judgement => ({ findings: [], cleared: [], judged: 0 });
