/** A one-sided CUSUM between two observations. `length`: observations since it was last 0, the one that left 0 included. */
export interface CusumState {
  readonly sum: number;
  readonly length: number;
}

/** Where every CUSUM starts, and restarts after a confirmed change. */
export const cusumStart: CusumState = { sum: 0, length: 0 };

/**
 * One observation on: S' = max(0, S + increment). A sum of 0 forgets all that came before. RangeError for an increment that is not finite.
 * Source: Page (1954), Biometrika 41.
 */
export function stepCusum(state: CusumState, increment: number): CusumState {
  if (!Number.isFinite(increment)) throw new RangeError(`a CUSUM needs finite increments, got ${increment}`);
  const sum = state.sum + increment;
  return sum > 0 ? { sum, length: state.length + 1 } : cusumStart;
}

export interface CusumAlarm {
  /** Index of the first observation at which the sum exceeded h. */
  readonly alarmIndex: number;
  /** Index of the observation at which it last left 0: the maximum-likelihood estimate of the first changed one. */
  readonly startIndex: number;
}

/** The first alarm of a one-sided CUSUM over these increments, or undefined. */
function firstAlarm(increments: readonly number[], h: number): CusumAlarm | undefined {
  if (!(h > 0)) throw new RangeError(`a CUSUM needs h > 0, got ${h}`);
  let state = cusumStart;
  for (const [index, increment] of increments.entries()) {
    state = stepCusum(state, increment);
    if (state.sum > h) return { alarmIndex: index, startIndex: index - state.length + 1 };
  }
  return undefined;
}

/**
 * First alarms of the two tabular CUSUMs for a change of level: up C⁺ = max(0, C⁺ + z − k) > h, down with −z. `residuals` are
 * standardised by the baseline; k (half the shift to find) and h in standard deviations. Empty: no alarm.
 * RangeError for residuals that are not finite, k < 0, or h <= 0. Source: Montgomery, Statistical Quality Control, ch. 9.
 */
export function tabularCusum(
  residuals: readonly number[],
  { k, h }: { readonly k: number; readonly h: number },
): { readonly up: CusumAlarm | undefined; readonly down: CusumAlarm | undefined } {
  if (!(k >= 0)) throw new RangeError(`a CUSUM needs k >= 0, got ${k}`);
  return {
    up: firstAlarm(
      residuals.map((z) => z - k),
      h,
    ),
    down: firstAlarm(
      residuals.map((z) => -z - k),
      h,
    ),
  };
}

/** Failure probabilities in control and out of control, 0 < p0 < p1 < 1. */
export interface FailureRates {
  readonly p0: number;
  readonly p1: number;
}

/**
 * The surge worth finding over a baseline failure rate: p0 = baseline, at least 0.01; p1 = max(4 p0, p0 + 0.1), but success
 * at most four times rarer, so that p1 < 1 above p0 = 0.2. RangeError unless 0 <= baseline < 1.
 */
export function failureSurge(baseline: number): FailureRates {
  if (!(baseline >= 0 && baseline < 1)) throw new RangeError(`a baseline failure rate must lie in [0, 1), got ${baseline}`);
  const p0 = Math.max(0.01, baseline);
  return { p0, p1: Math.min(Math.max(4 * p0, p0 + 0.1), 1 - (1 - p0) / 4) };
}

/**
 * What one outcome adds to a Bernoulli CUSUM: the log likelihood ratio ln(p1/p0) for a failure, ln((1 − p1)/(1 − p0)) for a
 * success. RangeError unless 0 < p0 < p1 < 1. Source: Reynolds & Stoumbos (1999), Journal of Quality Technology 31.
 */
export function bernoulliIncrement(failed: boolean, { p0, p1 }: FailureRates): number {
  if (!(p0 > 0 && p0 < p1 && p1 < 1)) throw new RangeError(`failure rates must be 0 < p0 < p1 < 1, got ${p0}, ${p1}`);
  return failed ? Math.log(p1 / p0) : Math.log((1 - p1) / (1 - p0));
}

/** First alarm of the Bernoulli CUSUM over outcomes in order (true: failed), or undefined. RangeError as the two above. */
export const bernoulliCusum = (failures: readonly boolean[], rates: FailureRates, h: number): CusumAlarm | undefined =>
  firstAlarm(
    failures.map((failed) => bernoulliIncrement(failed, rates)),
    h,
  );
