import { robustScale, type Prediction } from '../../stats/prediction.ts';
import { robustSummary } from '../../stats/robust.ts';

/** Values that location and scale rest on: rows come close together, and change more than tasks do. */
export const rowsMax = 60;
/** Below so many values nothing is expected: as the z-score detector has it. */
const samplesMin = 7;
/** In a full window location and scale hardly move from row to row. */
const refreshEvery = 8;

/** The newest values of a series, and what they say about the next. */
export interface RollingWindow {
  push(value: number): void;
  /** Null below `samplesMin` values. The scale is not below `floor`. Valid until the next push. */
  predict(floor: number): Prediction | null;
  /** Starts anew with these. */
  restart(values: ArrayLike<number>): void;
}

/** Keeps the newest 60 values. */
export function createRollingWindow(): RollingWindow {
  const values = new Float64Array(rowsMax);
  const prediction = { n: 0, location: 0, scale: 1, df: 1 };
  let bareScale = 0;
  let length = 0;
  let next = 0;
  let stale = refreshEvery;
  const push = (value: number): void => {
    values[next] = value;
    next = next === rowsMax - 1 ? 0 : next + 1;
    if (length < rowsMax) length += 1;
    stale += 1;
  };
  return {
    push,
    predict(floor) {
      if (length < samplesMin) return null;
      if (stale > 0 && (length < rowsMax || stale >= refreshEvery)) {
        const summary = robustSummary(length === rowsMax ? values : values.subarray(0, length));
        const { scale, df } = robustScale(summary, 0);
        bareScale = scale;
        prediction.n = summary.n;
        prediction.location = summary.winsorisedMean;
        prediction.df = df;
        stale = 0;
      }
      prediction.scale = Math.max(floor, bareScale);
      return prediction;
    },
    restart(from) {
      length = 0;
      next = 0;
      for (let i = Math.max(0, from.length - rowsMax); i < from.length; i += 1) push(from[i] as number);
    },
  };
}
