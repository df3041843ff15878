import type { CycleStatus } from './cycle-messages.ts';
import type { EncodedExposition } from './measure/exposition.ts';
import { loadExposition } from './measure/save-exposition.ts';
import type { Store } from './store/store.ts';

export interface FollowOptions {
  store: Store;
  deployment: string;
  /** What a leader published longer ago is no news: it died, and nobody leads yet. */
  staleAfterMs: number;
}

/** The follower's work: what the leader published, when it is new. */
export function createFollower({ store, deployment, staleAfterMs }: FollowOptions) {
  let last: Date | null = null;

  /** The leader's newest bytes; undefined when nothing changed. */
  async function look(): Promise<{ encoded: EncodedExposition; status: CycleStatus } | undefined> {
    const found = await loadExposition(store, deployment, { other: last, maxAgeMs: staleAfterMs });
    if (found === null) return undefined;
    last = found.takenAt;
    // Written by `saveExposition` of a Windsock like this one.
    return { encoded: found.encoded, status: found.status as CycleStatus };
  }

  return { look };
}
