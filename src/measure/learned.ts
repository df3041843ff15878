import { estimateSharePrior, unknownShare, type BetaPrior } from '../stats/beta-prior.ts';
import type { RunHistory } from './run-history.ts';
import { estimateScalePrior, type Scale } from '../stats/prediction.ts';
import { isFirstBucket, keptMax, type TaskSeries } from './series.ts';

/** What all series say together, and what follows from it; made rarely, so kept with the rest. */
export interface Learned {
  at: Date;
  /** Series behind it. */
  series: number;
  /** What the scales of all tasks say about any one; null while there are too few. */
  prior: Scale | null;
  /** What the shares of failures of all DAGs say about any one. */
  failures: BetaPrior;
  /** By detector: the probability at which it finds something, and the same at the default budget, which scores go by. */
  alphas: Readonly<Record<string, number>>;
  scoreAlphas: Readonly<Record<string, number>>;
  /** The settings that the alphas follow from: other ones are a reason to learn anew. */
  settings: string;
}

/** Before anything is learned: what facts §2 (detecting) calls a warning. */
export const alphaUnlearned = 0.001;

export const nothingLearned: Learned = {
  at: new Date(0),
  series: 0,
  prior: null,
  failures: unknownShare,
  alphas: {},
  scoreAlphas: {},
  settings: '',
};

const renewAfterMs = 3_600_000;
const renewAtChange = 0.1;

/** Whether to learn anew: hourly, when the number of series changed by a tenth, or by other settings. */
export const isStale = ({ at, series, settings }: Learned, seriesNow: number, settingsNow: string, now: Date): boolean =>
  settings !== settingsNow ||
  now.getTime() - at.getTime() >= renewAfterMs ||
  Math.abs(seriesNow - series) > renewAtChange * Math.max(series, 1);

/** Series of fewer tries say too little of how scales differ. */
const priorTriesMin = 5;

/** The pooled scale of all tasks; null below 20 of them. One bucket stands for a mapped task. */
function pooledScale(series: Iterable<TaskSeries>): Scale | null {
  const scales: Scale[] = [];
  for (const each of series)
    if (each.summary !== null && each.summary.n >= priorTriesMin && isFirstBucket(each)) scales.push(each.summary);
  return estimateScalePrior(scales) ?? null;
}

/** Runs below which a DAG says nothing of how shares of failures differ. */
const priorRunsMin = 20;

/** The pooled share of failures of all DAGs; what persons decided and backfills left out. */
function failuresOf(runs: RunHistory): BetaPrior {
  const units: { failed: number; runs: number }[] = [];
  for (const history of runs.values()) {
    const counted = history.filter(({ byPerson, runType }) => !byPerson && runType !== 'backfill');
    if (counted.length < priorRunsMin) continue;
    units.push({ failed: counted.filter(({ state }) => state === 'failed').length, runs: counted.length });
  }
  return estimateSharePrior(units);
}

/** What all series say together, now. */
export function learnAnew(
  { series, runs }: { series: ReadonlyMap<string, TaskSeries>; runs: RunHistory },
  alphasOf: (prior: Scale | null) => Pick<Learned, 'alphas' | 'scoreAlphas'>,
  settings: string,
  now: Date,
): Learned {
  const prior = pooledScale(series.values());
  return { at: now, series: series.size, prior, failures: failuresOf(runs), ...alphasOf(prior), settings };
}

const daySeconds = 86_400;

/**
 * Runs of its task a day, from the ends that a series keeps until now: it sinks while nothing runs. A series that is not full
 * spreads its tries over a day at least, so that a burst of a backfill is no rate.
 */
export function triesPerDay({ length, endedSeconds }: Pick<TaskSeries, 'length' | 'endedSeconds'>, nowSeconds: number): number {
  if (length === 0) return 0;
  const span = nowSeconds - (endedSeconds[0] as number);
  return (length * daySeconds) / Math.max(length < keptMax ? daySeconds : 3600, span);
}
