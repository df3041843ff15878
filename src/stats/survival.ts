import { predictionError, type Prediction } from './prediction.ts';
import { studentSf, studentUpperQuantile } from './student.ts';

// Here a prediction is one of ln seconds: of a log-normal duration, or log-t while its scale is estimated.

/** P(T > seconds) of a run that has just begun: 1 at 0 s. RangeError unless seconds >= 0. */
export function survival(prediction: Prediction, seconds: number): number {
  if (!(seconds >= 0)) throw new RangeError(`a duration must be >= 0 s, got ${seconds}`);
  return studentSf((Math.log(seconds) - prediction.location) / predictionError(prediction), prediction.df);
}

/**
 * P(T > seconds | T > elapsed) = S(seconds)/S(elapsed) of a run that is still going on; 1 for seconds <= elapsed. 0 when it
 * has lasted so long that S(elapsed) underflows. RangeError unless both are >= 0.
 */
export function conditionalSurvival(prediction: Prediction, seconds: number, elapsedSeconds: number): number {
  const alive = survival(prediction, elapsedSeconds);
  const later = survival(prediction, seconds);
  if (seconds <= elapsedSeconds) return 1;
  return alive === 0 ? 0 : later / alive;
}

/**
 * The whole duration in seconds that a run which has lasted `elapsedSeconds` exceeds with probability ½: S(t) = S(elapsed)/2.
 * At 0 s the median exp(location). `elapsedSeconds` itself when S(elapsed) underflows, Infinity beyond the greatest double.
 * RangeError unless elapsedSeconds >= 0.
 */
export function conditionalMedian(prediction: Prediction, elapsedSeconds: number): number {
  const alive = survival(prediction, elapsedSeconds);
  if (alive / 2 === 0) return elapsedSeconds;
  const logSeconds = prediction.location + studentUpperQuantile(alive / 2, prediction.df) * predictionError(prediction);
  return Math.max(elapsedSeconds, Math.exp(logSeconds));
}
