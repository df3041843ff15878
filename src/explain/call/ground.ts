import type { ModelAnswer } from './answer-shape.ts';
import type { Citation, EvidenceId, Explanation } from '../explanation.ts';
import { unsupported } from './identifiers.ts';
import { leftOut } from './orders.ts';
import { findQuote } from './quotes.ts';
import { textOf, type Shown } from './shown.ts';
import { followsOrders } from './taint.ts';

/** How much a verified quote tells: the error itself, something else of this try or its surroundings, or that it failed. */
export type Weight = 'strong' | 'fair' | 'weak';

export interface Grounding {
  /** Quotes that stand where the answer says, as they stand there. */
  citations: (Citation & { weight: Weight })[];
  /** Of the answer's quotes, how many those are: 0 to 1. */
  ratio: number;
  /** What the cause names and the evidence does not hold. */
  unsupported: string[];
  /** It says what a text of the log told models to say. */
  followsOrders: boolean;
}

/** What says only that it failed: it is so whatever the cause. */
const wrapper =
  /^(?:\[[^\]]{0,60}\] ?)?(?:\{[^}]{0,80}\} ?)?(?:(?:ERROR|INFO|WARNING|CRITICAL) ?-? ?)?(?:task failed|bash command failed|command exited with return code|marking task as|task (?:is|was) (?:marked|killed)|traceback \(most|the above exception|during handling|failed to execute (?:task|job)|pod \S+ returned a failure|airflow\.exceptions\.airflow\w*exception: (?:bash command failed|task failed)|job \S+ finished with exit code|state (?:failed|up_for_retry))/i;

type Place = { ref: Citation['ref']; text: string; weight: Weight };

function placesOf({ lines, evidence }: Shown): Place[] {
  const ofLine = (why: Shown['lines'][number]['why'], text: string): Weight => {
    if (wrapper.test(text)) return 'weak';
    return why === 'tail' || why === 'near' ? 'fair' : 'strong';
  };
  const ofEvidence = (id: EvidenceId): Weight =>
    id === 'E1' || id === 'E2' || id === 'E10' ? (lines.length > 0 ? 'weak' : 'fair') : 'fair';
  return [
    ...lines.map(({ line, text, why }): Place => ({ ref: `L${line}`, text, weight: ofLine(why, text) })),
    ...evidence.map(({ id, text }): Place => ({ ref: id, text, weight: ofEvidence(id) })),
  ];
}

/**
 * An answer held against what was shown. `anywhere`: it is the answer to another log of the same error, whose lines have other
 * numbers. Pure.
 */
export function ground(
  answer: ModelAnswer,
  shown: Shown,
  { rules, anywhere = false }: { rules: Explanation | null; anywhere?: boolean },
): Grounding {
  const places = placesOf(shown);
  const citations = new Map<string, Grounding['citations'][number]>();
  let verified = 0;
  for (const { ref, quote } of answer.evidence) {
    const isLine = ref.startsWith('L');
    const candidates = places.filter((place) => place.ref === ref || (anywhere && isLine && place.ref.startsWith('L')));
    const found = candidates.flatMap((place) => {
      const text = findQuote(quote, place.text);
      return text === undefined || text.includes(leftOut) ? [] : [{ ...place, text }];
    })[0];
    if (found === undefined) continue;
    verified += 1;
    citations.set(`${found.ref} ${found.text}`, { ref: found.ref, quote: found.text, verified: true, weight: found.weight });
  }
  return {
    citations: [...citations.values()],
    ratio: answer.evidence.length === 0 ? 0 : verified / answer.evidence.length,
    unsupported: unsupported(answer.rootCause, textOf(shown)),
    followsOrders: followsOrders(answer, shown, rules),
  };
}
