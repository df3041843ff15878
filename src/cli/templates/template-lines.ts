import type { Cluster } from '../../logs/similarity.ts';

/** So many lines wait for the templates to settle before they are written. */
const waitingMax = 4_194_304;

/** What is written of each line: the number of its cluster and its template, as it stands when it is written. */
export interface TemplateLines {
  add: (cluster: Cluster) => void;
  isFull: () => boolean;
  /** The lines that wait, in pieces of about 1 MB; the pieces are used again, so each is to be written before the next is taken. */
  take: () => Iterable<Buffer>;
}

const pieceLength = 1_048_576;

export function createTemplateLines(encode: (cluster: Cluster) => string): TemplateLines {
  let numbers = new Uint32Array(65_536);
  let count = 0;
  /** What waits, each cluster once. */
  const waiting: Cluster[] = [];
  const places = new Map<Cluster, number>();
  let last: Cluster | undefined;
  let lastPlace = 0;
  return {
    add(cluster) {
      if (cluster !== last) {
        let place = places.get(cluster);
        if (place === undefined) {
          place = waiting.push(cluster) - 1;
          places.set(cluster, place);
        }
        last = cluster;
        lastPlace = place;
      }
      if (count === numbers.length) {
        const more = new Uint32Array(2 * count);
        more.set(numbers);
        numbers = more;
      }
      numbers[count] = lastPlace;
      count += 1;
    },
    // Clusters that were forgotten wait here too.
    isFull: () => count >= waitingMax || waiting.length >= 65_536,
    *take() {
      const lines = waiting.map((cluster) => Buffer.from(encode(cluster)));
      const piece = Buffer.allocUnsafe(Math.max(pieceLength, 2 * Math.max(0, ...lines.map(({ length }) => length))));
      let filled = 0;
      for (let index = 0; index < count; index += 1) {
        const line = lines[numbers[index] as number] as Buffer;
        if (filled + line.length > piece.length) {
          yield piece.subarray(0, filled);
          filled = 0;
        }
        piece.set(line, filled);
        filled += line.length;
      }
      if (filled > 0) yield piece.subarray(0, filled);
      count = 0;
      waiting.length = 0;
      places.clear();
      last = undefined;
    },
  };
}
