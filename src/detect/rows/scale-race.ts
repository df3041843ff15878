/** Rows over which what was seen fades to a third. */
const memory = 500;
/** Rows until the first decision; later ones whenever there are twice as many. */
const firstDecision = 40;
/** One scale must be better by this much ln density a row. */
const margin = 0.02;
/** The square of a wild error counts as so many usual ones; while nothing is usual yet, that of a ratio at most as this. */
const wildMax = 16;
const ratioMax = 100;

export interface ScaleRace {
  /** Whether the next value is to be judged on the log scale. */
  onLog(): boolean;
  /** Takes a row in, and what was expected of it in the unit of the values; NaN: nothing was. */
  add(value: number, expected: number): void;
}

/**
 * Decides between log and linear scale by the earlier rows: log only while all of them are above 0, and only while forecasts
 * give the values a higher density there (normal errors, wild ones cut off).
 */
export function createScaleRace(): ScaleRace {
  let onLog = true;
  let allPositive = true;
  let rows = 0;
  let linear = 0;
  let log = 0;
  let favour = 0;
  let nextDecision = firstDecision;
  return {
    onLog: () => onLog,
    add(value, expected) {
      if (!(value > 0)) allPositive = false;
      if (!allPositive) onLog = false;
      if (!allPositive || Number.isNaN(expected)) return;
      rows += 1;
      const weight = 1 / Math.min(memory, rows);
      const off = (value - expected) ** 2;
      const ratio = expected > 0 ? Math.log(value / expected) ** 2 : Infinity;
      if (rows > 5 && linear > 0 && log > 0) {
        const onLinear = -0.5 * Math.log(linear) - 0.5 * Math.min(wildMax, off / linear);
        const onRatio = -0.5 * Math.log(log) - Math.log(value) - 0.5 * Math.min(wildMax, ratio / log);
        favour += weight * (onRatio - onLinear - favour);
      }
      linear += weight * (Math.min(off, rows > 20 ? wildMax * linear : Infinity) - linear);
      log += weight * (Math.min(ratio, rows > 20 ? wildMax * log : ratioMax) - log);
      if (rows < nextDecision) return;
      nextDecision *= 2;
      if (Math.abs(favour) > margin) onLog = favour > 0;
    },
  };
}
