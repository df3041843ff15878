import { inflateSync } from 'node:zlib';
import type { AirflowRead } from './connect.ts';
import type { Shape } from './probe.ts';

/** A DAG that Airflow still has, as its catalogue describes it. */
export interface DagRow {
  dagId: string;
  paused: boolean;
  owners: string;
  schedule: string;
  file: string;
  nextRunAt: Date | null;
  importErrors: boolean;
  /** Runs that may be open at once; null: not known. */
  maxActiveRuns: number | null;
  tags: string[];
}

/** All DAGs that are not stale, with their tags. The tables grow with DAGs, not with runs. */
export async function readDags(read: AirflowRead, shape: Shape): Promise<DagRow[]> {
  const present = shape.major === 3 ? 'NOT coalesce(d.is_stale, false)' : 'coalesce(d.is_active, true)';
  // No schedule is written as the text None in 3.x; 2.x keeps JSON.
  const schedule = shape.major === 3 ? "nullif(d.timetable_summary, 'None')" : 'd.schedule_interval';
  const file = shape.has('dag', 'relative_fileloc') ? 'coalesce(d.relative_fileloc, d.fileloc)' : 'd.fileloc';
  const tags = shape.has('dag_tag', 'name', 'dag_id')
    ? '(SELECT array_agg(t.name ORDER BY t.name COLLATE "C") FROM dag_tag t WHERE t.dag_id = d.dag_id)'
    : 'NULL';
  const rows = await read.query<DagRow>(
    `SELECT d.dag_id AS "dagId", coalesce(d.is_paused, false) AS paused, coalesce(d.owners, '') AS owners, coalesce(${schedule}, '') AS schedule,
       coalesce(${file}, '') AS file, d.next_dagrun_create_after AS "nextRunAt", coalesce(d.has_import_errors, false) AS "importErrors",
       ${shape.has('dag', 'max_active_runs') ? 'd.max_active_runs' : 'NULL::int'} AS "maxActiveRuns", coalesce(${tags}::text[], '{}') AS tags
     FROM dag d WHERE ${present} ORDER BY d.dag_id`,
  );
  return shape.major === 3 ? rows : rows.map((row) => ({ ...row, schedule: scheduleText(row.schedule) }));
}

/** The schedule of 2.x, which is kept as JSON: a cron expression or the like as it is, an interval as 3.x writes it: `1 day, 6:00:00`. */
export function scheduleText(json: string): string {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return json;
  }
  if (value === null) return '';
  if (typeof value === 'string') return value;
  const attributes = isObject(value) && value['type'] === 'timedelta' && isObject(value['attrs']) ? value['attrs'] : undefined;
  if (attributes === undefined) return json;
  const [days, seconds] = [Number(attributes['days'] ?? 0), Number(attributes['seconds'] ?? 0)];
  const two = (part: number): string => String(Math.floor(part)).padStart(2, '0');
  const clock = `${Math.floor(seconds / 3600)}:${two((seconds % 3600) / 60)}:${two(seconds % 60)}`;
  return days === 0 ? clock : `${days} ${days === 1 ? 'day' : 'days'}, ${clock}`;
}

export interface GraphHash {
  dagId: string;
  hash: string;
}

/** The hash of each DAG's newest serialised form; cheap, the payload is not touched. */
export function readGraphHashes(read: AirflowRead, shape: Shape): Promise<GraphHash[]> {
  return read.query<GraphHash>(
    shape.major === 3
      ? `SELECT d.dag_id AS "dagId", s.dag_hash AS hash FROM dag d
         CROSS JOIN LATERAL (SELECT v.id FROM dag_version v WHERE v.dag_id = d.dag_id ORDER BY v.version_number DESC LIMIT 1) v
         JOIN serialized_dag s ON s.dag_version_id = v.id WHERE NOT coalesce(d.is_stale, false)`
      : 'SELECT dag_id AS "dagId", dag_hash AS hash FROM serialized_dag',
  );
}

/** A DAG's tasks and what each leads to, and the DAGs it waits for or triggers. */
export interface DagGraph {
  dagId: string;
  hash: string;
  tasks: { taskId: string; operator: string; downstream: string[] }[];
  /** `id` names the asset, where it is one. */
  links: { source: string; target: string; type: string; id: string }[];
}

interface PayloadRow {
  dagId: string;
  hash: string;
  tasks: unknown;
  links: unknown;
  compressed: Buffer | null;
}

// Wrapped in `__var` or not, by version. Only what makes the graph leaves the server: the rest may be large, or secret.
const tasksJson = `(SELECT json_agg(json_build_object('task_id', v.t -> 'task_id', '_operator_name', v.t -> '_operator_name', 'task_type', v.t -> 'task_type',
    '_task_type', v.t -> '_task_type', 'downstream_task_ids', v.t -> 'downstream_task_ids'))
  FROM json_array_elements(CASE json_typeof(p.dag -> 'tasks') WHEN 'array' THEN p.dag -> 'tasks' END) e(t), LATERAL (SELECT coalesce(e.t -> '__var', e.t) AS t) v)`;

/**
 * The graphs of these DAGs. A payload that is no graph gives one without tasks: it is not worth asking for again before it
 * changes.
 */
export async function readGraphs(read: AirflowRead, shape: Shape, dagIds: readonly string[]): Promise<DagGraph[]> {
  if (dagIds.length === 0) return [];
  const from =
    shape.major === 3
      ? `unnest($1::text[]) k(d) CROSS JOIN LATERAL (SELECT v.id FROM dag_version v WHERE v.dag_id = k.d ORDER BY v.version_number DESC LIMIT 1) v
         JOIN serialized_dag s ON s.dag_version_id = v.id`
      : 'unnest($1::text[]) k(d) JOIN serialized_dag s ON s.dag_id = k.d';
  // json and jsonb both become json: a cast to jsonb fails on some texts that json may hold.
  const rows = await read.query<PayloadRow>(
    `SELECT k.d AS "dagId", s.dag_hash AS hash, ${tasksJson} AS tasks, p.dag -> 'dag_dependencies' AS links, s.data_compressed AS compressed
     FROM ${from} CROSS JOIN LATERAL (SELECT s.data::json -> 'dag' AS dag) p`,
    [dagIds],
  );
  return rows.map(graphOf);
}

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Versions 1, 2 and 3 of the serialised form differ in names only as far as edges go (facts §5). */
function graphOf({ dagId, hash, ...payload }: PayloadRow): DagGraph {
  const { tasks, links } = payload.compressed === null ? payload : inflate(payload.compressed);
  return {
    dagId,
    hash,
    tasks: list(tasks)
      .map((task) => (isObject(task) && isObject(task['__var']) ? task['__var'] : task))
      .filter(isObject)
      .map((task) => ({
        taskId: text(task['task_id']),
        operator: text(task['_operator_name']) || text(task['task_type']) || text(task['_task_type']),
        downstream: list(task['downstream_task_ids']).map(text),
      })),
    links: list(links)
      .filter(isObject)
      .map((link) => ({
        source: text(link['source']),
        target: text(link['target']),
        type: text(link['dependency_type']),
        id: text(link['dependency_id']),
      })),
  };
}

const inflatedBytesMax = 256 * 1024 * 1024;

function inflate(compressed: Buffer): { tasks?: unknown; links?: unknown } {
  try {
    const payload: unknown = JSON.parse(inflateSync(compressed, { maxOutputLength: inflatedBytesMax }).toString('utf8'));
    const dag = isObject(payload) ? payload['dag'] : undefined;
    return isObject(dag) ? { tasks: dag['tasks'], links: dag['dag_dependencies'] } : {};
  } catch {
    return {};
  }
}
