import type { KnownDag } from '../collect/known-dags.ts';
import type { Snapshot } from '../collect/snapshot.ts';
import type { Transition } from '../collect/transition.ts';
import type { MappedTrial } from '../measure/expect-mapped.ts';
import type { Learned } from '../measure/learned.ts';
import type { RunHistory } from '../measure/run-history.ts';
import type { LevelShift, TaskSeries, Trial } from '../measure/series.ts';
import type { SlaStatus } from '../sla/status.ts';

/** Everything that one cycle knows. A detector names the few parts that it reads. */
export interface Facts {
  /** What changed since the cycle before; each change comes in exactly one cycle, whoever restarts in between. */
  transitions: readonly Transition[];
  snapshot: Snapshot;
  /** When the cycle before looked, by Airflow's database clock; null in the first cycle of a deployment. */
  previousAt: Date | null;
  /** What is remembered of each DAG that is or was in the catalogue, by its id. */
  dags: ReadonlyMap<string, KnownDag>;
  /** Finished tries of this cycle, held against what was expected. */
  trials: readonly Trial[];
  /** Counts of mapped tasks of runs whose end this cycle took in, held against their runs before. */
  mappedTrials: readonly MappedTrial[];
  /** Level shifts that this cycle confirmed. */
  shifts: readonly LevelShift[];
  /** By `seriesKey`. */
  series: ReadonlyMap<string, TaskSeries>;
  /** What all series say together, and how sure each detector must be. */
  learned: Learned;
  runs: RunHistory;
  /** Undefined when SLAs could not be judged. */
  sla: readonly SlaStatus[] | undefined;
  /** True while history is still being read: what is learned is not yet all that there is. */
  warmingUp: boolean;
}
