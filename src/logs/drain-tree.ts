/** A place in the tree of templates: by the next token, or at the end the clusters. */
export interface DrainNode<Cluster> {
  children: Map<string, DrainNode<Cluster>>;
  clusters: Cluster[];
}

export const newNode = <Cluster>(): DrainNode<Cluster> => ({ children: new Map(), clusters: [] });

const any = '<*>';

/**
 * Where a line's clusters are: by its number of tokens, then by its first `levels` tokens. A token with a digit or a
 * mask, and every token that found no place any more, goes by `<*>`. Without `create` undefined when there is no such place.
 */
export function placeOf<Cluster>(
  root: Map<number, DrainNode<Cluster>>,
  tokens: readonly string[],
  levels: number,
  maxChildren: number,
  create: boolean,
): DrainNode<Cluster> | undefined {
  let node: DrainNode<Cluster> | undefined = root.get(tokens.length);
  if (node === undefined) {
    if (!create) return undefined;
    root.set(tokens.length, (node = newNode()));
  }
  for (let at = 0; at < levels && at < tokens.length; at += 1) {
    const token = tokens[at] as string;
    const next: DrainNode<Cluster> | undefined = node.children.get(token) ?? (create ? undefined : node.children.get(any));
    if (next === undefined && !create) return undefined;
    node = next ?? childFor(node, token, maxChildren);
  }
  return node;
}

function childFor<Cluster>(node: DrainNode<Cluster>, token: string, maxChildren: number): DrainNode<Cluster> {
  const key = varies(token) ? any : keyIn(node, token, maxChildren);
  let child = node.children.get(key);
  if (child === undefined) node.children.set(key, (child = newNode()));
  return child;
}

/** One place stays for `<*>`. */
function keyIn<Cluster>({ children }: DrainNode<Cluster>, token: string, maxChildren: number): string {
  const free = children.has(any) ? maxChildren : maxChildren - 1;
  return children.size < free ? token : any;
}

/** Whether a token has a digit or a mask in it. */
function varies(token: string): boolean {
  for (let at = 0; at < token.length; at += 1) {
    const code = token.charCodeAt(at);
    if ((code >= 48 && code <= 57) || code === 60) return true;
  }
  return false;
}

/** Takes a cluster out, and with it the places that hold nothing else. */
export function pruneTo<Cluster extends { tokens: readonly string[] }>(
  root: Map<number, DrainNode<Cluster>>,
  cluster: Cluster,
): void {
  const node = root.get(cluster.tokens.length);
  if (node !== undefined && takeOut(node, cluster) && isEmpty(node)) root.delete(cluster.tokens.length);
}

const isEmpty = <Cluster>({ children, clusters }: DrainNode<Cluster>): boolean => children.size === 0 && clusters.length === 0;

function takeOut<Cluster>(node: DrainNode<Cluster>, cluster: Cluster): boolean {
  const at = node.clusters.indexOf(cluster);
  if (at >= 0) {
    node.clusters.splice(at, 1);
    return true;
  }
  for (const [token, child] of node.children) {
    if (!takeOut(child, cluster)) continue;
    if (isEmpty(child)) node.children.delete(token);
    return true;
  }
  return false;
}
