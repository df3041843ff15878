import { scoreOf } from '../../measure/score.ts';
import { createScaleJudge, type RowAlphas } from './judge-scale.ts';
import { createScaleRace } from './scale-race.ts';

export type RowDetector = 'z_score' | 'pattern' | 'trend';

export interface RowVerdict {
  /** 0 to 1, to four digits. */
  score: number;
  /** Which detector is surest; null below a score of 0.5, where none finds anything. */
  by: RowDetector | null;
}

/** Of the default budget: five false findings a week in a series by the minute, one in about two thousand rows. */
export const defaultAlpha = 5 / (7 * 24 * 60);

/** What each detector may spend of the false alerts. */
const shares: RowAlphas = { zScore: 0.5, pattern: 0.25, trend: 0.25 };

/** What is beyond counts as this, and what is nearer to 0 than its inverse as 0: squares of values must be numbers. */
const valueMax = 1e100;

/** Newest rows that a judge of the other scale starts from. */
const replayedMax = 8192;

/** Judges the rows of a series in turn, each by the earlier ones only; `alpha` is the probability of a false finding in a row. */
export function createRowJudge(alpha: number): (atMs: number, value: number) => RowVerdict {
  const alphas: RowAlphas = { zScore: shares.zScore * alpha, pattern: shares.pattern * alpha, trend: shares.trend * alpha };
  const race = createScaleRace();
  const floors = createFloors();
  const at = new Float64Array(2 * replayedMax);
  const values = new Float64Array(2 * replayedMax);
  let length = 0;
  let judge = createScaleJudge(alphas);
  let onLog = true;
  let level = Number.NaN;
  let least = Infinity;

  function judgeOn(atMs: number, value: number) {
    const floor = floors.at(level);
    const odds = onLog
      ? judge.judge(atMs, Math.log(value), level > 0 ? floor / level : Number.MIN_VALUE)
      : judge.judge(atMs, value, floor);
    level = onLog ? Math.exp(judge.level()) : judge.level();
    return odds;
  }

  function restart(log: boolean): void {
    onLog = log;
    judge = createScaleJudge(alphas);
    level = Number.NaN;
    for (let i = 0; i < length; i += 1) judgeOn(at[i] as number, values[i] as number);
  }

  return (atMs, given) => {
    const value = Math.abs(given) < 1 / valueMax ? 0 : Math.max(-valueMax, Math.min(valueMax, given));
    if (race.onLog() !== onLog) restart(race.onLog());
    if (value > 0 && value < least) least = value;
    // The first value that has no logarithm is at most half of the least so far.
    const { zScore, pattern, trend, expected } = judgeOn(atMs, onLog && value <= 0 ? least / 2 : value);
    race.add(value, onLog ? Math.exp(expected) : expected);
    floors.add(value);
    if (length === 2 * replayedMax) {
      at.copyWithin(0, replayedMax, length);
      values.copyWithin(0, replayedMax, length);
      length = replayedMax;
    }
    at[length] = atMs;
    values[length] = value;
    length += 1;
    return verdictOf([
      scoreOf(zScore, alphas.zScore),
      pattern < 1 ? scoreOf(pattern, alphas.pattern) : 0,
      trend < 1 ? scoreOf(trend, alphas.trend) : 0,
    ]);
  };
}

const detectors = ['z_score', 'pattern', 'trend'] as const;

function verdictOf(scores: readonly [number, number, number]): RowVerdict {
  const highest = Math.max(...scores);
  // Down, so that no score is shown as 0.5 that is not.
  const score = Math.floor(highest * 1e4) / 1e4;
  return { score, by: score >= 0.5 ? (detectors[scores.indexOf(highest)] ?? null) : null };
}

/** Share of the rows that must differ from the one before for the differences to show a resolution. */
const changingMin = 0.05;
const constantFloor = 0.05;
/** Of what is smoother than it could be measured. */
const stepPart = 0.05;
const memory = 300;

/** The least scale to believe in, in the unit of the values, by the earlier rows. */
function createFloors() {
  let rows = 0;
  let last = 0;
  let resolution = Infinity;
  let changing = 0;
  let steps = 0;
  return {
    /** Half of the resolution of the data, or a part of the usual step; 5 % of the level where they hardly ever change. */
    at(level: number): number {
      if (changing >= changingMin) return Math.max(Number.MIN_VALUE, resolution / 2, stepPart * steps);
      return Number.isNaN(level) ? Number.MIN_VALUE : Math.max(Number.MIN_VALUE, constantFloor * Math.abs(level));
    },
    add(value: number): void {
      rows += 1;
      const step = rows > 1 ? Math.abs(value - last) : 0;
      steps += (step - steps) / Math.min(memory, rows);
      if (step > 0) resolution = Math.min(resolution, step);
      changing += ((step > 0 ? 1 : 0) - changing) / Math.min(memory, rows);
      last = value;
    },
  };
}
