/** 1 / Φ⁻¹(¾): makes the MAD of normal values estimate their standard deviation. */
const madToSigma = 1.4826;

// Working space, reused: these functions run 50 000 times a cycle and call nothing that could enter them again.
let work = new Float64Array(256);
let distances = new Float64Array(256);

/** Copies the values into the working space. RangeError when there are none or one is not finite. */
function load(values: ArrayLike<number>, name: string, n = values.length): number {
  if (n === 0) throw new RangeError(`${name} needs at least one value`);
  if (n > work.length) {
    work = new Float64Array(2 * n);
    distances = new Float64Array(2 * n);
  }
  for (let i = 0; i < n; i += 1) {
    const value = values[i] as number;
    if (!Number.isFinite(value)) throw new RangeError(`${name} needs finite values, got ${value}`);
    work[i] = value;
  }
  return n;
}

/** Puts the k-th smallest of the first n of the working space at k, no larger ones before it, no smaller ones behind. */
function select(n: number, k: number): number {
  const array = work;
  let low = 0;
  let high = n - 1;
  while (low < high) {
    const pivot = array[k] as number;
    let i = low;
    let j = high;
    while (i <= j) {
      while ((array[i] as number) < pivot) i += 1;
      while ((array[j] as number) > pivot) j -= 1;
      if (i <= j) {
        const kept = array[i] as number;
        array[i] = array[j] as number;
        array[j] = kept;
        i += 1;
        j -= 1;
      }
    }
    if (j < k) low = i;
    if (i > k) high = j;
  }
  return array[k] as number;
}

/** The least of the working space from `from` up to n: the next order statistic after `select(n, from - 1)`. */
function leastFrom(from: number, n: number): number {
  let least = Infinity;
  for (let i = from; i < n; i += 1) least = Math.min(least, work[i] as number);
  return least;
}

function medianOfWork(n: number): number {
  const middle = select(n, (n - 1) >> 1);
  if (n % 2 === 1) return middle;
  return middle + (leastFrom(n >> 1, n) - middle) / 2;
}

/** The median, in the unit of the values; the mean of the middle two for an even number. RangeError for none or a non-finite one. */
export function median(values: ArrayLike<number>): number {
  return medianOfFirst(values, values.length);
}

/** The median of the first n values, for arrays that are not full. */
export function medianOfFirst(values: ArrayLike<number>, n: number): number {
  return medianOfWork(load(values, 'median', n));
}

/**
 * The median absolute deviation from the median, unscaled, in the unit of the values: times 1.4826 it estimates a normal's
 * standard deviation. 0 when more than half are equal. RangeError for no value or a non-finite one.
 */
export function mad(values: ArrayLike<number>): number {
  const n = load(values, 'mad');
  return deviationOfWork(n, medianOfWork(n));
}

/** The median distance from the centre; leaves the signed distances, in any order, in `distances`. */
function deviationOfWork(n: number, centre: number): number {
  for (let i = 0; i < n; i += 1) {
    const distance = (work[i] as number) - centre;
    distances[i] = distance;
    work[i] = Math.abs(distance);
  }
  return medianOfWork(n);
}

/**
 * The q-quantile by linear interpolation between order statistics at (n − 1) q (type 7 of Hyndman & Fan, 1996).
 * RangeError for no value, a non-finite one, or q outside [0, 1].
 */
export function quantile(values: ArrayLike<number>, q: number): number {
  if (!(q >= 0 && q <= 1)) throw new RangeError(`q must lie in [0, 1], got ${q}`);
  const n = load(values, 'quantile');
  const position = (n - 1) * q;
  const below = Math.floor(position);
  const lower = select(n, below);
  if (below === position) return lower;
  return lower + (position - below) * (leastFrom(below + 1, n) - lower);
}

/** Location and scale of one sample, in the unit of the values. */
export interface RobustSummary {
  readonly n: number;
  readonly median: number;
  /** Unscaled. */
  readonly mad: number;
  /** Mean and standard deviation (n − 1) of the values clipped at median ± 3 · 1.4826 · MAD · n/(n − 0.8). */
  readonly winsorisedMean: number;
  readonly winsorisedSd: number;
  /** How many values were clipped: at most half. */
  readonly clipped: number;
}

/**
 * Median, MAD and winsorised moments in one go. The factor n/(n − 0.8) undoes the MAD's bias on small samples (Croux &
 * Rousseeuw 1992). One value, or more than half of them equal: both scales are 0, so callers set a floor.
 * RangeError for no value or a non-finite one.
 */
export function robustSummary(values: ArrayLike<number>): RobustSummary {
  const n = load(values, 'robustSummary');
  const centre = medianOfWork(n);
  const deviation = deviationOfWork(n, centre);
  const reach = (3 * madToSigma * deviation * n) / (n - 0.8);
  // Moments about the centre, not about 0, so that little cancels: the mean lies within one reach of it.
  let sum = 0;
  let squares = 0;
  let clipped = 0;
  for (let i = 0; i < n; i += 1) {
    const raw = distances[i] as number;
    const distance = raw > reach ? reach : raw < -reach ? -reach : raw;
    if (distance !== raw) clipped += 1;
    sum += distance;
    squares += distance * distance;
  }
  const mean = sum / n;
  return {
    n,
    median: centre,
    mad: deviation,
    winsorisedMean: centre + mean,
    clipped,
    winsorisedSd: n > 1 ? Math.sqrt(Math.max(0, squares - n * mean * mean) / (n - 1)) : 0,
  };
}
