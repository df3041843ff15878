/** Rows over which the usual distance fades to a third. */
const memory = 200;
/** A distance of so many usual ones is a gap. */
const gapMin = 3;
const gapMax = 25;

export interface Pace {
  /** By how much less sure a forecast is for this time: 1, after a gap the root of how many usual distances it is long. */
  widening(at: number): number;
  add(at: number): void;
}

/** How far apart rows usually are: what is known of the row before says less of one long after. */
export function createPace(): Pace {
  let rows = 0;
  let last = 0;
  let usual = 0;
  return {
    widening(at) {
      const ratio = usual > 0 ? (at - last) / usual : 1;
      return ratio <= gapMin ? 1 : Math.sqrt(Math.min(gapMax, ratio));
    },
    add(at) {
      const distance = at - last;
      if (rows > 0) usual += (Math.min(distance, rows > 1 ? gapMin * usual : Infinity) - usual) / Math.min(memory, rows);
      rows += 1;
      last = at;
    },
  };
}
