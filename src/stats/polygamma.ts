/** From here the asymptotic series below hold to about 1e-15; smaller arguments are shifted up by recurrence. */
const asymptoticFrom = 10;

/** ψ(x) = d ln Γ / dx for finite x > 0. RangeError otherwise. Source: DLMF 5.5.2, 5.11.2. */
export function digamma(x: number): number {
  checkPositive('digamma', x);
  let shift = 0;
  while (x < asymptoticFrom) {
    shift -= 1 / x;
    x += 1;
  }
  const r = 1 / (x * x);
  const series = r * (1 / 12 - r * (1 / 120 - r * (1 / 252 - r * (1 / 240 - r * (1 / 132 - r * (691 / 32760 - r / 12))))));
  return shift + Math.log(x) - 0.5 / x - series;
}

/** ψ′(x) for finite x > 0: the variance of the logarithm of a gamma variable of shape x. RangeError otherwise. Source: DLMF 5.15.8. */
export function trigamma(x: number): number {
  checkPositive('trigamma', x);
  let shift = 0;
  while (x < asymptoticFrom) {
    shift += 1 / (x * x);
    x += 1;
  }
  const r = 1 / (x * x);
  const series = r * (1 / 6 - r * (1 / 30 - r * (1 / 42 - r * (1 / 30 - r * (5 / 66 - r * (691 / 2730 - (r * 7) / 6))))));
  return shift + 1 / x + 0.5 * r + series / x;
}

/** ψ″(x) by the same series, differentiated; only as slope of the iteration below, so a few terms do. */
function tetragamma(x: number): number {
  let shift = 0;
  while (x < asymptoticFrom) {
    shift -= 2 / (x * x * x);
    x += 1;
  }
  const r = 1 / (x * x);
  return shift - r * (1 + 1 / x + r * (0.5 - r * (1 / 6 - r * (1 / 6))));
}

/**
 * The x > 0 with ψ′(x) = y, for finite y > 0. RangeError otherwise.
 * Newton's iteration on 1/ψ′, which is convex and nearly straight, so it converges from ½ + 1/y without overshoot.
 * Source: Smyth (2004), Statistical Applications in Genetics and Molecular Biology 3(1), appendix.
 */
export function trigammaInverse(y: number): number {
  checkPositive('trigammaInverse', y);
  if (y > 1e7) return 1 / Math.sqrt(y);
  if (y < 1e-7) return 1 / y;
  let x = 0.5 + 1 / y;
  for (let round = 0; round < 50; round += 1) {
    const value = trigamma(x);
    const step = (value * (1 - value / y)) / tetragamma(x);
    x += step;
    if (Math.abs(step) < 1e-14 * x) break;
  }
  return x;
}

function checkPositive(name: string, x: number): void {
  if (!(x > 0 && x < Infinity)) throw new RangeError(`${name} needs a finite number > 0, got ${x}`);
}
