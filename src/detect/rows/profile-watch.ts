import { robustSummary } from '../../stats/robust.ts';
import { twoSided } from './odds.ts';
import type { Season } from './season.ts';
import { createTailCalibration } from './tail.ts';

/** Rows on one side of the profile, evenly far off, after which they are a new level: at least so many, and this part of the cycle or the day. */
const newLevelRowsMin = 15;
const newLevelPart = 1 / 6;
/** A broken profile stays broken for a while: its later rows say little more about how often it breaks. */
const runPart = 0.2;
const dayMs = 86_400_000;

export interface ProfileWatch {
  /** How unusual this value is at its place in the cycle; before it is taken in. `newLevel`: by how much all values have moved. */
  judge(season: Season, at: number, value: number, floor: number): { p: number; newLevel: number };
  restart(): void;
}

/** The pattern detector, on rows: a value breaks the profile of its cycle, to either side. */
export function createProfileWatch(alpha: number): ProfileWatch {
  const tail = createTailCalibration();
  const prediction = { n: 60, location: 0, scale: 1, df: 59 };
  let outside: number[] = [];
  return {
    judge(season, at, value, floor) {
      prediction.scale = Math.max(floor, season.scale());
      const off = value - season.offsetAt(at) - season.level() - season.bias();
      const raw = twoSided(prediction, off);
      const p = tail.calibrated(raw);
      tail.add(raw, outside.length > 0 ? runPart : 1);
      if (p > alpha) {
        if (outside.length > 0) outside = [];
        return { p, newLevel: 0 };
      }
      if (outside.length > 0 && Math.sign(outside[0] as number) !== Math.sign(off)) outside = [];
      outside.push(off);
      const enough = Math.max(newLevelRowsMin, Math.ceil(season.bins * Math.min(1, dayMs / season.periodMs) * newLevelPart));
      if (outside.length < enough) return { p, newLevel: 0 };
      outside = outside.slice(-enough);
      const { median, mad } = robustSummary(outside);
      if (1.4826 * mad > 2 * prediction.scale) return { p, newLevel: 0 };
      outside = [];
      return { p, newLevel: median };
    },
    restart() {
      outside = [];
    },
  };
}
