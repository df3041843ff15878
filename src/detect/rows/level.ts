import { findStep } from '../../measure/level-shift.ts';
import { keptMax } from '../../measure/series.ts';
import { median, robustSummary } from '../../stats/robust.ts';
import { correctedMannKendall, theilSen } from '../../stats/trend.ts';
import { driftTries } from '../looks.ts';
import type { History } from './history.ts';
import type { Variant } from './variant.ts';

/** Least change of level, and least drift over a window, in standard deviations of the values about them. */
const changeMin = 2;
const driftMin = 2.25;
/** A drift must be so many times what windows of this series usually drift, by so many looks. */
const unusualMin = 4;
const looksMin = 4;
const significance = 0.001;
/** Rows on a new level until it is the new normal. */
const sinceMin = 12;
/** Above it values wander by themselves, and a new level is nothing new. */
const persistenceMax = 0.6;
/** What lets most rows pass at once: the mean of the newest few, in standard deviations. */
const suspicious = 1;
const quick = 0.25;
const slow = 200;

export interface LevelWatch {
  /** After a row was taken in: how unusual its new level, or drift, is. `shift`: where a new level began. */
  judge(
    variant: Variant,
    row: { value: number; steady: boolean; floor: number },
  ): { p: number; shift: { rows: number; by: number } | null };
  restart(): void;
}

const nothing = { p: 1, shift: null };

/** The level shift and drift of the trend detector, on rows: about the level, less the season that explains most. */
export function createLevelWatch(history: History, alpha: number): LevelWatch {
  let off = 0;
  let rows = 0;
  /** Slow, since after a new level values seem to follow each other until it is known. */
  let persistence = 0;
  /** Of the drift that is known, per row; NaN until the first look. */
  let slope = Number.NaN;
  /** Mean distance of the slopes of windows from it, and of how many. */
  let usual = 0;
  let looks = 0;

  function shiftOf(variant: Variant, scale: number, floor: number) {
    const values = history.newest(variant.season, keptMax);
    const found = findStep(values, { floorAt: () => floor, changeMin: changeMin * scale, sinceMin, significance, k: 1, h: 5 });
    if (found === null) return nothing;
    // Values that follow each other say less than as many independent ones.
    const p = Math.min(1, found.p * found.splits) ** ((1 - persistence) / (1 + persistence));
    return p > alpha ? nothing : { p, shift: { rows: values.length - found.start, by: found.to - found.from } };
  }

  /** Only a change of drift is news: a series may rise all its life. */
  function driftOf(variant: Variant, scale: number, floor: number): number {
    const y = history.newest(variant.season, driftTries);
    const third = driftTries / 3;
    const rough = (median(y.subarray(2 * third)) - median(y.subarray(0, third))) / (2 * third);
    if (Number.isNaN(slope)) {
      slope = rough;
      return 1;
    }
    const news = rough - slope;
    const isUsual = looks < looksMin || Math.abs(news) < unusualMin * usual || Math.abs(news) * driftTries < driftMin * scale;
    looks += 1;
    usual += Math.max(0.1, 1 / looks) * (Math.abs(news) - usual);
    if (isUsual) {
      slope += 0.2 * news;
      return 1;
    }
    const flat = y.map((each, index) => each - slope * index);
    const line = theilSen(
      Float64Array.from(flat, (_, index) => index),
      flat,
    );
    const noise = Math.max(floor, robustSummary(flat.map((each, index) => each - line.slope * index)).winsorisedSd);
    const { p } = correctedMannKendall(flat);
    const isDrift = p <= alpha && Math.abs(line.slope) * driftTries >= driftMin * noise;
    slope += (isDrift ? 1 : 0.2) * line.slope;
    return isDrift ? p : 1;
  }

  return {
    judge(variant, { value, steady, floor }) {
      const level = variant.level.predict(floor);
      rows += 1;
      if (level === null) return nothing;
      const z = (value - variant.offset - level.location) / level.scale;
      off += quick * (Math.max(-3, Math.min(3, z)) - off);
      persistence += ((steady ? variant.forecaster.persistence() : 1) - persistence) / Math.min(rows, slow);
      const found = Math.abs(off) > suspicious && persistence <= persistenceMax ? shiftOf(variant, level.scale, floor) : nothing;
      if (found.shift !== null || rows % (driftTries / 2) !== 0 || history.length < driftTries) return found;
      return { p: driftOf(variant, variant.experts.level.distance, floor), shift: null };
    },
    restart() {
      off = 0;
      slope = Number.NaN;
    },
  };
}
