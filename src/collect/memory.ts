import type { RunRow } from '../airflow/read-runs.ts';
import type { PersonAction } from './marks.ts';

/** What collecting keeps in mind between cycles, beside the known states. Nothing here must survive a restart. */
export interface CollectMemory {
  /** Actions of people by audit id: read again after a restart, so that losing them loses nothing. */
  actions: Map<number, HeardAction>;
  sweep: SweepMemory;
}

/** An action, and when the first two cycles were that heard of it. */
export interface HeardAction {
  action: PersonAction;
  firstSeenMs: number;
  seenAgainMs: number | null;
}

export interface SweepMemory {
  /** DAGs of the last catalogue, in order. */
  dagIds: readonly string[];
  /** Where the sweep over DAGs stands. */
  dagsTo: number;
  /** The last runs of each DAG as the sweep saw them, by `dag_run.id`, and when. */
  lastRuns: Map<string, Map<number, { row: RunRow; atMs: number }>>;
  /** Where the sweep over known finished runs stands, by id: it goes down. */
  belowRunId: number;
  /** When the round at hand began, and the one before; null: everything is read. */
  roundAtMs: number | null;
  roundBeforeAtMs: number | null;
  sweptAtMs: number;
}

export const newMemory = (): CollectMemory => ({
  actions: new Map(),
  sweep: {
    dagIds: [],
    dagsTo: 0,
    lastRuns: new Map(),
    belowRunId: Infinity,
    roundAtMs: null,
    roundBeforeAtMs: null,
    sweptAtMs: 0,
  },
});
