/** Stands for any token. */
export const wildcard = '<*>';

/** Lines that are alike. */
export interface Cluster {
  readonly id: number;
  /** Lines learned. */
  readonly size: number;
  /** The tokens, `<*>` where the lines differ. */
  readonly tokens: readonly string[];
}
/** A cluster while it is learned. */
export interface OpenCluster extends Cluster {
  size: number;
  tokens: string[];
  /** When it was met last, counted in lines. */
  used: number;
  /** How many of the tokens are wildcards. */
  wildcards: number;
}

/**
 * Equal tokens over all of them; a wildcard of the template is not equal. Masks say nothing about what a line is about: where
 * both have the same one, it counts neither way. Of equals the one with more wildcards is taken.
 */
export function mostSimilar(
  clusters: readonly OpenCluster[],
  tokens: readonly string[],
  similarity: number,
): OpenCluster | undefined {
  let best: OpenCluster | undefined;
  let bestSimilarity = -1;
  for (let index = 0; index < clusters.length; index += 1) {
    const cluster = clusters[index] as OpenCluster;
    const template = cluster.tokens;
    // A template is left as soon as it can be neither near enough nor the nearest.
    const differingMax = differingAllowed(tokens.length, Math.max(similarity, bestSimilarity));
    let differing = 0;
    let masks = 0;
    for (let at = 0; at < tokens.length && differing <= differingMax; at += 1) {
      const token = tokens[at] as string;
      if (template[at] !== token || token === wildcard) differing += 1;
      else if (isMask(token)) masks += 1;
    }
    if (differing > differingMax) continue;
    const counted = tokens.length - masks;
    const same = counted === 0 ? 1 : (counted - differing) / counted;
    if (same > bestSimilarity || (same === bestSimilarity && best !== undefined && cluster.wildcards > best.wildcards)) {
      best = cluster;
      bestSimilarity = same;
    }
  }
  return bestSimilarity >= similarity - 1e-9 ? best : undefined;
}

/** So many tokens may differ at a similarity; a little more, since 0.1 is no binary number. */
export const differingAllowed = (tokenCount: number, similarity: number): number => (1 - similarity) * tokenCount + 1e-9;

/** `<NUM>`, and nothing else. */
const isMask = (token: string): boolean => token.charCodeAt(0) === 60 && token.charCodeAt(token.length - 1) === 62;

/** Of the templates that say all of a line the one with the fewest wildcards. */
export function tightest(clusters: Iterable<OpenCluster>, tokens: readonly string[]): OpenCluster | undefined {
  let best: OpenCluster | undefined;
  for (const cluster of clusters) {
    const template = cluster.tokens;
    if (template.length !== tokens.length || (best !== undefined && cluster.wildcards >= best.wildcards)) continue;
    if (says(template, tokens)) best = cluster;
  }
  return best;
}

function says(template: readonly string[], tokens: readonly string[]): boolean {
  for (let at = 0; at < template.length; at += 1) if (template[at] !== tokens[at] && template[at] !== wildcard) return false;
  return true;
}
