/** What was counted of a time. */
export interface Count {
  total: number;
  bad: number;
}

/** What was counted in an hour, or in five minutes. */
export interface Bucket extends Count {
  atMs: number;
}

/** Buckets of one size in the order of time, 12 bytes each: of a target there may be 2160. Empty ones are left out. */
export interface Buckets {
  readonly sizeMs: number;
  length: number;
  /** Beginning, in buckets since 1970; what the arrays hold beyond `length` means nothing. */
  numbers: Uint32Array;
  totals: Uint32Array;
  bads: Uint32Array;
}

const arrays = (capacity: number): Pick<Buckets, 'numbers' | 'totals' | 'bads'> => {
  const buffer = new ArrayBuffer(capacity * 12);
  return {
    numbers: new Uint32Array(buffer, 0, capacity),
    totals: new Uint32Array(buffer, capacity * 4, capacity),
    bads: new Uint32Array(buffer, capacity * 8, capacity),
  };
};

const nothing = arrays(0);

export const noBuckets = (sizeMs: number): Buckets => ({ sizeMs, length: 0, ...nothing });

/** Buckets of these beginnings, which are in order. */
export function bucketsOf(sizeMs: number, list: readonly Bucket[]): Buckets {
  const made: Buckets = { sizeMs, length: list.length, ...arrays(list.length) };
  for (const [index, { atMs, total, bad }] of list.entries()) {
    made.numbers[index] = atMs / sizeMs;
    made.totals[index] = total;
    made.bads[index] = bad;
  }
  return made;
}

/** The same as a list, oldest first. */
export const listBuckets = (buckets: Buckets): Bucket[] =>
  Array.from({ length: buckets.length }, (_, at) => bucketAt(buckets, at));

const bucketAt = ({ sizeMs, numbers, totals, bads }: Buckets, at: number): Bucket => ({
  atMs: (numbers[at] ?? 0) * sizeMs,
  total: totals[at] ?? 0,
  bad: bads[at] ?? 0,
});

/** The bucket that holds `atMs`; undefined where nothing was counted. */
export function bucketOf(buckets: Buckets, atMs: number): Bucket | undefined {
  const number = Math.floor(atMs / buckets.sizeMs);
  const at = placeOf(buckets, number) - 1;
  return buckets.numbers[at] === number && at >= 0 ? bucketAt(buckets, at) : undefined;
}

/** How many buckets begin at or before this one; what is asked for is near the end. */
function placeOf({ length, numbers }: Buckets, number: number): number {
  let at = length;
  while (at > 0 && (numbers[at - 1] ?? 0) > number) at -= 1;
  return at;
}

/** Adds to the bucket that holds `atMs`, made at need; returns its beginning. */
export function addTo(buckets: Buckets, atMs: number, { total, bad }: Count): number {
  const number = Math.floor(atMs / buckets.sizeMs);
  let at = placeOf(buckets, number) - 1;
  if (at < 0 || buckets.numbers[at] !== number) {
    at += 1;
    insertAt(buckets, at, number);
  }
  buckets.totals[at] = (buckets.totals[at] ?? 0) + total;
  buckets.bads[at] = (buckets.bads[at] ?? 0) + bad;
  return number * buckets.sizeMs;
}

function insertAt(buckets: Buckets, at: number, number: number): void {
  if (buckets.length === buckets.numbers.length) grow(buckets);
  const { numbers, totals, bads, length } = buckets;
  for (const array of [numbers, totals, bads]) array.copyWithin(at + 1, at, length);
  numbers[at] = number;
  totals[at] = 0;
  bads[at] = 0;
  buckets.length += 1;
}

function grow(buckets: Buckets): void {
  const { numbers, totals, bads } = buckets;
  Object.assign(buckets, arrays(Math.max(8, Math.ceil(numbers.length * 1.5))));
  buckets.numbers.set(numbers);
  buckets.totals.set(totals);
  buckets.bads.set(bads);
}

/** Drops the buckets that begin before this time. */
export function forgetBefore(buckets: Buckets, ms: number): void {
  const { numbers, totals, bads, length, sizeMs } = buckets;
  let from = 0;
  while (from < length && (numbers[from] ?? 0) * sizeMs < ms) from += 1;
  if (from === 0) return;
  for (const array of [numbers, totals, bads]) array.copyWithin(0, from, length);
  buckets.length -= from;
}

/** All that was counted from `fromMs` (excluded) on, the bucket that holds it included. */
export function sumSince({ numbers, totals, bads, length, sizeMs }: Buckets, fromMs: number): Count {
  const count = { total: 0, bad: 0 };
  for (let at = length - 1; at >= 0; at -= 1) {
    if (((numbers[at] ?? 0) + 1) * sizeMs <= fromMs) break;
    count.total += totals[at] ?? 0;
    count.bad += bads[at] ?? 0;
  }
  return count;
}

/** When the oldest bucket begins; null without any. */
export const beginOf = ({ numbers, length, sizeMs }: Buckets): number | null =>
  length === 0 ? null : (numbers[0] ?? 0) * sizeMs;
