/** A task with what comes straight after it. */
export interface GraphTask {
  taskId: string;
  downstream: readonly string[];
}

/** Tasks at one distance: −2 and −1 come before, 0 is the task itself, 1 and 2 come after. */
export interface Hop {
  hop: number;
  /** In the order of the graph. */
  taskIds: string[];
}

export interface Neighbourhood {
  /** From the farthest before to the farthest after; none is empty. */
  hops: Hop[];
  /** All that lies before and after it, at any distance. */
  upstream: number;
  downstream: number;
}

const hopsMax = 2;

/** What surrounds a task in the graph of its DAG; null where the graph has no such task. Pure. */
export function neighbourhoodOf(tasks: readonly GraphTask[], taskId: string): Neighbourhood | null {
  if (!tasks.some((task) => task.taskId === taskId)) return null;
  const order = new Map(tasks.map((task, index) => [task.taskId, index]));
  const after = new Map(tasks.map((task) => [task.taskId, task.downstream.filter((to) => order.has(to))]));
  const before = new Map<string, string[]>();
  for (const [from, targets] of after)
    for (const to of targets) {
      const known = before.get(to);
      if (known === undefined) before.set(to, [from]);
      else known.push(from);
    }
  const above = distances(taskId, before);
  const below = distances(taskId, after);
  const at = (found: ReadonlyMap<string, number>, distance: number): string[] =>
    [...found]
      .flatMap(([id, far]) => (far === distance ? [id] : []))
      .toSorted((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0));
  const far = Array.from({ length: hopsMax }, (_, index) => index + 1);
  const hops: Hop[] = [
    ...far.toReversed().map((hop) => ({ hop: -hop, taskIds: at(above, hop) })),
    { hop: 0, taskIds: [taskId] },
    ...far.map((hop) => ({ hop, taskIds: at(below, hop) })),
  ];
  return { hops: hops.filter(({ taskIds }) => taskIds.length > 0), upstream: above.size - 1, downstream: below.size - 1 };
}

/** How far each task that can be reached is away; the task itself is at 0. */
function distances(from: string, edges: ReadonlyMap<string, readonly string[]>): Map<string, number> {
  const found = new Map([[from, 0]]);
  // A map is walked in the order in which it grows.
  for (const [id, distance] of found) for (const next of edges.get(id) ?? []) if (!found.has(next)) found.set(next, distance + 1);
  return found;
}

/**
 * Of each hop at most `shownMax`: those of the lowest rank, which are put beside those of the hop before it that they hang on.
 * Pure.
 */
export function choose(
  hops: readonly Hop[],
  { rank, shownMax, edge }: { rank: (taskId: string) => number; shownMax: number; edge: (from: string, to: string) => boolean },
): Hop[] {
  const shown = hops.map(({ hop, taskIds }) => ({
    hop,
    taskIds: taskIds.length <= shownMax ? taskIds : taskIds.toSorted((a, b) => rank(a) - rank(b)).slice(0, shownMax),
  }));
  const here = shown.findIndex(({ hop }) => hop === 0);
  const beside = (index: number, next: Hop | undefined, isEdge: (id: string, other: string) => boolean): void => {
    const hop = shown[index];
    if (hop === undefined || next === undefined) return;
    const middle = (id: string): number => {
      const places = next.taskIds.flatMap((other, place) => (isEdge(id, other) ? [place] : []));
      return places.length === 0 ? next.taskIds.length : places.reduce((sum, place) => sum + place, 0) / places.length;
    };
    hop.taskIds = hop.taskIds.toSorted((a, b) => middle(a) - middle(b));
  };
  for (let index = here - 1; index >= 0; index -= 1) beside(index, shown[index + 1], (id, next) => edge(id, next));
  for (let index = here + 1; index < shown.length; index += 1) beside(index, shown[index - 1], (id, last) => edge(last, id));
  return shown;
}
