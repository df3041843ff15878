import { jsonText } from '../lib/json-text.ts';
import type { AirflowDatabase } from '../airflow/connect.ts';
import { ranOutOfTime } from '../airflow/describe-error.ts';
import type { Shape } from '../airflow/probe.ts';
import { readGraphHashes, readGraphs, type DagGraph, type GraphHash } from '../airflow/read-dags.ts';
import type { Tx } from '../store/store.ts';

/** Payloads may be megabytes each: so many are read in one transaction, and so many for one call. */
const graphsPerRead = 10;
const graphsPerCall = 50;

export interface GraphChanges {
  changed: DagGraph[];
  gone: string[];
  /** True when more graphs changed than one call reads. */
  more: boolean;
}

/** What changed in the graphs of all DAGs since `known`, a map from DAG to hash. Payloads are read only where the hash changed. */
export async function readChangedGraphs(
  airflow: AirflowDatabase,
  shape: Shape,
  known: ReadonlyMap<string, string>,
): Promise<GraphChanges> {
  const readable =
    shape.has('serialized_dag', 'dag_hash', 'data', 'data_compressed') &&
    (shape.major === 2 || shape.has('dag_version', 'id', 'dag_id', 'version_number'));
  if (!readable) return { changed: [], gone: [], more: false };
  const hashes = await airflow.read((read) => readGraphHashes(read, shape));
  const wanted = hashes.filter(({ dagId, hash }) => known.get(dagId) !== hash);
  const now = wanted.slice(0, graphsPerCall);
  const changed: DagGraph[] = [];
  for (let from = 0; from < now.length; from += graphsPerRead) {
    changed.push(...(await readPart(airflow, shape, now.slice(from, from + graphsPerRead))));
  }
  const present = new Set(hashes.map(({ dagId }) => dagId));
  const gone = [...known.keys()].filter((dagId) => !present.has(dagId));
  return { changed, gone, more: wanted.length > now.length };
}

/** Graphs that are too much for one transaction are read one by one; one that is too large by itself has no edges. */
async function readPart(airflow: AirflowDatabase, shape: Shape, part: readonly GraphHash[]): Promise<DagGraph[]> {
  try {
    const dagIds = part.map(({ dagId }) => dagId);
    return await airflow.read((read) => readGraphs(read, shape, dagIds));
  } catch (error) {
    if (!ranOutOfTime(error)) throw error;
    if (part.length === 1) return part.map(({ dagId, hash }) => ({ dagId, hash, tasks: [], links: [] }));
    const graphs: DagGraph[] = [];
    for (const one of part) graphs.push(...(await readPart(airflow, shape, [one])));
    return graphs;
  }
}

/** The hash of each graph that the store has. */
export async function loadGraphHashes(store: Tx, airflow: string): Promise<Map<string, string>> {
  const rows = await store.query<{ dag_id: string; hash: string }>('SELECT dag_id, hash FROM dag_graph WHERE airflow = $1', [
    airflow,
  ]);
  return new Map(rows.map(({ dag_id: dagId, hash }) => [dagId, hash]));
}

/** A DAG's edges as they are kept. */
export type StoredGraph = Pick<DagGraph, 'dagId' | 'hash' | 'tasks' | 'links'>;

/** The newest graph of every DAG that has one. */
export function loadGraphs(store: Tx, airflow: string): Promise<StoredGraph[]> {
  return store.query<StoredGraph>('SELECT dag_id AS "dagId", hash, tasks, links FROM dag_graph WHERE airflow = $1', [airflow]);
}

/** What leads from DAG to DAG; those without links are left out. */
export function loadLinks(store: Tx, airflow: string): Promise<Pick<StoredGraph, 'dagId' | 'links'>[]> {
  return store.query(`SELECT dag_id AS "dagId", links FROM dag_graph WHERE airflow = $1 AND links <> '[]'`, [airflow]);
}

export async function saveGraphs(
  tx: Tx,
  airflow: string,
  { changed, gone }: { changed: readonly DagGraph[]; gone: readonly string[] },
): Promise<void> {
  if (gone.length > 0) await tx.query('DELETE FROM dag_graph WHERE airflow = $1 AND dag_id = ANY($2)', [airflow, gone]);
  for (const { dagId, hash, tasks, links } of changed) {
    await tx.query(
      `INSERT INTO dag_graph (airflow, dag_id, hash, tasks, links) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (airflow, dag_id) DO UPDATE SET hash = excluded.hash, tasks = excluded.tasks, links = excluded.links`,
      [airflow, dagId, hash, jsonText(tasks), jsonText(links)],
    );
  }
}
