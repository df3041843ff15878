import { createMasker, type Masker } from './masks.ts';
import { differingAllowed, mostSimilar, tightest, wildcard, type Cluster, type OpenCluster } from './similarity.ts';
import { newNode, placeOf, pruneTo, type DrainNode } from './drain-tree.ts';

// P. He, J. Zhu, Z. Zheng, M. Lyu: "Drain: An Online Log Parsing Approach with Fixed Depth Tree", ICWS 2017.

export interface DrainOptions {
  /** Levels of the tree: root, number of tokens, so many first tokens as are left, clusters. At least 3. */
  depth: number;
  /** The share of tokens, 0 to 1, that a line must have in common with a template to belong to it. */
  similarity: number;
  /** Different tokens at one place of the tree; one place is kept for all further ones. */
  maxChildren: number;
  /** Of more clusters the one that was met longest ago is forgotten. */
  maxClusters: number;
}

export const defaultDrain: DrainOptions = { depth: 4, similarity: 0.5, maxChildren: 100, maxClusters: 1024 };

export interface Learned {
  cluster: Cluster;
  changed: 'created' | 'template' | 'nothing';
}

export interface Drain {
  options: DrainOptions;
  /** Puts a message into its cluster, or begins one. */
  learn: (text: string) => Learned;
  /** The same for tokens of a masker. */
  learnTokens: (tokens: readonly string[]) => Learned;
  /** The same for a line that was learned before with no change, while the version for its number of tokens is the same. */
  learnAgain: (cluster: Cluster) => void;
  /** Moves when a line of so many tokens may get another answer than before. */
  versionOf: (tokenCount: number) => number;
  /** The cluster whose template says all of the message, the one with the fewest wildcards; changes nothing. */
  match: (text: string) => Cluster | undefined;
  matchTokens: (tokens: readonly string[]) => Cluster | undefined;
  clusters: () => Iterable<Cluster>;
  toJSON: () => DrainState;
}

/** What is kept of a Drain. */
export interface DrainState {
  version: 1;
  masks: string;
  options: DrainOptions;
  nextId: number;
  /** Met longest ago first: [id, size, template, the ways to it in the tree]. */
  clusters: [id: number, size: number, template: string, path: readonly string[]][];
}

export const templateOf = ({ tokens }: Cluster): string => tokens.join(' ');

interface Inner {
  options: DrainOptions;
  masker: Masker;
  /** By the number of tokens. */
  root: Map<number, DrainNode<OpenCluster>>;
  clusters: Map<number, OpenCluster>;
  nextId: number;
  /** Lines learned. */
  lines: number;
  /** By the number of tokens: templates of other lengths never meet. */
  versions: Map<number, number>;
  /** How often each token stands in a template. */
  words: Map<string, number>;
  /** Clusters as they were when they were sorted, the one that was met longest ago last. */
  eldest: { cluster: OpenCluster; used: number }[];
}

/**
 * Groups messages by their templates. `state` is what `toJSON` gave; made with other masks or options it is left aside, and
 * everything is learned anew.
 */
export function createDrain(options: Partial<DrainOptions> = {}, masker: Masker = createMasker(), state?: DrainState): Drain {
  const drain: Inner = {
    options: { ...defaultDrain, ...options },
    masker,
    root: new Map(),
    clusters: new Map(),
    nextId: 1,
    lines: 0,
    versions: new Map(),
    words: new Map(),
    eldest: [],
  };
  if (state !== undefined && fits(state, drain)) load(drain, state);
  return {
    options: drain.options,
    learn: (text) => learn(drain, masker.split(text)),
    learnTokens: (tokens) => learn(drain, tokens),
    learnAgain: (cluster) => meet(drain, cluster as OpenCluster),
    versionOf: (tokenCount) => drain.versions.get(tokenCount) ?? 0,
    match: (text) => match(drain, masker.split(text)),
    matchTokens: (tokens) => match(drain, tokens),
    clusters: () => drain.clusters.values(),
    toJSON: () => save(drain),
  };
}

function learn(drain: Inner, tokens: readonly string[]): Learned {
  const { depth, maxChildren } = drain.options;
  const node = placeOf(drain.root, tokens, depth - 3, maxChildren, false);
  const cluster =
    node === undefined || isHopeless(drain, node, tokens)
      ? undefined
      : mostSimilar(node.clusters, tokens, drain.options.similarity);
  if (cluster === undefined) return { cluster: begin(drain, tokens), changed: 'created' };
  meet(drain, cluster);
  if (!widen(cluster, tokens, drain.words)) return { cluster, changed: 'nothing' };
  moveVersion(drain, tokens.length);
  return { cluster, changed: 'template' };
}

function meet(drain: Inner, cluster: OpenCluster): void {
  drain.lines += 1;
  cluster.size += 1;
  cluster.used = drain.lines;
}

/** Among many templates: whether too many of a line's tokens stand in no template at all for it to be like any of them. */
function isHopeless({ words, options }: Inner, { clusters }: DrainNode<OpenCluster>, tokens: readonly string[]): boolean {
  if (clusters.length < 32) return false;
  let left = differingAllowed(tokens.length, options.similarity);
  for (let at = 0; at < tokens.length && left >= 0; at += 1) if (!words.has(tokens[at] as string)) left -= 1;
  return left < 0;
}

function count(words: Map<string, number>, token: string, by: number): void {
  const now = (words.get(token) ?? 0) + by;
  if (now === 0) words.delete(token);
  else words.set(token, now);
}

function moveVersion({ versions }: Inner, tokenCount: number): void {
  versions.set(tokenCount, (versions.get(tokenCount) ?? 0) + 1);
}

/** Puts a wildcard where the template says something else; whether it did. */
function widen(cluster: OpenCluster, tokens: readonly string[], words: Map<string, number>): boolean {
  const template = cluster.tokens;
  let changed = false;
  for (let at = 0; at < template.length; at += 1) {
    if (template[at] === tokens[at] || template[at] === wildcard) continue;
    count(words, template[at] as string, -1);
    template[at] = wildcard;
    cluster.wildcards += 1;
    changed = true;
  }
  return changed;
}

function begin(drain: Inner, tokens: readonly string[]): OpenCluster {
  const { depth, maxChildren, maxClusters } = drain.options;
  // Tokens are pieces of what was read, and would keep all of that in memory.
  const own = tokens.map(copyOf);
  const wildcards = own.filter((token) => token === wildcard).length;
  const cluster: OpenCluster = { id: drain.nextId, size: 0, tokens: own, wildcards, used: 0 };
  drain.nextId += 1;
  meet(drain, cluster);
  placeOf(drain.root, own, depth - 3, maxChildren, true)?.clusters.push(cluster);
  drain.clusters.set(cluster.id, cluster);
  for (const token of own) count(drain.words, token, 1);
  moveVersion(drain, own.length);
  if (drain.clusters.size > maxClusters) forget(drain, leastUsed(drain));
  return cluster;
}

/** What was met, or came, since the clusters were sorted was met later than all that was not. */
function leastUsed(drain: Inner): OpenCluster | undefined {
  if (drain.clusters.size === 0) return undefined;
  for (;;) {
    const next = drain.eldest.pop();
    if (next === undefined)
      drain.eldest = [...drain.clusters.values()]
        .map((cluster) => ({ cluster, used: cluster.used }))
        .sort((a, b) => b.used - a.used);
    else if (next.cluster.used === next.used && drain.clusters.get(next.cluster.id) === next.cluster) return next.cluster;
  }
}

function forget(drain: Inner, cluster: OpenCluster | undefined): void {
  if (cluster === undefined) return;
  drain.clusters.delete(cluster.id);
  pruneTo(drain.root, cluster);
  for (const token of cluster.tokens) count(drain.words, token, -1);
  moveVersion(drain, cluster.tokens.length);
}

// A slice of a joined text refers to that joined text only.
const copyOf = (text: string): string => ` ${text}`.slice(1);

function match(drain: Inner, tokens: readonly string[]): OpenCluster | undefined {
  const { depth, maxChildren } = drain.options;
  const node = placeOf(drain.root, tokens, depth - 3, maxChildren, false);
  const near = node === undefined ? undefined : tightest(node.clusters, tokens);
  if (near !== undefined) return near;
  // The line that began a template may have stood elsewhere in the tree.
  return tightest(drain.clusters.values(), tokens);
}

function save({ options, masker, nextId, clusters, root }: Inner): DrainState {
  const paths = new Map<OpenCluster, string[]>();
  for (const [, node] of root) collectPaths(node, [], paths);
  return {
    version: 1,
    masks: masker.version,
    options,
    nextId,
    clusters: [...clusters.values()]
      .sort((a, b) => a.used - b.used)
      .map((cluster) => [cluster.id, cluster.size, templateOf(cluster), paths.get(cluster) ?? []]),
  };
}

function collectPaths(node: DrainNode<OpenCluster>, path: string[], into: Map<OpenCluster, string[]>): void {
  for (const cluster of node.clusters) into.set(cluster, path);
  for (const [token, child] of node.children) collectPaths(child, [...path, token], into);
}

const fits = ({ version, masks, options }: DrainState, drain: Inner): boolean =>
  version === 1 &&
  masks === drain.masker.version &&
  options.depth === drain.options.depth &&
  options.maxChildren === drain.options.maxChildren;

/** Clusters of one place stand there in the order in which they began. */
function load(drain: Inner, { nextId, clusters }: DrainState): void {
  drain.nextId = nextId;
  const open = clusters.map(([id, size, template, path], used) => {
    const tokens = template === '' ? [] : template.split(' ');
    return { path, cluster: { id, size, tokens, wildcards: tokens.filter((token) => token === wildcard).length, used } };
  });
  for (const { path, cluster } of open.toSorted((a, b) => a.cluster.id - b.cluster.id)) {
    let node = drain.root.get(cluster.tokens.length);
    if (node === undefined) drain.root.set(cluster.tokens.length, (node = newNode()));
    for (const token of path) {
      let child: DrainNode<OpenCluster> | undefined = node.children.get(token);
      if (child === undefined) node.children.set(token, (child = newNode()));
      node = child;
    }
    node.clusters.push(cluster);
  }
  for (const { cluster } of open) {
    drain.clusters.set(cluster.id, cluster);
    for (const token of cluster.tokens) count(drain.words, token, 1);
  }
  drain.lines = open.length;
}
