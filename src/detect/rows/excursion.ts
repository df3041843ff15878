/** For so many rows a return to where values were counts as one. */
const rowsMax = 60;
/** What lies within so many standard errors of where values were is back. */
const within = 3;

/** A value outside of what was expected. */
export interface Outside {
  value: number;
  expected: number;
  /** What the season adds at its place. */
  offset: number;
  error: number;
  /** Whether values keep to a level: others have no place to return to. */
  steady: boolean;
}

export interface Excursion {
  /** Whether values are back where they were before they left what was expected: that is no news. */
  returns(outside: Outside): boolean;
  /** Another row. */
  pass(): void;
}

export function createExcursion(): Excursion {
  let rest = 0;
  let reach = 0;
  let left = 0;
  return {
    returns({ value, expected, offset, error, steady }) {
      if (left > 0 && Math.abs(value - offset - rest) <= reach) {
        left = 0;
        return true;
      }
      if (left === 0 && steady) {
        rest = expected - offset;
        reach = within * error;
        left = rowsMax;
      }
      return false;
    },
    pass() {
      if (left > 0) left -= 1;
    },
  };
}
