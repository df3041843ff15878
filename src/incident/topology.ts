import type { StoredGraph } from '../collect/graph.ts';
import type { Topology } from './tie.ts';

type Edges = ReadonlyMap<string, readonly string[]>;

/** How DAGs and tasks hang together, by the graphs that were read last. What is asked for is worked out once and kept. */
export function topologyOf(graphs: readonly StoredGraph[], fileOf: (dagId: string) => string | null): Topology {
  const tasksOf = new Map(graphs.map(({ dagId, tasks }) => [dagId, upstreamOf(tasks.map(edgesOfTask))]));
  const tasksAbove = new Map<string, Map<string, ReadonlySet<string>>>();
  const dagsAbove = new Map<string, ReadonlySet<string>>();
  const links = upstreamOf([dagEdges(graphs)]);
  return {
    isUpstreamTask(dagId, upstream, taskId) {
      const kept = tasksAbove.get(dagId) ?? new Map<string, ReadonlySet<string>>();
      tasksAbove.set(dagId, kept);
      return above(taskId, tasksOf.get(dagId) ?? new Map(), kept).has(upstream);
    },
    isUpstreamDag: (upstream, dagId) => above(dagId, links, dagsAbove).has(upstream),
    fileOf,
  };
}

type Edge = readonly [from: string, to: string];

const edgesOfTask = ({ taskId, downstream }: StoredGraph['tasks'][number]): Edge[] => downstream.map((to) => [taskId, to]);

/** Which DAG leads to which: by triggers and sensors directly, by the assets that one updates and another waits for. */
function dagEdges(graphs: Links): Edge[] {
  const edges: Edge[] = [];
  const producers = new Map<string, string[]>();
  const consumers = new Map<string, string[]>();
  const put = (map: Map<string, string[]>, key: string, dagId: string) => map.set(key, [...(map.get(key) ?? []), dagId]);
  for (const { dagId, links } of graphs) {
    for (const { source, target, type, id } of links) {
      // 2.x says dataset, 3.x asset; both have aliases and the like.
      if (!/^(asset|dataset)/.test(type)) edges.push([source, target]);
      else if (source === dagId) put(producers, id, dagId);
      else if (target === dagId) put(consumers, id, dagId);
    }
  }
  for (const [id, from] of producers)
    for (const source of from) for (const target of consumers.get(id) ?? []) edges.push([source, target]);
  return edges;
}

type Links = readonly Pick<StoredGraph, 'dagId' | 'links'>[];

/** The DAGs that these lead to, at any distance, nearest first; they themselves are not among them. */
export const downstreamDags = (graphs: Links, dagIds: readonly string[]): string[] => follow(dagEdges(graphs), dagIds);

/** The DAGs that lead to these, at any distance, nearest first. */
export const upstreamDags = (graphs: Links, dagIds: readonly string[]): string[] =>
  follow(
    dagEdges(graphs).map(([from, to]) => [to, from]),
    dagIds,
  );

function follow(edges: readonly Edge[], dagIds: readonly string[]): string[] {
  const next = Map.groupBy(edges, ([from]) => from);
  const found = new Set(dagIds);
  const given = found.size;
  // A set is walked in the order in which it grows.
  for (const dagId of found) for (const [, to] of next.get(dagId) ?? []) found.add(to);
  return [...found].slice(given);
}

/** The direct predecessors of each node. */
function upstreamOf(edges: readonly (readonly Edge[])[]): Edges {
  const found = new Map<string, string[]>();
  for (const [from, to] of edges.flat()) if (from !== to) found.set(to, [...(found.get(to) ?? []), from]);
  return found;
}

/** Everything above a node, at any distance; a circle of DAGs ends where it began. */
function above(node: string, upstream: Edges, kept: Map<string, ReadonlySet<string>>): ReadonlySet<string> {
  const known = kept.get(node);
  if (known !== undefined) return known;
  const found = new Set<string>();
  const queue = [...(upstream.get(node) ?? [])];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    queue.push(...(upstream.get(next) ?? []));
  }
  found.delete(node);
  kept.set(node, found);
  return found;
}
