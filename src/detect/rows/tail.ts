/** A row's weight fades to half in so many rows. */
const halfLife = 4000;
const growth = 2 ** (1 / halfLife);
const refreshEvery = 16;
/** Bins of -ln p: so many to each doubling, from 1 to 1024. */
const binsPerDoubling = 8;
const bins = 10 * binsPerDoubling + 1;

/** What is rarer may be anomalous; what is not belongs to the series. */
const share = 0.03;
const usual = -Math.log(share);

export interface TailCalibration {
  /** The probability that the series itself gives to what the theory gives p; never below p. */
  calibrated(p: number): number;
  /** Takes the p of a judged row in; of rows that belong together each counts a part. */
  add(p: number, part: number): void;
}

/**
 * How much heavier the tails of one series are than the theory's: -ln p of independent normal errors is exponential, so that a
 * share s of the rows lies beyond -ln s; where the earlier rows went farther, -ln p shrinks by that factor. Bursts, changing
 * variance and heavy tails so make it less sure, rare anomalies do not.
 */
export function createTailCalibration(): TailCalibration {
  const counts = new Float64Array(bins);
  let total = 0;
  let weight = 1;
  let factor = 1;
  let sinceRefresh = 0;
  const refresh = (): void => {
    let above = 0;
    let bin = bins - 1;
    // Half a row in favour of the theory: the first wild row of few says nothing yet.
    const limit = share * total + 0.5 * weight;
    while (bin > 0 && above + (counts[bin] as number) <= limit) {
      above += counts[bin] as number;
      bin -= 1;
    }
    factor = Math.max(1, 2 ** (bin / binsPerDoubling) / usual);
    if (weight < 1e100) return;
    for (let i = 0; i < bins; i += 1) counts[i] = (counts[i] as number) / weight;
    total /= weight;
    weight = 1;
  };
  return {
    calibrated: (p) => (factor === 1 ? p : p ** (1 / factor)),
    add(p, part) {
      const bin = p < 1 ? Math.min(bins - 1, Math.max(0, Math.floor(binsPerDoubling * Math.log2(-Math.log(p))))) : 0;
      counts[bin] = (counts[bin] as number) + part * weight;
      total += part * weight;
      weight *= growth;
      sinceRefresh += 1;
      if (sinceRefresh < refreshEvery) return;
      sinceRefresh = 0;
      refresh();
    },
  };
}
