/** How quickly a place of the cycle follows what it sees, once it has seen it a few times. */
const gainMin = 0.15;
/** A value counts as at most so many scales off. */
const reach = 3;
/** What breaks the profile teaches so much of it. */
const brokenPart = 0.25;
/** What is farther off than so many scales counts as that far, with and without the cycle alike. */
const wildMax = 50;
const plainWildMax = 10;
const settledCycles = 2.5;
/** Rows over which the scale fades to a third, where the cycle is not longer. */
const memory = 60;

/** What values regularly add by their place in a cycle, learned as rows come. */
export interface Season {
  readonly periodMs: number;
  readonly bins: number;
  /** Cycles seen. */
  cycles(): number;
  /** Whether its scale is known well enough to judge by it. */
  isSettled(): boolean;
  /** What the place of this time adds; 0 for a place not seen yet. */
  offsetAt(atMs: number): number;
  /** How often this place has been seen. */
  visits(atMs: number): number;
  /** How far values lie from level and place together: about their standard deviation. */
  scale(): number;
  /** Mean distance from level and place, as a share of that from a level alone: 1 where there is no cycle. */
  unexplained(): number;
  level(): number;
  /** The mean of the newest errors: what a trend leaves. */
  bias(): number;
  /** Takes a row in; less of one that broke the profile. */
  add(atMs: number, value: number, broken: boolean): void;
  shift(by: number): void;
}

/** A cycle of this length in so many places; `firstMs` is the middle of its first place. */
export function createSeason(periodMs: number, bins: number, firstMs: number): Season {
  const offsets = new Float64Array(bins);
  const seen = new Uint8Array(bins);
  const half = periodMs / bins / 2;
  let rows = 0;
  /** Rows at a place that was seen before. */
  let again = 0;
  let level = 0;
  let scale = 0;
  let bias = 0;
  let plainLevel = 0;
  let plainScale = 0;
  let plainDistance = 0;
  let distance = 0;
  let cachedAt = Number.NaN;
  let cachedPlace = 0;
  const placeOf = (atMs: number): number => {
    if (atMs === cachedAt) return cachedPlace;
    const into = (atMs - firstMs + half) % periodMs;
    cachedAt = atMs;
    cachedPlace = Math.min(bins - 1, Math.floor(((into < 0 ? into + periodMs : into) / periodMs) * bins));
    return cachedPlace;
  };
  return {
    periodMs,
    bins,
    cycles: () => rows / bins,
    isSettled: () => rows >= Math.max(settledCycles * bins, bins + memory),
    offsetAt: (atMs) => offsets[placeOf(atMs)] as number,
    visits: (atMs) => seen[placeOf(atMs)] as number,
    scale: () => scale,
    unexplained: () => (plainDistance > 0 ? distance / plainDistance : 1),
    level: () => level,
    bias: () => bias,
    add(atMs, value, broken) {
      const place = placeOf(atMs);
      const before = seen[place] as number;
      if (rows === 0) level = plainLevel = value;
      rows += 1;
      const slow = Math.max(1 / bins, 1 / rows);
      const error = value - level - (offsets[place] as number);
      // In the first cycles the cycle itself is error, and must not be clipped.
      const settled = rows > 2 * bins;
      const part = broken ? brokenPart : 1;
      const most = reach * scale;
      const tamed = settled ? Math.max(-most, Math.min(most, error)) : error;
      offsets[place] = (offsets[place] as number) + part * Math.max(gainMin, 1 / (before + 1)) * tamed;
      if (before < 255) seen[place] = before + 1;
      level += part * slow * tamed * (before === 0 ? 1 : 0.5);
      const plainError = value - plainLevel;
      const plainMost = settled ? reach * plainScale : Infinity;
      const plainTamed = Math.max(-plainMost, Math.min(plainMost, plainError));
      plainLevel += slow * plainTamed;
      if (before === 0) return;
      again += 1;
      const quick = Math.max(1 / Math.max(memory, bins), 1 / again);
      const long = Math.max(1 / Math.max(memory, 3 * bins), 1 / again);
      scale += part * quick * (1.2533 * Math.abs(tamed) - scale);
      bias += part * quick * (tamed - bias);
      plainScale += quick * (1.2533 * Math.abs(plainTamed) - plainScale);
      const wild = settled ? Math.max(wildMax * scale, plainWildMax * plainScale) : Infinity;
      distance += long * (Math.min(wild, Math.abs(error)) - distance);
      plainDistance += long * (Math.min(wild, Math.abs(plainError)) - plainDistance);
    },
    shift(by) {
      level += by;
      plainLevel += by;
    },
  };
}
