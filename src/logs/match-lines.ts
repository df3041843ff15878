import type { Drain } from './drain.ts';
import type { Masker } from './masks.ts';
import { newScan, scanLine } from './scan-line.ts';
import { tokensOf } from './tokenise.ts';
import type { Cluster } from './similarity.ts';

/** A line held against templates. */
export interface MatchedLine {
  /** Undefined: no template says all of it. */
  cluster: Cluster | undefined;
  /** What stands at a token, before built-in masks. Holds until the next line. */
  rawAt: (token: number) => string;
  tokens: () => string[];
}

/** Matches lines against a Drain that is learned to its end; of those that are masked alike only the first is looked up. */
export function createLineMatcher(drain: Drain, masker: Masker): (text: string) => MatchedLine {
  const scan = newScan();
  const known = new Map<number, Cluster | null>();
  let line = '\n';
  const rawAt = (token: number): string => line.slice(scan.tokens[3 * token], scan.tokens[3 * token + 1]);
  const tokens = (): string[] => tokensOf(line, scan);
  return (text) => {
    line = masker.prepare(text);
    scanLine(line, 0, line.length - 1, scan);
    // 53 bits of the two hashes.
    const key = scan.hashA * 0x200000 + (scan.hashB >>> 11);
    let cluster = known.get(key);
    if (cluster === undefined) {
      cluster = drain.matchTokens(tokens()) ?? null;
      if (known.size < 100_000) known.set(key, cluster);
    }
    return { cluster: cluster ?? undefined, rawAt, tokens };
  };
}
