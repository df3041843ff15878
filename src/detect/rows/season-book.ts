import { findPeriod } from './find-period.ts';
import { createSeason, type Season } from './season.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const calendarMs = [dayMs, 7 * dayMs];
/** Rows that periods are looked for in. */
const historyMax = 8192;
/** Rows until the distance of rows is known, and least and most until the next look. */
const lookMin = 24;
const lookMax = 16_384;
/** Share of the rows that must come at the usual distance, and what counts as usual. */
const regularMin = 0.75;
const regularWithin = 0.05;
/** Places of a cycle: a week of every half minute. */
const binsMax = 20_160;
const binsMin = 4;
/** Another period must be clearer by this correlation. */
const clearer = 0.05;

/** The cycles that a series may have: the day, the week, and what its own values show. */
export interface SeasonBook {
  seasons(): readonly Season[];
  /** Takes a row in, and whether it broke the profile. */
  add(atMs: number, value: number, broken: boolean): void;
}

export function createSeasonBook(): SeasonBook {
  const at = new Float64Array(2 * historyMax);
  const values = new Float64Array(2 * historyMax);
  let length = 0;
  let rows = 0;
  let nextLook = lookMin;
  let seasons: Season[] = [];
  let calendar: Season[] | null = null;
  let own: { season: Season; correlation: number } | null = null;

  function learned(periodMs: number, bins: number): Season {
    const season = createSeason(periodMs, bins, at[0] as number);
    for (let i = 0; i < length; i += 1) season.add(at[i] as number, values[i] as number, false);
    return season;
  }

  function look(): void {
    const { stepMs, regular } = usualStep(at.subarray(Math.max(0, length - 512), length));
    if (stepMs === 0) return;
    calendar ??= calendarMs.flatMap((periodMs) => {
      const bins = regular ? Math.round(periodMs / stepMs) : periodMs / hourMs;
      return bins < binsMin || bins > binsMax ? [] : [learned(periodMs, bins)];
    });
    if (regular) lookForOwn(stepMs, calendar);
    seasons = own === null ? calendar : [...calendar, own.season];
  }

  function lookForOwn(stepMs: number, known: readonly Season[]): void {
    const found = findPeriod(values.slice(Math.max(0, length - historyMax), length));
    if (found === null) return;
    const periodMs = found.rows * stepMs;
    if (known.some((season) => Math.abs(season.periodMs / periodMs - 1) < 0.02)) return;
    if (own !== null && Math.abs(periodMs / own.season.periodMs - 1) < 0.004) return;
    if (own !== null && found.correlation < own.correlation + clearer) return;
    own = { season: learned(periodMs, Math.max(binsMin, Math.round(found.rows))), correlation: found.correlation };
  }

  return {
    seasons: () => seasons,
    add(atMs, value, broken) {
      for (const season of seasons) season.add(atMs, value, broken);
      if (length === 2 * historyMax) {
        at.copyWithin(0, historyMax, length);
        values.copyWithin(0, historyMax, length);
        length = historyMax;
      }
      at[length] = atMs;
      values[length] = value;
      length += 1;
      rows += 1;
      if (rows < nextLook) return;
      nextLook = rows + Math.min(lookMax, Math.max(lookMin, Math.floor(0.3 * rows)));
      look();
    },
  };
}

/** The usual distance of rows, and whether most keep to it. */
function usualStep(at: Float64Array): { stepMs: number; regular: boolean } {
  const steps = Float64Array.from(
    { length: at.length - 1 },
    (_, index) => (at[index + 1] as number) - (at[index] as number),
  ).sort();
  const stepMs = steps[steps.length >> 1] ?? 0;
  const alike = steps.filter((step) => Math.abs(step - stepMs) <= regularWithin * stepMs).length;
  return { stepMs, regular: stepMs > 0 && alike >= regularMin * steps.length };
}
