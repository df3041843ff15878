import { predictionError } from '../../stats/prediction.ts';
import { median } from '../../stats/robust.ts';
import { createExcursion } from './excursion.ts';
import { createHistory } from './history.ts';
import { createLevelWatch } from './level.ts';
import { twoSided } from './odds.ts';
import { createPace } from './pace.ts';
import { createProfileWatch } from './profile-watch.ts';
import { createSeasonBook } from './season-book.ts';
import { rowsMax } from './rolling-window.ts';
import type { Season } from './season.ts';
import { createTailCalibration } from './tail.ts';
import { forecastRow, learnRow, newVariant, type Expert, type ExpertKind, type Variant } from './variant.ts';

/** Probability at which each detector finds something. */
export interface RowAlphas {
  zScore: number;
  pattern: number;
  trend: number;
}

/** Two-sided probabilities of a row, by detector; 1 where it says nothing. */
export interface RowOdds extends RowAlphas {
  /** What was expected; NaN while too little is known. */
  expected: number;
}

/** A value outside counts as so many standard errors off in the forecasts that build on it; the wilder it is, the fewer. */
const reach = 3;
const [wild, wildest] = [6, 10];
const kept = (z: number): number => reach * Math.max(0, Math.min(1, (wildest - z) / (wildest - wild)));
/** Rows outside in turn, on one side, after which the next is believed. */
const believedAfter = 2;
/** Another way to forecast must be better by this factor. */
const better = 0.92;
const chosenAfter = 20;
/** From this autocorrelation on a forecast about a level needs the row before. */
const persistent = 0.3;
/** A season explains something when it leaves less than this of the distances. */
const explains = 0.85;
const explainsClearly = 0.7;
const cyclesMin = 1.5;
const clearly = 0.9;

export interface ScaleJudge {
  judge(at: number, value: number, floor: number): RowOdds;
  /** Where values lie of late; NaN while too little is known. */
  level(): number;
}

/** Judges rows on one scale, linear or logarithmic, each by the earlier ones only. Values must be finite. */
export function createScaleJudge(alphas: RowAlphas): ScaleJudge {
  const book = createSeasonBook();
  const history = createHistory();
  const levelWatch = createLevelWatch(history, alphas.trend);
  const profileWatch = createProfileWatch(alphas.pattern);
  const tail = createTailCalibration();
  const plain = newVariant(null);
  let seasonal: Variant | null = null;
  let chosen: { variant: Variant; kind: ExpertKind } = { variant: plain, kind: 'level' };
  const excursion = createExcursion();
  const pace = createPace();
  let outside = 0;
  /** The row before, if nothing was built on it. */
  let disbelieved: { at: number; value: number } | null = null;

  function judge(at: number, value: number, floor: number): RowOdds {
    forecastRow(plain, at, floor);
    if (seasonal !== null) forecastRow(seasonal, at, floor);
    const { zScore, expected, taken } = judgeValue(at, value, floor);
    const pattern = judgePattern(at, value, floor);
    const believed = outside !== 0 && taken === value ? disbelieved : null;
    disbelieved = taken === value ? null : { at, value };
    const lesson = { taken, believed, cycle: seasonal?.season?.bins ?? 0 };
    learnRow(plain, value, lesson);
    if (seasonal !== null) learnRow(seasonal, value, lesson);
    history.add(at, value);
    book.add(at, value, pattern <= alphas.pattern);
    choose();
    const { p: trend, shift } = levelWatch.judge(chosen.variant, { value, steady: chosen.kind === 'level', floor });
    if (shift !== null) restart(shift.rows);
    return { zScore, pattern, trend, expected };
  }

  /** The z-score detector, on rows; `taken`: what the next forecast is to build on. */
  function judgeValue(at: number, value: number, floor: number): { zScore: number; expected: number; taken: number } {
    const { errors, forecast } = chosen.variant.experts[chosen.kind];
    const goesByRowBefore = chosen.kind === 'steps' || chosen.variant.forecaster.persistence() > persistent;
    const widening = goesByRowBefore ? pace.widening(at) : 1;
    pace.add(at);
    const prediction = errors.predict(floor);
    if (prediction === null || Number.isNaN(forecast)) return { zScore: 1, expected: Number.NaN, taken: value };
    const expected = forecast + prediction.location;
    const off = value - expected;
    const raw = twoSided(prediction, off / widening);
    const calibrated = tail.calibrated(raw);
    tail.add(raw, 1);
    const error = widening * predictionError(prediction);
    const { offset } = chosen.variant;
    const isOutside =
      calibrated <= alphas.zScore && !excursion.returns({ value, expected, offset, error, steady: chosen.kind === 'level' });
    excursion.pass();
    const side = isOutside ? Math.sign(off) : 0;
    const again = isOutside && Math.sign(outside) === side;
    const isBelieved = !isOutside || (again && Math.abs(outside) >= believedAfter);
    outside = again ? outside + side : side;
    return {
      zScore: calibrated <= alphas.zScore && !isOutside ? 1 : calibrated,
      expected,
      taken: isBelieved ? value : expected + side * kept(Math.abs(off) / error) * error,
    };
  }

  function judgePattern(at: number, value: number, floor: number): number {
    const season = seasonal?.season ?? null;
    if (season === null || !season.isSettled() || season.visits(at) < 2) return 1;
    if (!(season.unexplained() < explainsClearly)) return 1;
    const { p, newLevel } = profileWatch.judge(season, at, value, floor);
    if (newLevel !== 0) for (const each of book.seasons()) each.shift(newLevel);
    return p;
  }

  function choose(): void {
    const season = bestSeason(book.seasons(), seasonal?.season ?? null);
    if (season !== (seasonal?.season ?? null)) {
      seasonal = season === null ? null : learned(season);
      chosen = { variant: plain, kind: bestKind(plain, 'level') };
    }
    if (plain.judged < chosenAfter) return;
    const own = bestKind(plain, chosen.kind);
    let next: typeof chosen = { variant: plain, kind: own };
    if (seasonal !== null && seasonal.judged >= chosenAfter) {
      const kind = bestKind(seasonal, chosen.kind);
      const factor = chosen.variant === seasonal ? 1 / better : 1;
      if (costOf(seasonal.experts[kind]) <= factor * costOf(plain.experts[own])) next = { variant: seasonal, kind };
    }
    if (next.variant !== chosen.variant || next.kind !== chosen.kind) chosen = next;
  }

  /** A variant for this season, which has learned from the newest rows. */
  function learned(season: Season): Variant {
    const variant = newVariant(season);
    for (const value of history.newest(season, rowsMax)) {
      variant.level.push(value);
      variant.forecaster.add(value, variant.level.predict(0)?.location ?? value);
    }
    return variant;
  }

  function restart(rows: number): void {
    for (const variant of seasonal === null ? [plain] : [plain, seasonal]) {
      const since = history.newest(variant.season, rows);
      const middle = median(since);
      variant.level.restart(since);
      variant.experts.level.errors.restart(since.map((value) => value - middle));
    }
    history.cut(rows);
    levelWatch.restart();
    profileWatch.restart();
  }

  return { judge, level: () => plain.level.predict(0)?.location ?? Number.NaN };
}

/** The season that leaves least, if it explains something; another than now only when it is clearly better. */
function bestSeason(seasons: readonly Season[], now: Season | null): Season | null {
  const known = seasons.filter((season) => season.cycles() >= cyclesMin && season.unexplained() < explains);
  let best = now !== null && known.includes(now) ? now : null;
  for (const season of known) if (best === null || season.scale() < clearly * best.scale()) best = season;
  return best;
}

/** Of late and over whole cycles, both alike. */
const costOf = ({ distance, cycleDistance }: Expert): number => Math.sqrt(distance * cycleDistance);

function bestKind({ experts: { level, steps } }: Variant, now: ExpertKind): ExpertKind {
  if (now === 'level') return steps.distance < better * level.distance ? 'steps' : 'level';
  return level.distance < better * steps.distance ? 'level' : 'steps';
}
