import type { TaskStateRow } from '../airflow/read-run-states.ts';
import type { VersionRow } from '../airflow/read-versions.ts';
import type { CollectorReport } from '../collect/snapshot.ts';
import type { KnownDag } from '../collect/known-dags.ts';
import type { DagFilter } from '../collect/list-dags.ts';
import type { ModelCall, ModelCallFilter } from '../explain/call/list-calls.ts';
import type { ShortCause } from '../explain/causes.ts';
import type { Feedback, FeedbackFilter, GivenFeedback } from '../explain/feedback/feedback-rows.ts';
import type { KeptExplanation } from '../explain/rows.ts';
import type { EncodedExposition } from '../measure/exposition.ts';
import type { Act } from '../incident/act.ts';
import type { Incident, IncidentEvent } from '../incident/incident.ts';
import type { IncidentFilter, PageKey } from '../incident/list.ts';
import type { Family } from '../measure/family.ts';
import type { DagCounts, TaskCounts } from '../measure/read-dags.ts';
import type { TaskLearned } from '../measure/read-task.ts';
import type { SeenState } from '../notify/rows.ts';
import type { GivenEnvironment } from '../patterns/environment.ts';
import type { AnalysisReport } from '../patterns/found.ts';
import type { ClusterFilter, ClusterKey, ClusterSummary, KeptReport } from '../patterns/list-clusters.ts';
import type { ErrorMember } from '../patterns/cluster.ts';
import type { Advice } from '../patterns/advise.ts';
import type { SuggestRequest } from '../patterns/suggest.ts';
import type { GivenBeacon } from '../patterns/take-beacon.ts';
import type { ReportKind } from '../report/period.ts';
import type { Report } from '../report/report.ts';
import type { Interaction } from '../notify/slack/interaction.ts';
import type { WebhookAlert } from '../notify/webhook.ts';
import type { CustomValue } from '../sla/custom.ts';
import type { CustomAggregate, CustomQuery } from '../sla/custom-read.ts';
import type { SlaFilter, SlaKey } from '../sla/list.ts';
import type { SlaStatus } from '../sla/status.ts';

/** What a page tells of this Windsock. */
export interface StatusSummary {
  version: string;
  deployment: string;
  /** Public URL of Airflow's web interface. */
  airflowUrl: string | null;
  leader: boolean;
  airflowVersion: string;
  /** When Airflow was read last, ms since 1970 by its database. */
  snapshotAtMs: number | null;
  /** How long ago that was told, by this machine's clock; null before the first time. */
  snapshotAgeMs: number | null;
  /** How long the last cycle took; null on a follower. */
  cycleSeconds: number | null;
  intervalMs: number;
  lastError: string | null;
  warnings: string[];
  reports: CollectorReport[];
  importErrors: { filename: string; atMs: number | null; stacktrace: string }[];
  series: number;
  /** 0 to 1. */
  backfill: number;
}

/** A reload that was refused changed nothing; `message` is safe to show. */
export type Reloaded =
  | /** The keys that changed and take effect at the next start only. */ { ok: true; needsRestart: string[] }
  | { ok: false; message: string };

/** All that is known of an incident. */
export interface IncidentDetail {
  incident: Incident;
  members: Incident[];
  events: IncidentEvent[];
  alerts: ReadonlyMap<string, SeenState>;
  /** Of its newest occurrence that is explained. */
  explanation: KeptExplanation | undefined;
  /** Others with the same error, newest first. */
  similar: Incident[];
  /** What language models were asked about it, newest first, the newest alone of many. */
  modelCalls: ModelCall[];
}

/** Incidents, as HTTP shows them and people change them. */
export interface IncidentSources {
  list(
    filter: IncidentFilter,
    page: { after: PageKey | null; limit: number },
  ): Promise<{ items: Incident[]; next: PageKey | null }>;
  /** Throws NOT_FOUND. */
  read(id: string): Promise<IncidentDetail>;
  /** What explains these incidents, in short, by id; those that are not explained are absent. */
  causes(ids: readonly string[]): Promise<ReadonlyMap<string, ShortCause>>;
  /** How many members these incidents have, by id; those with none are absent. */
  memberCounts(ids: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Throws NOT_FOUND, or CONFLICT when the incident is past it. */
  act(id: string, act: Act, who: string): Promise<Incident>;
}

/** What people say of explanations. */
export interface FeedbackSources {
  /** Throws NOT_FOUND, or CONFLICT where nothing is explained yet. */
  give(incidentId: string, given: GivenFeedback, who: string): Promise<Feedback>;
  list(
    filter: FeedbackFilter,
    page: { after: number | null; limit: number },
  ): Promise<{ items: Feedback[]; next: number | null }>;
  /** Throws NOT_FOUND, or CONFLICT for what can be no example. */
  decide(id: number, decision: 'confirm' | 'revoke', who: string): Promise<Feedback>;
}

/** What language models were asked. */
export interface ModelCallSources {
  list(
    filter: ModelCallFilter,
    page: { after: number | null; limit: number },
  ): Promise<{ items: ModelCall[]; next: number | null }>;
}

/** SLAs, as they were last judged. */
export interface SlaSources {
  list(filter: SlaFilter, page: { after: SlaKey | null; limit: number }): Promise<{ items: SlaStatus[]; next: SlaKey | null }>;
}

/** A run as it was last seen; open ones have not ended. */
export interface DagRun {
  runId: string;
  runType: string;
  state: string;
  dueAt: Date | null;
  startedAt: Date | null;
  endedAt: Date | null;
}

/** A DAG at a glance. */
export interface DagSummary {
  dag: KnownDag;
  /** Null: it never ran since Windsock came. */
  counts: DagCounts | null;
  activeRuns: number;
  openIncidents: number;
  /** Newest first. */
  lastRuns: DagRun[];
}

/** Days and weeks, told. */
export interface ReportSources {
  /** What stands before the addresses of pages where a report leaves them. */
  base(): string;
  /** The period that holds `date`; null: the last one that is over. Throws INVALID for no day, or one to come. */
  read(kind: ReportKind, date: string | null): Promise<Report>;
}

/** DAGs, their tasks, and what is learned of these. */
export interface DagSources {
  list(filter: DagFilter, page: { after: string | null; limit: number }): Promise<{ items: DagSummary[]; next: string | null }>;
  /** Throws NOT_FOUND. */
  read(dagId: string): Promise<{
    summary: DagSummary;
    tasks: { taskId: string; operator: string; downstream: string[]; counts: TaskCounts | null }[];
  }>;
  /** Throws NOT_FOUND for a task of which nothing is kept. */
  baseline(task: { dagId: string; taskId: string }): Promise<TaskLearned[]>;
}

/** What a page asks of Airflow's own database while somebody looks at it. */
export interface CloserLook {
  dagId: string;
  /** Whose task states are asked for; null: of none. */
  run: string | null;
  taskIds: readonly string[];
}

/** What Airflow answered; else why it did not, safe to show. */
export type CloserView =
  | { ok: true; states: readonly TaskStateRow[]; /** Newest first. */ versions: readonly VersionRow[] }
  | { ok: false; reason: string };

/** Metrics that others post. */
export interface CustomMetricSources {
  /** Keeps all or none. Throws INVALID, or CONFLICT when there would be too many series. */
  post(values: readonly CustomValue[]): Promise<void>;
  aggregate(query: CustomQuery): Promise<CustomAggregate[]>;
}

/** What failures have in common, and what workers tell of them. */
export interface PatternSources {
  /** Returns the hash. Throws INVALID. */
  environment(given: { environment: GivenEnvironment; host: string | null }): Promise<string>;
  /** Throws INVALID. */
  beacon(given: GivenBeacon): Promise<{ signature: string; clusterId: string }>;
  /** What the newest analysis found; undefined before the first. */
  found(): Promise<AnalysisReport | undefined>;
  /** Keeps nothing. Throws INVALID. */
  suggest(request: SuggestRequest): Promise<Advice>;
  clusters(
    filter: ClusterFilter,
    page: { after: ClusterKey | null; limit: number },
  ): Promise<{ items: ClusterSummary[]; next: ClusterKey | null }>;
  /** Throws NOT_FOUND. */
  cluster(id: string): Promise<{ summary: ClusterSummary; members: ErrorMember[]; reports: KeptReport[] }>;
}

/** What others tell us. */
export interface WebhookSources {
  /** Notes what Alertmanager tells people; what follows from it comes later. */
  alertmanager(alerts: readonly WebhookAlert[]): Promise<void>;
  slack: {
    /** Undefined: nothing is taken from Slack. */
    signingSecret(): string | undefined;
    /** Throws NOT_FOUND, and UNAVAILABLE when it could not be tried; what else cannot be done is told in Slack. */
    press(interaction: Interaction): Promise<void>;
  };
}

/** All that HTTP serves, as plain functions: it knows neither thread nor store. */
export interface HttpSources {
  /** The newest bytes of the Airflow families; undefined before the first cycle, and when they are stale. */
  exposition(): EncodedExposition | undefined;
  /** The families about this process, read at every scrape. */
  selfFamilies(): Promise<Family[]>;
  health(): Promise<{ cycleDone: boolean; storeReachable: boolean; leader: boolean }>;
  reload(): Promise<Reloaded>;
  status(): StatusSummary;
  incidents: IncidentSources;
  feedback: FeedbackSources;
  modelCalls: ModelCallSources;
  slas: SlaSources;
  dags: DagSources;
  /** Never fails; answers within a second. */
  lookCloser(look: CloserLook): Promise<CloserView>;
  reports: ReportSources;
  customMetrics: CustomMetricSources;
  patterns: PatternSources;
  webhooks: WebhookSources;
  charts: {
    /** What signs links to charts; undefined: there are none. */
    linkKey(): Uint8Array | undefined;
  };
}
