import { joins } from './correlate.ts';
import type { Standing } from './standing.ts';

/** What came up between the two times, ms since 1970, with the roots that go by it. */
interface Group {
  roots: Standing[];
  untilMs: number;
}

/**
 * Roots that have the error of an older one, which lasts: when the one began no more than the window after the other, or one of its
 * members by the same error, last showed. Of those that hang together so the oldest stays, and the others become its members. What a
 * person has split off stays as it is. Pure; asked again about what it has merged it gives nothing.
 */
export function mergeSameError(open: readonly Standing[], windowMs: number): { member: Standing; root: Standing }[] {
  const merged: { member: Standing; root: Standing }[] = [];
  const bySignature = Map.groupBy(open.filter(hasError), ({ party }) => party.signature);
  for (const alike of bySignature.values()) {
    const roots = alike.filter(({ rootId, split }) => rootId === null && !split);
    if (roots.length < 2) continue;
    const spans = new Map(roots.map((root) => [root, spanOf(root, alike)]));
    let group: Group | undefined;
    for (const root of roots.toSorted(oldestFirst)) {
      const span = spans.get(root) ?? { fromMs: root.party.atMs, untilMs: root.newestMs };
      if (group !== undefined && span.fromMs - group.untilMs <= windowMs) {
        group.roots.push(root);
        group.untilMs = Math.max(group.untilMs, span.untilMs);
      } else {
        merged.push(...joinedTo(group));
        group = { roots: [root], untilMs: span.untilMs };
      }
    }
    merged.push(...joinedTo(group));
  }
  return merged;
}

const hasError = ({ party: { kind, signature } }: Standing): boolean =>
  signature !== null && joins[kind][kind]?.includes('same_error') === true;

const oldestFirst = (a: Standing, b: Standing): number => a.party.atMs - b.party.atMs || (a.id < b.id ? -1 : 1);

/** From the opening of a root to when it, or a member with the same error, last showed. */
function spanOf(root: Standing, alike: readonly Standing[]): { fromMs: number; untilMs: number } {
  const own = alike.filter(({ id, rootId }) => id === root.id || rootId === root.id);
  return {
    fromMs: root.party.atMs,
    untilMs: Math.max(...own.flatMap(({ party, newestMs }) => [party.atMs, newestMs])),
  };
}

function joinedTo(group: Group | undefined): { member: Standing; root: Standing }[] {
  const [root, ...others] = group?.roots ?? [];
  return root === undefined ? [] : others.map((member) => ({ member, root }));
}
