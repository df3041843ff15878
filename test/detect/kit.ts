import type { DagRow } from '../../src/airflow/read-dags.ts';
import type { KnownDag } from '../../src/collect/known-dags.ts';
import type { PoolSlots, Snapshot, UnfinishedTask } from '../../src/collect/snapshot.ts';
import type { Attempt, RunEnded } from '../../src/collect/transition.ts';
import type { Facts } from '../../src/detect/facts.ts';
import { detectConfig } from '../../src/detect/config.ts';
import type { OpenFinding } from '../../src/detect/detector.ts';
import { subjectKey, type Finding } from '../../src/detect/finding.ts';
import type { RunRecord } from '../../src/measure/run-history.ts';
import { nothingLearned } from '../../src/measure/learned.ts';
import type { SlaStatus } from '../../src/sla/status.ts';
import { settingsOf, type DetectSettings } from '../../src/detect/settings.ts';

/** A time of one day: `at('10:05')`, `at('10:05:30')`. */
export const at = (time: string): Date => new Date(`2026-06-10T${time.length === 5 ? `${time}:00` : time}Z`);

export const minutes = (count: number): number => count * 60_000;

/** Facts of a deployment in which nothing happens. */
export function facts(over: Partial<Facts> = {}): Facts {
  return {
    transitions: [],
    snapshot: { at: at('12:00'), version: '3.3', revision: 'test', activeRuns: new Map(), openRuns: [] },
    previousAt: at('11:59:45'),
    dags: new Map(),
    trials: [],
    mappedTrials: [],
    shifts: [],
    series: new Map(),
    learned: nothingLearned,
    runs: new Map(),
    sla: [],
    warmingUp: false,
    ...over,
  };
}

/** Settings as a configuration file of these keys gives them. */
export const settings = (config: unknown = {}, dags: Parameters<typeof settingsOf>[1] = []): DetectSettings =>
  settingsOf(detectConfig.parse(config), dags);

/** How an incident keeps a finding. */
export const openOf = ({ kind, subject, event, since }: Finding): OpenFinding => ({
  kind,
  subject,
  event,
  since,
  quietMs: 0,
});

export const openMap = (...findings: readonly Finding[]): Map<string, OpenFinding> =>
  new Map(findings.map((finding) => [subjectKey(finding.subject), openOf(finding)]));

/** A try of `etl.load` in run 7 that ended at 11:59:50. */
export const attempt = (over: Partial<Attempt> = {}): Attempt => ({
  kind: 'attempt',
  outcome: 'failure',
  dagId: 'etl',
  taskId: 'load',
  mapIndex: -1,
  runPk: 7,
  runId: 'scheduled__7',
  runType: 'scheduled',
  tryNumber: 2,
  startedAt: at('11:59'),
  endedAt: at('11:59:50'),
  durationSeconds: 50,
  queueWaitSeconds: 1,
  queue: 'default',
  pool: 'default_pool',
  operator: 'PythonOperator',
  hostname: 'worker-1',
  dueAt: at('11:00'),
  runStartedAt: at('11:00:05'),
  clearNumber: 0,
  ...over,
});

/** A run of `etl` that failed at 11:59:52 without a failed task. */
export const runEnded = (over: Partial<RunEnded> = {}): RunEnded => ({
  kind: 'run_ended',
  state: 'failed',
  byPerson: false,
  failedTasks: 0,
  dagId: 'etl',
  runPk: 7,
  runId: 'scheduled__7',
  runType: 'scheduled',
  logicalDate: at('11:00'),
  dueAt: at('11:00'),
  startedAt: at('11:00:05'),
  endedAt: at('11:59:52'),
  ...over,
});

/** `etl.load` of run 7, queued since 11:50. */
export const waiting = (over: Partial<UnfinishedTask> = {}): UnfinishedTask => ({
  dagId: 'etl',
  runId: 'scheduled__7',
  runPk: 7,
  runType: 'scheduled',
  taskId: 'load',
  mapIndex: -1,
  state: 'queued',
  tryNumber: 1,
  startDate: null,
  queuedAt: at('11:50'),
  scheduledAt: null,
  pool: 'default_pool',
  poolSlots: 1,
  queue: 'default',
  operator: 'PythonOperator',
  hostname: null,
  ...over,
});

export const pool = (over: Partial<PoolSlots> = {}): PoolSlots => ({
  pool: 'default_pool',
  open: 100,
  running: 20,
  queued: 8,
  scheduled: 0,
  deferred: 0,
  ...over,
});

export const knownDag = (over: Partial<KnownDag> = {}): KnownDag => ({
  dagId: 'etl',
  file: 'etl.py',
  owners: 'ann',
  tags: [],
  schedule: '0 * * * *',
  nextRunAt: at('13:00'),
  seenAt: new Date('2026-06-01T00:00:00Z'),
  pausedAt: null,
  hiddenAt: null,
  resumedAt: null,
  goneAt: null,
  ...over,
});

/** `etl`, hourly, whose next run is due at 13:00. */
export const dagRow = (over: Partial<DagRow> = {}): DagRow => ({
  dagId: 'etl',
  paused: false,
  owners: 'ann',
  schedule: '0 * * * *',
  file: 'etl.py',
  nextRunAt: at('13:00'),
  importErrors: false,
  maxActiveRuns: 16,
  tags: [],
  ...over,
});

/** A run due at that time which started 5 s and ended 10 min later, in success. */
export function record(due: Date, over: Partial<RunRecord> = {}): RunRecord {
  const dueMs = due.getTime();
  return {
    runPk: dueMs / 60_000,
    runId: `scheduled__${due.toISOString()}`,
    runType: 'scheduled',
    dueMs,
    startMs: dueMs + 5000,
    endMs: dueMs + minutes(10),
    state: 'success',
    byPerson: false,
    ...over,
  };
}

/** `etl` every hour, the last run due at 10:00. */
export const hourly = (count = 20, over: Partial<RunRecord> = {}): Map<string, RunRecord[]> =>
  new Map([
    [
      'etl',
      Array.from({ length: count }, (_, back) =>
        record(new Date(at('10:00').getTime() - (count - 1 - back) * minutes(60)), over),
      ),
    ],
  ]);

/** A snapshot at 12:00 with these parts. */
export const snapshot = (parts: Partial<Snapshot>): Snapshot => ({ ...facts().snapshot, ...parts });

/** A run of `etl` that is open since 11:00. */
export const openRun = (over: Partial<Snapshot['openRuns'][number]> = {}): Snapshot['openRuns'][number] => ({
  id: 7,
  dagId: 'etl',
  runId: 'scheduled__7',
  runType: 'scheduled',
  state: 'running',
  logicalDate: at('10:00'),
  dueAt: at('11:00'),
  queuedAt: at('11:00'),
  startDate: at('11:00:05'),
  endDate: null,
  clearNumber: 0,
  updatedAt: null,
  ...over,
});

/** An SLA of 99 % on `etl` that is met, with a bad run at 11:59:52. */
export const slaStatus = (over: Partial<SlaStatus> = {}): SlaStatus => ({
  sla: 'orders',
  kind: 'success_ratio',
  dagId: 'etl',
  taskId: '',
  owner: 'ann',
  severity: 'error',
  state: 'met',
  since: at('11:59:45'),
  value: 0.995,
  threshold: 0.99,
  thresholds: [],
  unit: 'ratio',
  compliance: 0.995,
  complianceByDays: { 7: 1, 30: 0.995, 90: 0.995 },
  objective: 0.99,
  total: 300,
  bad: 2,
  significant: true,
  budgetLeftRatio: 1 / 3,
  budgetLeftRuns: 1,
  windowSeconds: 30 * 86_400,
  burns: [{ window: '12 runs', rate: 0, alert: null, bad: 0, total: 12 }],
  violations: 2,
  lastViolation: { event: 'run:7', at: at('11:59:52'), text: 'run scheduled__7 of etl' },
  sentence: 'orders: 99 % of runs of etl succeed within 30 days',
  standing: '298 of 300 did; 1 more may fail until 8 May',
  present: null,
  ...over,
});
