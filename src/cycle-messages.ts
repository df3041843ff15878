import type { AirflowConfig } from './airflow/config.ts';
import type { LookedMessage, LookMessage } from './ask-closer.ts';
import type { CollectorReport, ImportFailure } from './collect/snapshot.ts';
import type { DetectConfig } from './detect/config.ts';
import type { ExplainReport } from './explain/worker.ts';
import type { IncidentConfig } from './incident/config.ts';
import type { MeasureConfig } from './measure/config.ts';
import type { NotifyConfig } from './notify/config.ts';
import type { DeliveryReport } from './notify/deliver.ts';
import type { SlackReport } from './notify/slack/deliver.ts';
import type { EncodedExposition } from './measure/exposition.ts';
import type { PatternsConfig } from './patterns/config.ts';
import type { ExplainConfig } from './explain/config.ts';
import type { RedactConfig } from './redact/config.ts';
import type { ReportConfig } from './report/config.ts';
import type { SlaConfig } from './sla/config.ts';
import type { TelemetryConfig } from './telemetry/config.ts';

/** What the cycle thread is started with: its slices of the configuration. */
export interface CycleSettings {
  airflow: AirflowConfig;
  measure: MeasureConfig;
  detect: DetectConfig;
  incident: IncidentConfig;
  sla: SlaConfig;
  patterns: PatternsConfig;
  notify: NotifyConfig;
  report: ReportConfig;
  redact: RedactConfig;
  explain: ExplainConfig;
  /** Whether a language model may be asked why. */
  asksModels: boolean;
  /** Where people reach this Windsock. */
  publicUrl: string;
  telemetry: TelemetryConfig;
  storeUrl: string;
  intervalMs: number;
  historyMs: number;
  /** Names this process in telemetry. */
  instance: string;
  /** Names it in the lease. */
  holder: string;
  version: string;
  /** The standard OpenTelemetry variables. */
  otelEnv: Record<string, string | undefined>;
}

/** What the last cycle was like, for pages and self metrics; travels with the exposition to followers. */
export interface CycleStatus {
  /** Airflow's database time of the snapshot, in ms since 1970; null when Airflow could not be read. */
  snapshotAtMs: number | null;
  airflowVersion: string;
  warnings: string[];
  reports: CollectorReport[];
  importErrors: (Omit<ImportFailure, 'at'> & { atMs: number | null })[];
  series: number;
  /** 0 to 1. */
  backfill: number;
}

export type FromCycle =
  | { kind: 'exposition'; encoded: EncodedExposition; status: CycleStatus }
  | {
      kind: 'cycle';
      seconds: number;
      ok: boolean;
      skipped: number;
      reports: CollectorReport[];
      airflowSeconds: number;
      error?: string;
    }
  /** What failed beside a cycle: following, or work between cycles; null: it works. Safe to show. */
  | { kind: 'trouble'; error: string | null }
  /** One round at one member of the Alertmanager cluster. */
  | { kind: 'delivery'; report: DeliveryReport }
  /** A call of Slack, or how delivery to it stands. */
  | { kind: 'slack'; report: SlackReport }
  /** What the worker that explains incidents did. */
  | { kind: 'explained'; report: ExplainReport }
  | { kind: 'role'; leader: boolean }
  /** What a page asked of Airflow. */
  | LookedMessage
  | { kind: 'stopped' };

export type ToCycle = { kind: 'stop' } | LookMessage;
