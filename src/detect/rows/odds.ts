import { tailAbove, type Prediction } from '../../stats/prediction.ts';

const centred = { n: 1, location: 0, scale: 1, df: 1 };

/** Probability of a value at least so far from the location to either side. */
export function twoSided({ n, scale, df }: Prediction, off: number): number {
  centred.n = n;
  centred.scale = scale;
  centred.df = df;
  return Math.min(1, 2 * tailAbove(centred, Math.abs(off)));
}
