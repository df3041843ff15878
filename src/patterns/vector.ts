import { endianness } from 'node:os';

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

/** A vector as it is kept: little-endian. */
export const bytesOf = (vector: readonly number[]): Buffer => littleEndian(Buffer.from(Float32Array.from(vector).buffer));

/** A vector that was kept. */
export function vectorOf(bytes: Buffer): Float32Array {
  // A copy: what is read from the database need not begin where a number may.
  const copy = new Uint8Array(bytes);
  littleEndian(Buffer.from(copy.buffer));
  return new Float32Array(copy.buffer);
}

const littleEndian = (bytes: Buffer): Buffer => (endianness() === 'LE' ? bytes : bytes.swap32());
