import type { Incident } from '../../incident/incident.ts';
import type { TaskLearned, TaskTry } from '../../measure/read-task.ts';
import type { ChartPoint, ChartView } from './duration-chart.ts';

const pointsMax = 60;

/** The tries round the newest occurrence of an incident, in the series that it belongs to, and where they were expected; null: too few. Pure. */
export function seriesOf(learned: readonly TaskLearned[], { latest, kind }: Incident): Pick<ChartView, 'points' | 'band'> | null {
  const { occasion, observed, expected } = latest;
  const isHere = ({ runPk, tryNumber, mapIndex }: TaskTry): boolean =>
    occasion !== null &&
    runPk === occasion.runPk &&
    (occasion.tryNumber === null || tryNumber === occasion.tryNumber) &&
    (occasion.mapIndex === null || mapIndex === occasion.mapIndex);
  const of = learned.find(({ tries }) => tries.some(isHere)) ?? learned[0];
  if (of === undefined) return null;
  const ended = of.tries.filter(({ seconds }) => seconds !== null);
  const here = ended.findLastIndex(isHere);
  // What came long after it would push it out of sight.
  const until = here < 0 ? ended.length : Math.min(ended.length, here + pointsMax / 2);
  const points = ended.slice(Math.max(0, until - pointsMax), until).map((each): ChartPoint => ({
    at: each.endedAt,
    seconds: each.seconds ?? 0,
    outcome: each.outcome,
    marked: isHere(each),
  }));
  if (points.length < 2) return null;
  const learnedBand = of.baseline;
  const band =
    expected !== null && observed?.unit === 'seconds' && kind !== 'task_stuck_queued'
      ? expected
      : learnedBand === null
        ? null
        : { lower: learnedBand.lower_seconds, middle: learnedBand.median_seconds, upper: learnedBand.upper_seconds };
  return { points, band };
}
