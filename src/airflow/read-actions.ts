import type { AirflowRead } from './connect.ts';
import type { Shape } from './probe.ts';

/** What somebody did, apart from how the release spells it. */
export type Deed = 'variable' | 'connection' | 'pool' | 'clear' | 'mark' | 'trigger' | 'pause' | 'delete' | 'backfill' | 'asset';

/** Something that a person, or the scheduler for Airflow, did; never `extra`, which may hold secrets. */
export interface ActionRow {
  at: Date;
  deed: Deed;
  /** As written, without a prefix. */
  event: string;
  dagId: string | null;
  taskId: string | null;
  runId: string | null;
  who: string | null;
}

// Facts §8, all releases together; the prefixes `api.` and `ui.` of 2.9 to 2.11 are put before each.
const events: Readonly<Record<Deed, readonly string[]>> = {
  variable: [
    'variable.create',
    'variable.edit',
    'variable.delete',
    'variable.varimport',
    'post_variable',
    'patch_variable',
    'delete_variable',
    'bulk_variables',
    'cli_variables_set',
    'cli_variables_delete',
    'cli_variables_import',
  ],
  connection: [
    'connection.create',
    'connection.edit',
    'connection.delete',
    'post_connection',
    'patch_connection',
    'delete_connection',
    'bulk_connections',
    'cli_connections_add',
    'cli_connections_delete',
    'cli_connections_import',
  ],
  pool: ['pool.create', 'pool.edit', 'pool.delete', 'post_pool', 'patch_pool', 'delete_pool', 'bulk_pools', 'cli_pool_set'],
  clear: [
    'clear',
    'dagrun_clear',
    'action_clear',
    'action_clear_downstream',
    'post_clear_task_instances',
    'clear_dag_run',
    'cli_task_clear',
  ],
  mark: [
    'action_set_success',
    'action_set_failed',
    'action_set_retry',
    'action_set_skipped',
    'post_set_task_instances_state',
    'patch_task_instance',
    'patch_mapped_task_instance',
    'bulk_task_instances',
    'dagrun_success',
    'dagrun_failed',
    'dagrun_queued',
    'update_dag_run_state',
    'patch_dag_run',
    'bulk_dag_runs',
  ],
  trigger: ['trigger', 'dag_run.create', 'post_dag_run', 'trigger_dag_run', 'cli_dag_trigger'],
  pause: ['paused', 'patch_dag', 'patch_dags', 'cli_dag_pause', 'cli_dag_unpause'],
  delete: ['delete', 'delete_dag', 'delete_dag_run', 'cli_dag_delete'],
  backfill: ['create_backfill', 'pause_backfill', 'unpause_backfill', 'cancel_backfill', 'cli_dag_backfill'],
  asset: ['create_dataset_event', 'create_asset_event', 'materialize_asset'],
};
const deedOf = new Map(Object.entries(events).flatMap(([deed, names]) => names.map((name) => [name, deed as Deed] as const)));
const spellings = [...deedOf.keys()].flatMap((name) => [name, `api.${name}`, `ui.${name}`]);

/** Audit rows looked at: some 10 ms along the primary key. */
const rowsMax = 20_000;
const lostEvent = 'heartbeat timeout';
/** Rows of what was done, and of lost workers. */
const actionsMax = 200;

export interface Actions {
  /** Newest first. */
  actions: ActionRow[];
  /** Workers that the scheduler gave up (2.10 and later). */
  lost: number;
  /** What was done before is not known. Null: the table is empty. */
  readBackTo: Date | null;
}

export interface ActionsSince {
  /** What was done before is of no interest. */
  since: Date;
  /** Nor are workers that were lost before. */
  lostSince: Date;
  /** Actions on other DAGs are left out; null: on none. */
  dagId: string | null;
}

/**
 * What was done, and how many workers were lost, by the newest audit rows (there is no index on time from 3.0 on, so the primary key
 * is followed down).
 */
export async function readActions(read: AirflowRead, shape: Shape, { since, lostSince, dagId }: ActionsSince): Promise<Actions> {
  const run = shape.has('log', 'run_id') ? 'run_id' : 'NULL';
  const [oldest] = await read.query<{ above: number; at: Date | null }>(
    `SELECT m.above, (SELECT dttm FROM log WHERE id > m.above ORDER BY id LIMIT 1) AS at FROM (SELECT coalesce(max(id), 0) - ${rowsMax} AS above FROM log) m`,
  );
  if (oldest === undefined || oldest.at === null) return { actions: [], lost: 0, readBackTo: null };
  const who = shape.has('log', 'owner_display_name') ? "coalesce(nullif(owner_display_name, ''), owner)" : 'owner';
  const rows = await read.query<Omit<ActionRow, 'deed'>>(
    `SELECT dttm AS at, event, nullif(dag_id, '') AS "dagId", task_id AS "taskId", ${run} AS "runId", ${who} AS who FROM log
     WHERE id > $1 AND (dttm >= $2 AND event = ANY($3::text[]) AND ($4::text IS NULL OR dag_id IS NULL OR dag_id IN ('', $4)) OR dttm >= $5 AND event = '${lostEvent}')
     ORDER BY id DESC LIMIT ${actionsMax}`,
    [oldest.above, since, spellings, dagId, lostSince],
  );
  const actions = rows.flatMap((row): ActionRow[] => {
    const event = row.event.replace(/^(api|ui)\./, '');
    const deed = deedOf.get(event);
    return deed === undefined ? [] : [{ ...row, event, deed }];
  });
  // Of more than are read the older ones are not known either.
  const readBackTo = rows.length < actionsMax ? oldest.at : (rows.at(-1)?.at ?? oldest.at);
  return { actions, lost: rows.length - actions.length, readBackTo };
}
