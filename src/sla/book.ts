import type { SlaMemory, SlaTarget } from './memory.ts';
import type { SlaObjective } from './objective.ts';
import type { Selected } from './select.ts';

/** What a leader keeps of SLAs between cycles; `memory` is equal to the store after every commit. */
export interface SlaBook {
  objectives: readonly SlaObjective[];
  memory: SlaMemory;
  /** The targets of each objective as they were chosen last, and from what. */
  chosen: { from: string; plans: readonly ObjectivePlan[] } | null;
}

/** One objective and its targets of this moment. */
export interface ObjectivePlan {
  objective: SlaObjective;
  targets: { selected: Selected; target: SlaTarget }[];
  /** By `routeKey`: which target what ends belongs to. */
  routes: Map<string, SlaTarget>;
  leftOut: number;
}

/** A book of these objectives: what was said of others before is said anew. */
export function newBook(objectives: readonly SlaObjective[], memory: SlaMemory = new Map()): SlaBook {
  for (const target of memory.values()) target.status = null;
  return { objectives, memory, chosen: null };
}
