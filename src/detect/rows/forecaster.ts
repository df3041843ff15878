/** Rows over which what is learned fades to a third. */
const memory = 200;
/** What is farther from the level than so many standard deviations counts as that far: a new level is no autocorrelation. */
const reach = 2.5;
/** Few values show little of how they follow each other. */
const trustedAfter = 20;

/**
 * Forecasts one row ahead, by the newest value and by how values followed each other before: about a level (`level`:
 * c + φ (y₁ − c), φ = 0 for independent values), or as steps (`steps`: y₁ + m + θ (y₁ − y₂ − m), a random walk for θ = 0).
 */
export interface Forecaster {
  /** NaN while too little is known. */
  level(centre: number): number;
  steps(): number;
  /** How strongly a value goes by the one before it, 0 to 1. */
  persistence(): number;
  /** Takes a value in, and the level that it lay about. */
  add(value: number, centre: number): void;
  /** The newest value was this one after all: nothing is learned from the jump to it. */
  moveTo(value: number, centre: number): void;
}

export function createForecaster(): Forecaster {
  let count = 0;
  let last = Number.NaN;
  let lastOff = 0;
  let lastStep = 0;
  let stepMean = 0;
  // Exponentially weighted squares and products of neighbours, about the level and of the steps.
  let squares = 0;
  let products = 0;
  let stepSquares = 0;
  let stepProducts = 0;
  const phi = (): number => shrunk(products, squares, 0.98);
  function shrunk(product: number, square: number, most: number): number {
    return square > 0 ? Math.min(1, count / trustedAfter) * Math.max(-0.95, Math.min(most, product / square)) : 0;
  }
  return {
    level: (centre) => (count < 3 ? Number.NaN : centre + phi() * (last - centre)),
    steps: () => (count < 4 ? Number.NaN : last + stepMean + shrunk(stepProducts, stepSquares, 0.99) * (lastStep - stepMean)),
    persistence: () => Math.max(0, phi()),
    add(value, centre) {
      count += 1;
      const weight = count < memory ? 1 / count : 1 / memory;
      const most = count > trustedAfter ? reach * Math.sqrt(squares) : Infinity;
      const off = Math.max(-most, Math.min(most, value - centre));
      if (count > 1) {
        squares += weight * (lastOff * lastOff - squares);
        products += weight * (lastOff * off - products);
        const step = value - last;
        const before = lastStep - stepMean;
        if (count > 2) {
          stepSquares += weight * (before * before - stepSquares);
          stepProducts += weight * (before * (step - stepMean) - stepProducts);
        }
        stepMean += weight * (step - stepMean);
        lastStep = step;
      }
      last = value;
      lastOff = off;
    },
    moveTo(value, centre) {
      last = value;
      lastOff = value - centre;
      lastStep = stepMean;
    },
  };
}
