import { gammaLower, gammaUpper } from './gamma.ts';

/** P(Z > z) of the standard normal, with full relative accuracy in the upper tail. RangeError for NaN. Source: DLMF 7.11.2. */
export function normalSf(z: number): number {
  if (Number.isNaN(z)) throw new RangeError('normalSf needs a number, got NaN');
  const half = 0.5 * z * z;
  if (z > 0) return 0.5 * gammaUpper(0.5, half);
  return 0.5 + 0.5 * gammaLower(0.5, half);
}

/** P(Z <= z) of the standard normal, with full relative accuracy in the lower tail. RangeError for NaN. */
export const normalCdf = (z: number): number => normalSf(-z);

/**
 * The z with P(Z <= z) = p: −Infinity at 0, Infinity at 1, RangeError outside [0, 1]. Relative error about 1e-15.
 * For a small upper tail α use −normalQuantile(α): 1 − α has lost its digits.
 * Source: Wichura (1988), algorithm AS 241 (PPND16), Applied Statistics 37(3).
 */
export function normalQuantile(p: number): number {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`normalQuantile needs p in [0, 1], got ${p}`);
  if (p === 0) return -Infinity;
  if (p === 1) return Infinity;
  const centred = p - 0.5;
  if (Math.abs(centred) <= 0.425) return centred * ratio(central, 0.180625 - centred * centred);
  const r = Math.sqrt(-Math.log(centred < 0 ? p : 1 - p));
  const z = r <= 5 ? ratio(middle, r - 1.6) : ratio(far, r - 5);
  return centred < 0 ? -z : z;
}

/** Numerator and denominator of a rational function, highest power first. */
type Rational = readonly [above: readonly number[], below: readonly number[]];

function ratio([above, below]: Rational, x: number): number {
  let numerator = 0;
  let denominator = 0;
  for (const coefficient of above) numerator = numerator * x + coefficient;
  for (const coefficient of below) denominator = denominator * x + coefficient;
  return numerator / denominator;
}

const central: Rational = [
  [
    2509.0809287301227, 33430.57558358813, 67265.7709270087, 45921.95393154987, 13731.69376550946, 1971.5909503065513,
    133.14166789178438, 3.3871328727963665,
  ],
  [
    5226.495278852854, 28729.085735721943, 39307.89580009271, 21213.794301586597, 5394.196021424751, 687.1870074920579,
    42.31333070160091, 1,
  ],
];
const middle: Rational = [
  [
    0.0007745450142783414, 0.022723844989269184, 0.2417807251774506, 1.2704582524523684, 3.6478483247632045, 5.769497221460691,
    4.630337846156546, 1.4234371107496835,
  ],
  [
    1.0507500716444169e-9, 0.0005475938084995345, 0.015198666563616457, 0.14810397642748008, 0.6897673349851, 1.6763848301838038,
    2.053191626637759, 1,
  ],
];
const far: Rational = [
  [
    2.0103343992922881e-7, 2.7115555687434876e-5, 0.0012426609473880784, 0.026532189526576124, 0.29656057182850487,
    1.7848265399172913, 5.463784911164114, 6.657904643501103,
  ],
  [
    2.0442631033899397e-15, 1.421511758316446e-7, 1.8463183175100548e-5, 0.0007868691311456133, 0.014875361290850615,
    0.1369298809227358, 0.599832206555888, 1,
  ],
];
