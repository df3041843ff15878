/** A queue of things due at a time; what is due at the same time leaves in the order it came. */
export interface TimeQueue<Item> {
  push(atMs: number, item: Item): void;
  /** The earliest item due at or before `untilMs`. */
  take(untilMs: number): { atMs: number; item: Item } | undefined;
  readonly size: number;
}

/** A binary heap. */
export function createTimeQueue<Item>(): TimeQueue<Item> {
  const heap: { atMs: number; order: number; item: Item }[] = [];
  let pushed = 0;
  const before = (a: number, b: number): boolean => {
    const [x, y] = [heap[a], heap[b]];
    return x !== undefined && y !== undefined && (x.atMs < y.atMs || (x.atMs === y.atMs && x.order < y.order));
  };
  const swap = (a: number, b: number): void => {
    const [x, y] = [heap[a], heap[b]];
    if (x === undefined || y === undefined) return;
    heap[a] = y;
    heap[b] = x;
  };
  return {
    get size() {
      return heap.length;
    },
    push(atMs, item) {
      let at = heap.push({ atMs, order: (pushed += 1), item }) - 1;
      while (at > 0) {
        const parent = (at - 1) >> 1;
        if (!before(at, parent)) break;
        swap(at, parent);
        at = parent;
      }
    },
    take(untilMs) {
      const first = heap[0];
      if (first === undefined || first.atMs > untilMs) return undefined;
      swap(0, heap.length - 1);
      heap.pop();
      for (let at = 0; ;) {
        const left = 2 * at + 1;
        let least = at;
        if (left < heap.length && before(left, least)) least = left;
        if (left + 1 < heap.length && before(left + 1, least)) least = left + 1;
        if (least === at) break;
        swap(at, least);
        at = least;
      }
      return { atMs: first.atMs, item: first.item };
    },
  };
}
