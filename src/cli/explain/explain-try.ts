import { connectAirflow, type AirflowDatabase } from '../../airflow/connect.ts';
import { probe, type Shape } from '../../airflow/probe.ts';
import { readRunsByKey, type RunRow } from '../../airflow/read-runs.ts';
import { readTasks, type TaskRow } from '../../airflow/read-tasks.ts';
import { readTags } from '../../collect/list-dags.ts';
import type { Config } from '../../config.ts';
import { nothingCarried, subjectKey, type Finding } from '../../detect/finding.ts';
import { gatherCircumstances } from '../../explain/evidence/gather.ts';
import { explainFailure } from '../../explain/explain-failure.ts';
import { loadBaseline } from '../../explain/log/log-baselines.ts';
import { compileOwnRules } from '../../explain/rules/own-rules.ts';
import { createTryLogs } from '../../explain/log/read-try-log.ts';
import type { Incident } from '../../incident/incident.ts';
import type { Clock } from '../../lib/clock.ts';
import { AppError } from '../../lib/errors.ts';
import { withStore } from '../read-store.ts';
import type { Answer, Severity } from './answer.ts';
import { redactionOf } from './explain-file.ts';

/** A try as it is named on the command line. */
export interface WantedTry {
  dagId: string;
  taskId: string;
  runId: string;
  /** Undefined: the newest. */
  tryNumber: number | undefined;
  /** -1: not mapped. */
  mapIndex: number;
}

/** Explains a try of the Airflow that is configured: its rows, its log, and what the store knows of its history. */
export async function explainTry(config: Config, wanted: WantedTry, clock: Clock): Promise<Answer> {
  const { airflow: slice } = config;
  const began = clock.monotonicMs();
  const airflow = connectAirflow({
    url: slice.database_url,
    schema: slice.schema,
    connectTimeoutMs: slice.connect_timeout,
    transactionTimeoutMs: slice.transaction_timeout,
    clock,
  });
  try {
    const shape = await airflow.read(probe);
    const found = await findTry(airflow, shape, wanted);
    const tryNumber = wanted.tryNumber ?? found.task.tryNumber;
    const incident = incidentOf(found, tryNumber, clock.now());
    return await withStore(config, 'windsock-explain', async (store) => {
      const circumstances = await gatherCircumstances(
        { airflow, shape, store, deployment: slice.name, snapshot: null, runbooks: config.explain.runbooks },
        incident,
        { now: clock.now() },
      );
      const gathered = clock.monotonicMs();
      const readLog = createTryLogs({ airflow, logs: slice.logs, redaction: redactionOf(config), shape: () => shape });
      const log = await readLog({ ...wanted, tryNumber }, AbortSignal.timeout(slice.logs.timeout));
      const read = clock.monotonicMs();
      const kept = await loadBaseline(store, slice.name, wanted);
      const rules = compileOwnRules(config.explain.rules);
      const {
        result,
        log: reduced,
        evidence,
      } = explainFailure(log, incident, circumstances, { rules, baseline: kept?.baseline });
      const end = clock.monotonicMs();
      const tags = (await readTags(store, slice.name, [wanted.dagId])).get(wanted.dagId) ?? [];
      return {
        explanation: result,
        log: reduced,
        evidence,
        localOnly: tags.some((tag) => config.explain.local_only_tags.includes(tag)),
        severity: severityOf(found.task, tryNumber),
        timings: {
          evidence_ms: Math.round(gathered - began),
          read_ms: Math.round(read - gathered),
          rules_ms: Math.round(end - read),
          total_ms: Math.round(end - began),
        },
      };
    });
  } finally {
    await airflow.close();
  }
}

interface FoundTry {
  run: RunRow;
  task: TaskRow;
}

async function findTry(airflow: AirflowDatabase, shape: Shape, wanted: WantedTry): Promise<FoundTry> {
  const { dagId, taskId, runId, tryNumber, mapIndex } = wanted;
  return airflow.read(async (read) => {
    const [run] = await readRunsByKey(read, shape, [{ dagId, runId }]);
    if (run === undefined) throw new AppError('NOT_FOUND', `Airflow has no run ${runId} of the DAG ${dagId}`);
    const { rows } = await readTasks(read, shape, [run], null);
    const task = rows.find((row) => row.taskId === taskId && row.mapIndex === mapIndex);
    if (task === undefined) throw new AppError('NOT_FOUND', missingTask(wanted, rows));
    if (tryNumber !== undefined && tryNumber > task.tryNumber)
      throw new AppError(
        'NOT_FOUND',
        `${taskId} was tried ${task.tryNumber === 1 ? 'once' : `${task.tryNumber} times`} in that run`,
      );
    return { run, task };
  });
}

function missingTask({ taskId, mapIndex }: WantedTry, rows: readonly TaskRow[]): string {
  const mapped = rows.filter((row) => row.taskId === taskId).map((row) => row.mapIndex);
  if (mapped.length > 0 && mapIndex < 0)
    return `${taskId} is mapped in that run; name one of its ${mapped.length} instances with --map-index`;
  if (mapped.length > 0) return `${taskId} has no instance with map index ${mapIndex} in that run`;
  return `that run has no task ${taskId}; it has ${[...new Set(rows.map((row) => row.taskId))].slice(0, 8).join(', ') || 'none yet'}`;
}

/** info: it has not failed; warning: it is tried again; error: it failed for good. */
function severityOf({ state, tryNumber: newest }: TaskRow, tryNumber: number): Severity {
  if (tryNumber < newest || state === 'up_for_retry') return 'warning';
  return state === 'failed' || state === 'upstream_failed' ? 'error' : 'info';
}

/** The incident that such a failure is, as far as explaining it needs one. */
function incidentOf({ run, task }: FoundTry, tryNumber: number, now: Date): Incident {
  const { dagId, taskId, runId, mapIndex, hostname, pool, queue, operator } = task;
  const subject = { type: 'task', dagId, taskId } as const;
  const finding: Finding = {
    kind: 'task_failed',
    subject,
    severity: 'error',
    event: `run:${run.id}:${mapIndex}:${tryNumber}`,
    occasion: { runId, runPk: run.id, runType: run.runType, mapIndex: mapIndex < 0 ? null : mapIndex, tryNumber },
    observed: null,
    expected: null,
    n: 0,
    score: 1,
    since: task.endDate ?? now,
    title: `${dagId}.${taskId} failed`,
    carried: { ...nothingCarried, host: hostname, pool, queue, operator },
  };
  return {
    id: '',
    kind: finding.kind,
    subject,
    subjectKey: subjectKey(subject),
    state: 'open',
    severity: finding.severity,
    alertSeverity: finding.severity,
    title: finding.title,
    labels: {},
    first: finding,
    latest: finding,
    openedAt: finding.since,
    lastSeenAt: finding.since,
    acknowledgedAt: null,
    acknowledgedBy: null,
    escalatedAt: null,
    resolvedAt: null,
    endReason: null,
    rootId: null,
    memberReason: null,
    split: false,
    recurrences: 0,
    tellableAt: null,
    suppression: null,
    signature: null,
  };
}
