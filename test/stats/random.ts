import { randomOf } from '../../src/demo/random.ts';

/** A seeded stream of standard normal numbers (Box–Muller). */
export function normals(...key: readonly (string | number)[]): () => number {
  const random = randomOf(...key);
  let spare: number | undefined;
  return () => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - random.next()));
    const angle = 2 * Math.PI * random.next();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}
