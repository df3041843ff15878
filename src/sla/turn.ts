import { readSamples } from '../measure/read-samples.ts';
import type { Tx } from '../store/store.ts';
import { assessSlas, type SlaInputs } from './assess.ts';
import type { SlaBook } from './book.ts';
import { readPosted, valuesPerNeedMax, type CustomLatest } from './custom-read.ts';
import { noSlaChanges, type SlaChanges } from './memory.ts';
import { planSlas, type SlaCatalogue } from './plan.ts';
import type { SlaStatus } from './status.ts';

export interface SlaTurnInputs extends SlaInputs, SlaCatalogue {
  posted: readonly CustomLatest[];
}

export interface SlaTurn {
  /** Undefined while the SLAs cannot be judged. */
  statuses: readonly SlaStatus[] | undefined;
  /** Posted metrics as they are now. */
  custom: readonly CustomLatest[];
  /** What a person should know of the settings. */
  warnings: readonly string[];
  /** For `saveSla`, in the cycle's one transaction. */
  changes: SlaChanges;
}

/**
 * One cycle of SLAs: chooses their targets, reads what these need, judges. `book` is changed in place; what has to be written of
 * that is in `changes`. Tens of thousands of targets take a while, and the server ends a transaction that is idle for some
 * seconds: so this comes before the cycle's.
 */
export async function turnSlas(store: Tx, airflow: string, book: SlaBook, inputs: SlaTurnInputs): Promise<SlaTurn> {
  const changes = noSlaChanges();
  const custom = inputs.posted;
  const plan = planSlas(book, inputs, { now: inputs.now, seed: !inputs.warmingUp }, changes);
  if (plan === null) return { statuses: undefined, custom, warnings: [], changes };
  const { needs } = plan;
  const samples = needs.samples.length === 0 ? [] : await readSamples(store, airflow, needs.samples, needs.samplesPerTask);
  const posted = needs.custom.length === 0 ? [] : await readPosted(store, airflow, needs.custom);
  const statuses = assessSlas(plan, { samples, custom: posted.map((slices) => slices ?? []) }, inputs, changes);
  const waiting =
    inputs.warmingUp || plan.unseeded === 0 ? [] : [`${plan.unseeded} targets of new SLAs have yet to take in their history`];
  const left = plan.plans.flatMap(({ objective, leftOut, targets }) =>
    leftOut === 0
      ? []
      : [`the SLA ${objective.name} matches ${leftOut + targets.length} targets; only the first ${targets.length} are judged`],
  );
  const many = needs.custom.flatMap(({ objective }, index) =>
    posted[index] === null
      ? [
          `the SLA ${objective.name} looks at more than ${valuesPerNeedMax} posted values at once, and is not judged; post sums, or shorten metric.over`,
        ]
      : [],
  );
  return { statuses, custom, warnings: [...left, ...waiting, ...many], changes };
}
