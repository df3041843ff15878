/** Cosine of the angle between two directions: −1 to 1; 0 where they cannot be compared, being of different lengths or none. */
export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return 0;
  let dot = 0;
  let ofA = 0;
  let ofB = 0;
  for (let index = 0; index < a.length; index += 1) {
    const x = a[index] ?? 0;
    const y = b[index] ?? 0;
    dot += x * y;
    ofA += x * x;
    ofB += y * y;
  }
  const norm = Math.sqrt(ofA) * Math.sqrt(ofB);
  return norm > 0 ? Math.max(-1, Math.min(1, dot / norm)) : 0;
}

const bytesEach = 4;

/** A vector as it is kept. */
export function bytesOf(vector: readonly number[]): Buffer {
  const bytes = Buffer.alloc(vector.length * bytesEach);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * bytesEach);
  return bytes;
}

/** A vector that was kept. */
export function vectorOf(bytes: Buffer): Float32Array {
  const vector = new Float32Array(bytes.length / bytesEach);
  for (let index = 0; index < vector.length; index += 1) vector[index] = bytes.readFloatLE(index * bytesEach);
  return vector;
}
