import { readSamples } from '../measure/read-samples.ts';
import type { Tx } from '../store/store.ts';
import { assessSlas, type SlaInputs } from './assess.ts';
import type { SlaBook } from './book.ts';
import { readPosted, valuesPerNeedMax, type CustomLatest } from './custom-read.ts';
import { noSlaChanges, type SlaChanges } from './memory.ts';
import { planSlas, type SlaCatalogue, type SlaPlan } from './plan.ts';
import { saveSla } from './save.ts';
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
}

/** What a cycle of SLAs begins with: their targets, and which of them are new. Null: they cannot be judged. */
export interface SlasPlanned {
  plan: SlaPlan | null;
  changes: SlaChanges;
}

/**
 * Chooses the targets of a cycle; `book` is changed in place. Tens of thousands of new ones take a while, and the server ends a
 * transaction that is idle for some seconds: so this comes before it.
 */
export function planTurn(book: SlaBook, inputs: SlaTurnInputs): SlasPlanned {
  const changes = noSlaChanges();
  return { plan: planSlas(book, inputs, { now: inputs.now, seed: !inputs.warmingUp }, changes), changes };
}

/** One cycle of SLAs in its one transaction: read what the targets need, judge, save. The book's memory is changed in place. */
export async function turnSlas(tx: Tx, airflow: string, { plan, changes }: SlasPlanned, inputs: SlaTurnInputs): Promise<SlaTurn> {
  const custom = inputs.posted;
  if (plan === null) return { statuses: undefined, custom, warnings: [] };
  const { needs } = plan;
  const samples = needs.samples.length === 0 ? [] : await readSamples(tx, airflow, needs.samples, needs.samplesPerTask);
  const posted = needs.custom.length === 0 ? [] : await readPosted(tx, airflow, needs.custom);
  const statuses = assessSlas(plan, { samples, custom: posted.map((slices) => slices ?? []) }, inputs, changes);
  await saveSla(tx, airflow, changes);
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
  return { statuses, custom, warnings: [...left, ...waiting, ...many] };
}
