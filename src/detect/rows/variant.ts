import { createForecaster, type Forecaster } from './forecaster.ts';
import { createRollingWindow, type RollingWindow } from './rolling-window.ts';
import type { Season } from './season.ts';

/** Errors of one way to forecast. */
export interface Expert {
  errors: RollingWindow;
  /** Mean distance of the newest forecasts from what came. */
  distance: number;
  /** The same over a whole cycle, and with wild values nearly whole: they are what a season is to forecast. */
  cycleDistance: number;
  forecast: number;
}

export type ExpertKind = 'level' | 'steps';

/** Values as they are, or less a season: their level, how they follow each other, and how well both forecast. */
export interface Variant {
  season: Season | null;
  level: RollingWindow;
  forecaster: Forecaster;
  experts: Record<ExpertKind, Expert>;
  /** Rows forecast. */
  judged: number;
  /** Of the row at hand. */
  offset: number;
  centre: number;
}

const newExpert = (): Expert => ({ errors: createRollingWindow(), distance: 0, cycleDistance: 0, forecast: Number.NaN });

export const newVariant = (season: Season | null): Variant => ({
  season,
  level: createRollingWindow(),
  forecaster: createForecaster(),
  experts: { level: newExpert(), steps: newExpert() },
  judged: 0,
  offset: 0,
  centre: Number.NaN,
});

/** Forecasts the row at this time, by the earlier ones. */
export function forecastRow(variant: Variant, at: number, floor: number): void {
  const { season, level, forecaster, experts } = variant;
  variant.offset = season === null ? 0 : season.offsetAt(at);
  variant.centre = level.predict(floor)?.location ?? Number.NaN;
  experts.level.forecast = variant.offset + forecaster.level(variant.centre);
  experts.steps.forecast = variant.offset + forecaster.steps();
}

/** What a row teaches beside its value: what the next forecast is to build on, the row before if that is believed only now, and the rows of a cycle. */
export interface Lesson {
  taken: number;
  believed: { at: number; value: number } | null;
  cycle: number;
}

/** Takes in the value of the row that was forecast last. */
export function learnRow(variant: Variant, value: number, { taken, believed, cycle }: Lesson): void {
  const { experts, offset, centre, judged } = variant;
  note(experts.level, value, { judged, cycle });
  note(experts.steps, value, { judged, cycle });
  if (!Number.isNaN(experts.level.forecast)) variant.judged += 1;
  variant.level.push(value - offset);
  const about = Number.isNaN(centre) ? taken - offset : centre;
  if (believed !== null) variant.forecaster.moveTo(believed.value - (variant.season?.offsetAt(believed.at) ?? 0), about);
  variant.forecaster.add(taken - offset, about);
}

const memory = 60;
/** From here on a wild error counts as this many usual ones. */
const tamedAfter = 20;
const wildMax = 4;
const cycleWildMax = 50;

function note(expert: Expert, value: number, { judged, cycle }: { judged: number; cycle: number }): void {
  const error = value - expert.forecast;
  if (Number.isNaN(error)) return;
  const off = Math.abs(error);
  const usual = judged > tamedAfter ? expert.distance : Infinity;
  expert.cycleDistance +=
    (Math.min(cycleWildMax * usual, off) - expert.cycleDistance) / Math.min(judged + 1, Math.max(memory, 3 * cycle));
  expert.distance += (Math.min(wildMax * usual, off) - expert.distance) / Math.min(judged + 1, memory);
  expert.errors.push(error);
}
