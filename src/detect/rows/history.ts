import { keptMax } from '../../measure/series.ts';
import type { Season } from './season.ts';

/** The newest rows since the last level shift, as they are: at least the newest 120. */
export interface History {
  readonly length: number;
  add(at: number, value: number): void;
  /** The newest values less a season, oldest first. */
  newest(season: Season | null, count: number): Float64Array;
  /** Forgets all but the newest. */
  cut(count: number): void;
}

export function createHistory(): History {
  const at = new Float64Array(2 * keptMax);
  const values = new Float64Array(2 * keptMax);
  let length = 0;
  const cut = (count: number): void => {
    at.copyWithin(0, length - count, length);
    values.copyWithin(0, length - count, length);
    length = count;
  };
  return {
    get length() {
      return length;
    },
    add(time, value) {
      if (length === 2 * keptMax) cut(keptMax);
      at[length] = time;
      values[length] = value;
      length += 1;
    },
    newest(season, count) {
      const from = Math.max(0, length - count);
      const found = values.slice(from, length);
      if (season === null) return found;
      for (let i = 0; i < found.length; i += 1) found[i] = (found[i] as number) - season.offsetAt(at[from + i] as number);
      return found;
    },
    cut,
  };
}
