import type { AirflowRead } from './connect.ts';
import type { Shape } from './probe.ts';

/** The code that a run, or a task of it, used: a DAG version from 3.0 on, before that the hash of the DAG. */
export interface CodeVersion {
  number: number | null;
  /** As the bundle has it: of a git bundle the commit. */
  bundleVersion: string | null;
  hash: string | null;
}

const byVersion = (shape: Shape): boolean =>
  shape.has('task_instance', 'dag_version_id') && shape.has('dag_version', 'id', 'version_number');
const byHash = (shape: Shape): boolean => shape.has('dag_run', 'dag_hash', 'dag_id', 'run_id');

/** Columns `number`, `bundleVersion` and `hash` of the code of a task instance `ti`, with `versionJoin`. */
export function versionColumns(shape: Shape): string {
  const bundle = shape.has('dag_version', 'bundle_version') ? 'v.bundle_version' : 'NULL';
  return byVersion(shape)
    ? `v.version_number AS number, ${bundle} AS "bundleVersion", NULL AS hash`
    : `NULL::int AS number, NULL AS "bundleVersion", ${byHash(shape) ? 'r.dag_hash' : 'NULL'} AS hash`;
}

/** Each a look-up by a unique key. */
export function versionJoin(shape: Shape): string {
  if (byVersion(shape)) return ' LEFT JOIN dag_version v ON v.id = ti.dag_version_id';
  return byHash(shape) ? ' LEFT JOIN dag_run r ON r.dag_id = ti.dag_id AND r.run_id = ti.run_id' : '';
}

export interface VersionRow {
  number: number | null;
  bundleVersion: string | null;
  createdAt: Date;
}

/**
 * The newest versions of a DAG, newest first: 3.x by the unique key (dag_id, version_number). 2.x keeps one serialised form only,
 * and says when it was last written; it writes it anew only when it differs.
 */
export async function readVersions(read: AirflowRead, shape: Shape, dagId: string, limit: number): Promise<VersionRow[]> {
  if (shape.has('dag_version', 'dag_id', 'version_number', 'created_at'))
    return read.query<VersionRow>(
      `SELECT version_number AS number, ${shape.has('dag_version', 'bundle_version') ? 'bundle_version' : 'NULL'} AS "bundleVersion", created_at AS "createdAt"
       FROM dag_version WHERE dag_id = $1 ORDER BY version_number DESC LIMIT ${limit}`,
      [dagId],
    );
  if (shape.major === 3 || !shape.has('serialized_dag', 'dag_id', 'last_updated')) return [];
  return read.query<VersionRow>(
    'SELECT NULL::int AS number, NULL AS "bundleVersion", last_updated AS "createdAt" FROM serialized_dag WHERE dag_id = $1',
    [dagId],
  );
}
