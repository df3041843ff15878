import type { HistogramSample, LabelSet } from '../family.ts';
import type { Histogram } from '../tally.ts';

/** What is shown: a task or DAG not seen for long, or gone from Airflow, leaves the exposition; its tally is kept. */
export interface Exposed {
  /** DAGs that Airflow has; null when the catalogue could not be read: then none is held to be gone. */
  dagIds: ReadonlySet<string> | null;
  notBefore: Date;
}

export const secondsOf = (date: Date): number => date.getTime() / 1000;

export function isExposed({ dagId, lastSeenAt }: { dagId: string; lastSeenAt: Date }, { dagIds, notBefore }: Exposed): boolean {
  return (dagIds === null || dagIds.has(dagId)) && lastSeenAt >= notBefore;
}

/** One series of a histogram family. */
export const sampleOf = (labels: LabelSet, { buckets, sum, exemplars }: Histogram): HistogramSample => ({
  labels,
  buckets,
  sum,
  exemplars,
});
