import { z } from '@hono/zod-openapi';
import type { DagRun, DagSources, DagSummary } from '../sources.ts';

const timestamp = z.iso.datetime();

const runSchema = z
  .object({
    run_id: z.string(),
    run_type: z.string().openapi({ example: 'scheduled' }),
    state: z.string().openapi({ example: 'success' }),
    due_at: timestamp.nullable().describe('When it was due; null without a schedule.'),
    started_at: timestamp.nullable(),
    ended_at: timestamp.nullable().describe('Null while it is open.'),
  })
  .openapi('DagRun');

export const dagSchema = z
  .object({
    dag_id: z.string(),
    paused: z.boolean(),
    paused_since: timestamp.nullable().describe('Since when Windsock saw it paused.'),
    import_error_since: timestamp.nullable().describe('Since when its file does not parse, so that it is not scheduled.'),
    gone_since: timestamp.nullable().describe('Since when Airflow has it no more.'),
    owners: z.array(z.string()),
    tags: z.array(z.string()),
    schedule: z.string().nullable().describe('Null without one.').openapi({ example: '0 6 * * *' }),
    file: z.string(),
    next_run_at: timestamp.nullable().describe('When Airflow means to make its next run.'),
    active_runs: z.int(),
    open_incidents: z.int().describe('Not resolved ones, members of others included.'),
    runs_succeeded: z.int().describe('Since Windsock came, as its counters.'),
    runs_failed: z.int(),
    consecutive_failures: z.int(),
    last_success_at: timestamp.nullable(),
    last_runs: z.array(runSchema).describe('Newest first: 10 of each DAG in a list, 50 of one by itself.'),
  })
  .openapi('Dag');

const taskSchema = z
  .object({
    task_id: z.string(),
    operator: z.string(),
    downstream: z.array(z.string()),
    succeeded: z.int().describe('Tries, since Windsock came, as its counters.'),
    failed: z.int(),
    retried: z.int(),
    last_duration_seconds: z.number().nullable(),
    last_success_at: timestamp.nullable(),
  })
  .openapi('DagTask');

export const dagDetailSchema = dagSchema
  .extend({ tasks: z.array(taskSchema).describe('By its newest graph; none while that was not read.') })
  .openapi('DagDetail');

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;

const runJson = ({ runId, runType, state, dueAt, startedAt, endedAt }: DagRun): z.output<typeof runSchema> => ({
  run_id: runId,
  run_type: runType,
  state,
  due_at: iso(dueAt),
  started_at: iso(startedAt),
  ended_at: iso(endedAt),
});

export const dagJson = ({ dag, counts, activeRuns, openIncidents, lastRuns }: DagSummary): z.output<typeof dagSchema> => ({
  dag_id: dag.dagId,
  paused: dag.pausedAt !== null,
  paused_since: iso(dag.pausedAt),
  import_error_since: iso(dag.hiddenAt),
  gone_since: iso(dag.goneAt),
  owners: dag.owners.split(/\s*,\s*/).filter((owner) => owner !== ''),
  tags: [...dag.tags],
  schedule: dag.schedule === '' ? null : dag.schedule,
  file: dag.file,
  next_run_at: iso(dag.nextRunAt),
  active_runs: activeRuns,
  open_incidents: openIncidents,
  runs_succeeded: counts?.success ?? 0,
  runs_failed: counts?.failure ?? 0,
  consecutive_failures: counts?.consecutiveFailures ?? 0,
  last_success_at: iso(counts?.lastSuccessAt ?? null),
  last_runs: lastRuns.map(runJson),
});

type Detail = Awaited<ReturnType<DagSources['read']>>;

export const dagDetailJson = ({ summary, tasks }: Detail): z.output<typeof dagDetailSchema> => ({
  ...dagJson(summary),
  tasks: tasks.map(({ taskId, operator, downstream, counts }) => ({
    task_id: taskId,
    operator,
    downstream,
    succeeded: counts?.success ?? 0,
    failed: counts?.failure ?? 0,
    retried: counts?.retry ?? 0,
    last_duration_seconds: counts?.lastDurationSeconds ?? null,
    last_success_at: iso(counts?.lastSuccessAt ?? null),
  })),
});
