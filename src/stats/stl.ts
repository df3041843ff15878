import { loess, loessAt } from './loess.ts';
import { median } from './robust.ts';

/** A series taken apart, each part as long as it and in its unit: y = trend + seasonal + the rest. */
export interface Decomposition {
  readonly trend: Float64Array;
  readonly seasonal: Float64Array;
}

const seasonalSpan = 7;

/**
 * STL: trend and seasonal part of a regularly spaced series by repeated local regression (degree 1, seasonal span 7, trend and
 * low-pass spans by the paper's rule; 5 rounds, or when robust 16 times 2 rounds with outliers weighted down in between).
 * RangeError unless the period is whole >= 2, there are at least two periods, and all values are finite.
 * Source: Cleveland, Cleveland, McRae & Terpenning (1990), Journal of Official Statistics 6. Agrees with statsmodels' defaults.
 */
export function stl(values: ArrayLike<number>, period: number, { robust }: { readonly robust: boolean }): Decomposition {
  if (!(Number.isSafeInteger(period) && period >= 2)) throw new RangeError(`a period must be a whole number >= 2, got ${period}`);
  const y = Float64Array.from(values);
  if (y.length < 2 * period) throw new RangeError(`stl needs at least two periods, got ${y.length} values`);
  if (!y.every(Number.isFinite)) throw new RangeError('stl needs finite values');
  let trend: Float64Array = new Float64Array(y.length);
  let seasonal: Float64Array = new Float64Array(y.length);
  let weights: Float64Array | undefined;
  const rounding = 1e-9 * y.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  for (let pass = 0; pass < (robust ? 16 : 1); pass += 1) {
    for (let round = 0; round < (robust ? 2 : 5); round += 1) {
      seasonal = seasonalPart(subtract(y, trend), period, weights);
      trend = loess({ y: subtract(y, seasonal), span: trendSpan(period), weights });
    }
    weights = bisquareWeights(subtract(subtract(y, trend), seasonal), rounding);
  }
  return { trend, seasonal };
}

const nextOdd = (number: number): number => Math.ceil(number) + ((Math.ceil(number) + 1) % 2);
const trendSpan = (period: number): number => nextOdd((1.5 * period) / (1 - 1.5 / seasonalSpan));

const subtract = (left: Float64Array, right: Float64Array): Float64Array =>
  left.map((value, index) => value - (right[index] as number));

/** Smooths each phase of the period by itself, one step beyond both ends, and takes out what is left of trend in that. */
function seasonalPart(detrended: Float64Array, period: number, weights: Float64Array | undefined): Float64Array {
  const cycles = new Float64Array(detrended.length + 2 * period);
  for (let phase = 0; phase < period; phase += 1) {
    const ofPhase = (_value: number, index: number): boolean => index % period === phase;
    const input = { y: detrended.filter(ofPhase), span: seasonalSpan, weights: weights?.filter(ofPhase) };
    const smooth = loess(input);
    const last = smooth.length - 1;
    const toFirst = Math.min(seasonalSpan - 1, last);
    const toLast = Math.max(0, last + 1 - seasonalSpan);
    for (const [step, value] of smooth.entries()) cycles[(step + 1) * period + phase] = value;
    cycles[phase] = loessAt(input, -1, 0, toFirst) ?? (smooth[0] as number);
    cycles[(last + 2) * period + phase] = loessAt(input, last + 1, toLast, last) ?? (smooth[last] as number);
  }
  const averaged = movingAverage(movingAverage(movingAverage(cycles, period), period), 3);
  const lowPass = loess({ y: averaged, span: nextOdd(period + 1), weights: undefined });
  return subtract(cycles.subarray(period, period + detrended.length), lowPass);
}

function movingAverage(values: Float64Array, span: number): Float64Array {
  const averages = new Float64Array(values.length - span + 1);
  let sum = 0;
  for (const [index, value] of values.entries()) {
    sum += value - (index >= span ? (values[index - span] as number) : 0);
    if (index >= span - 1) averages[index - span + 1] = sum / span;
  }
  return averages;
}

/**
 * Tukey's bisquare of each residual in units of six median residuals: 1 near 0, 0 for outliers. A series that is all trend and
 * season leaves rounding errors only, and the larger of those are no outliers.
 */
function bisquareWeights(residuals: Float64Array, rounding: number): Float64Array {
  const reach = Math.max(6 * median(residuals.map(Math.abs)), rounding);
  return residuals.map((residual) => {
    const distance = Math.abs(residual);
    if (distance <= 0.001 * reach) return 1;
    return distance <= 0.999 * reach ? (1 - (distance / reach) ** 2) ** 2 : 0;
  });
}
