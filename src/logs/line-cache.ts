import type { Drain } from './drain.ts';
import { newScan, scanLine } from './scan-line.ts';
import { tokensOf } from './tokenise.ts';
import type { Cluster } from './similarity.ts';

const places = 65_536;

/**
 * Learns lines as they stand in a text, those that are masked alike without making texts of them: most lines of a log
 * are like one that was met before. Gives the same clusters as `learnTokens`.
 */
export function createLineLearner(drain: Drain): (text: string, start: number, end: number) => Cluster {
  const scan = newScan();
  // One place for each line, by its hash; a line takes the place of another. It holds until its templates change.
  const [hashesA, hashesB, versions] = [new Int32Array(places), new Int32Array(places), new Int32Array(places).fill(-1)];
  const clusters = Array.from<Cluster | undefined>({ length: places });
  return (text, start, end) => {
    scanLine(text, start, end, scan);
    const { hashA, hashB, tokenCount } = scan;
    const place = (hashA ^ (hashA >>> 16)) & (places - 1);
    const known = clusters[place];
    if (
      known !== undefined &&
      hashesA[place] === hashA &&
      hashesB[place] === hashB &&
      versions[place] === drain.versionOf(tokenCount)
    ) {
      drain.learnAgain(known);
      return known;
    }
    const { cluster, changed } = drain.learnTokens(tokensOf(text, scan));
    if (changed === 'nothing') {
      hashesA[place] = hashA;
      hashesB[place] = hashB;
      versions[place] = drain.versionOf(tokenCount);
      clusters[place] = cluster;
    }
    return cluster;
  };
}
