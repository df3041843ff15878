import type { DagRow } from '../airflow/read-dags.ts';
import type { Tx } from '../store/store.ts';

/** What is remembered of a DAG: the catalogue says what is, not since when. Times by Airflow's database clock. */
export interface KnownDag {
  dagId: string;
  file: string;
  /** Separated by commas. */
  owners: string;
  tags: readonly string[];
  /** Empty: it has none. */
  schedule: string;
  /** When its next run is to be made; null: none is planned. */
  nextRunAt: Date | null;
  /** When it was first seen: our first look, for those that were there before us. */
  seenAt: Date;
  /** Since when it is paused; null while it is not. */
  pausedAt: Date | null;
  /** Since when its file does not parse, so that it is not scheduled; null while it parses. */
  hiddenAt: Date | null;
  /** When it was last resumed, parsed again, or came back to the catalogue; null: never since we look. */
  resumedAt: Date | null;
  /** Since when the catalogue lacks it; null while it is there. */
  goneAt: Date | null;
}

/** A DAG that left the catalogue is forgotten after this. */
const goneKeptMs = 30 * 86_400_000;

/**
 * Takes the catalogue as it is now into `known`, in place; returns what changed. Without a catalogue (its collector failed)
 * nothing changes.
 */
export function rememberDags(
  known: Map<string, KnownDag>,
  rows: readonly DagRow[] | undefined,
  at: Date,
): { changed: KnownDag[]; forgotten: string[] } {
  if (rows === undefined) return { changed: [], forgotten: [] };
  const changed: KnownDag[] = [];
  const put = (dag: KnownDag) => {
    known.set(dag.dagId, dag);
    changed.push(dag);
  };
  const here = new Set<string>();
  for (const row of rows) {
    const { dagId, paused, importErrors } = row;
    here.add(dagId);
    const before = known.get(dagId);
    if (before === undefined) {
      put({
        ...catalogueOf(row),
        seenAt: at,
        pausedAt: paused ? at : null,
        hiddenAt: importErrors ? at : null,
        resumedAt: null,
        goneAt: null,
      });
      continue;
    }
    const back = before.goneAt !== null;
    const resumed = (!paused && before.pausedAt !== null) || (!importErrors && before.hiddenAt !== null);
    const turned = paused !== (before.pausedAt !== null) || importErrors !== (before.hiddenAt !== null);
    if (!back && !turned && !isChanged(before, row)) continue;
    put({
      ...before,
      ...catalogueOf(row),
      goneAt: null,
      pausedAt: paused ? (before.pausedAt ?? at) : null,
      hiddenAt: importErrors ? (before.hiddenAt ?? at) : null,
      resumedAt: back || resumed ? at : before.resumedAt,
    });
  }
  const forgotten: string[] = [];
  for (const dag of known.values()) {
    if (here.has(dag.dagId)) continue;
    if (dag.goneAt === null) put({ ...dag, goneAt: at });
    else if (at.getTime() - dag.goneAt.getTime() > goneKeptMs) forgotten.push(dag.dagId);
  }
  for (const dagId of forgotten) known.delete(dagId);
  return { changed, forgotten };
}

const catalogueOf = ({ dagId, file, owners, tags, schedule, nextRunAt }: DagRow) => ({
  dagId,
  file,
  owners,
  tags,
  schedule,
  nextRunAt,
});

const isChanged = (before: KnownDag, row: DagRow): boolean =>
  before.file !== row.file ||
  before.owners !== row.owners ||
  before.schedule !== row.schedule ||
  before.nextRunAt?.getTime() !== row.nextRunAt?.getTime() ||
  before.tags.length !== row.tags.length ||
  before.tags.some((tag, index) => tag !== row.tags[index]);

/** The columns of `known_dag` as a `KnownDag`. */
export const knownDagColumns =
  'dag_id AS "dagId", file, owners, tags, schedule, next_run_at AS "nextRunAt", seen_at AS "seenAt", paused_at AS "pausedAt", hidden_at AS "hiddenAt",' +
  ' resumed_at AS "resumedAt", gone_at AS "goneAt"';

/** What is remembered of the DAGs of a deployment. */
export async function loadKnownDags(store: Tx, airflow: string): Promise<Map<string, KnownDag>> {
  const rows = await store.query<KnownDag>(`SELECT ${knownDagColumns} FROM known_dag WHERE airflow = $1`, [airflow]);
  return new Map(rows.map((row) => [row.dagId, row]));
}

/** Writes what changed of the DAGs. Part of the cycle's one transaction. */
export async function saveKnownDags(
  tx: Tx,
  airflow: string,
  { changed, forgotten }: { changed: readonly KnownDag[]; forgotten: readonly string[] },
): Promise<void> {
  if (forgotten.length > 0)
    await tx.query('DELETE FROM known_dag WHERE airflow = $1 AND dag_id = ANY($2::text[])', [airflow, forgotten]);
  if (changed.length === 0) return;
  await tx.query(
    `INSERT INTO known_dag (airflow, dag_id, file, owners, tags, schedule, next_run_at, seen_at, paused_at, hidden_at, resumed_at, gone_at)
     SELECT $1, d, f, o, ARRAY(SELECT json_array_elements_text(t::json)), s, n, seen, paused, hidden, resumed, gone
     FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::timestamptz[], $9::timestamptz[], $10::timestamptz[],
       $11::timestamptz[], $12::timestamptz[]) k(d, f, o, t, s, n, seen, paused, hidden, resumed, gone)
     ON CONFLICT (airflow, dag_id) DO UPDATE SET file = excluded.file, owners = excluded.owners, tags = excluded.tags, schedule = excluded.schedule,
       next_run_at = excluded.next_run_at, seen_at = excluded.seen_at, paused_at = excluded.paused_at, hidden_at = excluded.hidden_at,
       resumed_at = excluded.resumed_at, gone_at = excluded.gone_at`,
    [
      airflow,
      changed.map(({ dagId }) => dagId),
      changed.map(({ file }) => file),
      changed.map(({ owners }) => owners),
      changed.map(({ tags }) => JSON.stringify(tags)),
      changed.map(({ schedule }) => schedule),
      changed.map(({ nextRunAt }) => nextRunAt),
      changed.map(({ seenAt }) => seenAt),
      changed.map(({ pausedAt }) => pausedAt),
      changed.map(({ hiddenAt }) => hiddenAt),
      changed.map(({ resumedAt }) => resumedAt),
      changed.map(({ goneAt }) => goneAt),
    ],
  );
}
