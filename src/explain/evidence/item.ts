import type { EvidenceId } from '../explanation.ts';
import type { PartName, Parts } from './circumstances.ts';
import type { Scene } from './scene.ts';

/**
 * One item of evidence. `gather` reads; null: it does not apply. `tell` says it in clauses, most telling first, for people and
 * models; none: there is nothing to say. The frame in `gather.ts` does deadline and failure.
 */
export interface Item<Name extends PartName> {
  id: EvidenceId;
  gather(scene: Scene): Promise<Parts[Name] | null>;
  tell(part: Parts[Name], at: Date): string[];
}
