import { studentUpperQuantile } from '../../stats/student.ts';
import { families } from '../catalogue.ts';
import { familyOf, labelsOf } from '../define.ts';
import { expectationOf } from '../expect.ts';
import type { Family, LabelSet, Sample } from '../family.ts';
import { alphaAt } from '../frequency.ts';
import { alphaUnlearned, type Learned } from '../learned.ts';
import { bandTriesMin, seriesKey, type Expectation, type TaskSeries } from '../series.ts';
import type { TaskTally, Tallies } from '../tally.ts';
import { isExposed, type Exposed } from './exposed.ts';

const bounds = ['lower', 'middle', 'upper'] as const;

/** Label sets of the bounds, made once for a task: the others sit in the tally. */
const boundLabels = new WeakMap<TaskTally, LabelSet[]>();

function labelsFor(tally: TaskTally): LabelSet[] {
  const found = boundLabels.get(tally);
  if (found !== undefined) return found;
  const made = bounds.map((bound) =>
    labelsOf(families.taskExpectedDuration, { dag_id: tally.dagId, task_id: tally.taskId, bound }),
  );
  boundLabels.set(tally, made);
  return made;
}

/** What is learned, as far as bands need it. */
export interface Bands {
  series: ReadonlyMap<string, TaskSeries>;
  learned: Learned;
}

/** The series that stands for a task: its own, or that of the first of its mapped instances. */
const seriesOf = ({ series }: Bands, { dagId, taskId }: TaskTally): TaskSeries | undefined =>
  series.get(seriesKey(dagId, taskId, '')) ?? series.get(seriesKey(dagId, taskId, '0'));

/** The band in which the next run of each task is expected, at the probability at which it would be a finding, and scores. */
export function expectedFamilies(tallies: Tallies, bands: Bands, exposed: Exposed, now: Date): Family[] {
  const alpha = bands.learned.alphas['z_score'] ?? alphaUnlearned;
  // Degrees of freedom and shares take few different values, and a quantile of t is dear.
  const quantiles = new Map<string, number>();
  const quantile = ({ df, share }: Expectation): number => {
    const key = `${df} ${share}`;
    const found = quantiles.get(key) ?? studentUpperQuantile(alphaAt(alpha, share), df);
    quantiles.set(key, found);
    return found;
  };
  const band: Sample[] = [];
  const scores: Sample[] = [];
  for (const tally of tallies.tasks.values()) {
    if (!isExposed(tally, exposed)) continue;
    const series = seriesOf(bands, tally);
    if (series === undefined) continue;
    if (series.score !== null) scores.push({ labels: tally.labels, value: series.score });
    const expected = expectationOf(series, bands.learned.prior, now.getTime() / 1000);
    if (expected === null || expected.n < bandTriesMin) continue;
    const reach = quantile(expected) * expected.scale * Math.sqrt(1 + 1 / expected.n);
    for (const [index, labels] of labelsFor(tally).entries())
      band.push({ labels, value: Math.exp(expected.location + (index - 1) * reach) });
  }
  return [familyOf(families.taskExpectedDuration, band), familyOf(families.taskAnomalyScore, scores)];
}
