/**
 * Autocorrelations r(0) … r(n − 1) of values about their mean: r(k) = Σ d(i) d(i + k) / Σ d², by fast Fourier transforms in
 * O(n log n). Where all values are equal, r(0) = 1 and all others are 0. RangeError for no value or a non-finite one.
 * Source: Wiener–Khinchin theorem; the transform is Cooley & Tukey's (1965), radix 2.
 */
export function autocorrelations(values: ArrayLike<number>): Float64Array {
  const n = values.length;
  if (n === 0) throw new RangeError('autocorrelations need at least one value');
  let mean = 0;
  for (let i = 0; i < n; i += 1) mean += (values[i] as number) / n;
  if (!Number.isFinite(mean)) throw new RangeError('autocorrelations need finite values');
  const size = 2 ** Math.ceil(Math.log2(2 * n));
  const real = new Float64Array(size);
  const imaginary = new Float64Array(size);
  for (let i = 0; i < n; i += 1) real[i] = (values[i] as number) - mean;
  transform(real, imaginary);
  for (let i = 0; i < size; i += 1) {
    real[i] = (real[i] as number) ** 2 + (imaginary[i] as number) ** 2;
    imaginary[i] = 0;
  }
  // The power spectrum is even, so that its forward transform is its inverse up to the factor that r(0) = 1 takes out.
  transform(real, imaginary);
  const found = real.slice(0, n);
  const whole = found[0] as number;
  // What is left of equal values is rounding.
  if (!(whole > 1e-24 * size * n * Math.max(Number.MIN_VALUE, mean * mean))) return found.fill(0).fill(1, 0, 1);
  for (let i = 0; i < n; i += 1) found[i] = (found[i] as number) / whole;
  return found;
}

/** In place; the length is a power of two. */
function transform(real: Float64Array, imaginary: Float64Array): void {
  const n = real.length;
  for (let i = 1, j = 0; i < n; i += 1) {
    let bit = n >> 1;
    for (; (j & bit) !== 0; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      [real[i], real[j]] = [real[j] as number, real[i] as number];
      [imaginary[i], imaginary[j]] = [imaginary[j] as number, imaginary[i] as number];
    }
  }
  for (let half = 1; half < n; half *= 2) {
    for (let k = 0; k < half; k += 1) {
      const cos = Math.cos((Math.PI * k) / half);
      const sin = -Math.sin((Math.PI * k) / half);
      for (let low = k; low < n; low += 2 * half) {
        const high = low + half;
        const re = (real[high] as number) * cos - (imaginary[high] as number) * sin;
        const im = (real[high] as number) * sin + (imaginary[high] as number) * cos;
        real[high] = (real[low] as number) - re;
        imaginary[high] = (imaginary[low] as number) - im;
        real[low] = (real[low] as number) + re;
        imaginary[low] = (imaginary[low] as number) + im;
      }
    }
  }
}
