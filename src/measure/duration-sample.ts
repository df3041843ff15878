/** FNV-1a with a last mixing of the bits: even over 31 bits. */
function hash31(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 1;
}

const bits = new DataView(new ArrayBuffer(4));

/**
 * A duration behind a hash of what it is of, in one number: those with the smallest numbers are an even sample without repeats, whatever
 * order they come in and however often (bottom-k sampling, Cohen and Kaplan 2007). `seconds` is 0 or more; kept to seven digits.
 */
export function packDuration(name: string, seconds: number): bigint {
  bits.setFloat32(0, seconds);
  return (BigInt(hash31(name)) << 32n) | BigInt(bits.getUint32(0));
}

/** The seconds of a packed duration. */
export function unpackDuration(packed: bigint): number {
  bits.setUint32(0, Number(packed & 0xffffffffn));
  return bits.getFloat32(0);
}

/** The median of samples that each stand for `count` values; null of none. Of two middle values the lower. */
export function weightedMedian(samples: readonly { values: readonly number[]; count: number }[]): number | null {
  return weightedQuantile(samples, 0.5);
}

/** The smallest value that at least the share `q` of all is no greater than; null of none. */
export function weightedQuantile(samples: readonly { values: readonly number[]; count: number }[], q: number): number | null {
  const weighted = samples.flatMap(({ values, count }) => values.map((value) => ({ value, weight: count / values.length })));
  weighted.sort((a, b) => a.value - b.value);
  const half = weighted.reduce((sum, { weight }) => sum + weight, 0) * q;
  let below = 0;
  for (const { value, weight } of weighted) {
    below += weight;
    // Weights are fractions: what adds up to a half may miss it by a bit.
    if (below >= half * (1 - 1e-9)) return value;
  }
  return null;
}
