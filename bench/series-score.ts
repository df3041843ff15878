import type { LabelledSeries } from './labelled-series.ts';

/** How well the rows that were marked agree with the faults of a series. */
export interface SeriesScore {
  /** Rows outside of faults, and those of them that were marked. */
  quietRows: number;
  falseRows: number;
  /** Runs of marked rows outside of faults. */
  falseAlarms: number;
  faults: number;
  found: number;
  /** Rows in faults, and those of them that were marked. */
  faultRows: number;
  foundRows: number;
}

export const noScore = (): SeriesScore => ({
  quietRows: 0,
  falseRows: 0,
  falseAlarms: 0,
  faults: 0,
  found: 0,
  faultRows: 0,
  foundRows: 0,
});

export const addScores = (a: SeriesScore, b: SeriesScore): SeriesScore => ({
  quietRows: a.quietRows + b.quietRows,
  falseRows: a.falseRows + b.falseRows,
  falseAlarms: a.falseAlarms + b.falseAlarms,
  faults: a.faults + b.faults,
  found: a.found + b.found,
  faultRows: a.faultRows + b.faultRows,
  foundRows: a.foundRows + b.foundRows,
});

/** Rows after a fault that count for neither side: it is over, and the return to the usual is a change too. */
const afterMax = 3;

/** Holds labels (true: marked) against the faults. */
export function scoreLabels({ values, faults }: LabelledSeries, labels: readonly boolean[]): SeriesScore {
  const score = { ...noScore(), faults: faults.length };
  const found = new Set<number>();
  let marked = false;
  for (const index of values.keys()) {
    const inside = faults.findIndex(({ from, to }) => index >= from && index <= to);
    const after = faults.some(({ to }) => index > to && index <= to + afterMax);
    const label = labels[index] === true;
    if (inside >= 0) {
      score.faultRows += 1;
      if (label) {
        found.add(inside);
        score.foundRows += 1;
      }
    } else if (!after) {
      score.quietRows += 1;
      if (label) {
        score.falseRows += 1;
        if (!marked) score.falseAlarms += 1;
      }
    }
    marked = label;
  }
  return { ...score, found: found.size };
}
