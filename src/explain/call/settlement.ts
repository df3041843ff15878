import { wasAsked, type ChainAnswer } from '../../llm/question.ts';
import type { Tx } from '../../store/store.ts';
import type { RcaOutcome } from '../../telemetry/rca.ts';
import type { Explanation } from '../explanation.ts';
import type { KeptExplanation } from '../rows.ts';
import type { ModelAnswer } from './answer-shape.ts';
import { judge, type AskSettings, type Prepared } from './ask-one.ts';
import type { AskedCall } from './calls.ts';
import type { Judged } from './judge-answer.ts';

/** What is written of an explanation when it is settled. */
export interface Settlement {
  outcome: RcaOutcome;
  resultB: Explanation | null;
  call: AskedCall | null;
  /** Of a model's quotes, those that stand; null: there is no answer. */
  ratio: number | null;
}

/** Where no model says anything. */
export const nothing = (outcome: RcaOutcome): Settlement => ({ outcome, resultB: null, call: null, ratio: null });

/** What a chain's answer comes to, held against what was shown. */
export async function ofAnswer(
  store: Tx,
  airflow: string,
  answer: ChainAnswer<ModelAnswer>,
  { kept, prepared, current, call }: { kept: KeptExplanation; prepared: Prepared; current: AskSettings; call: AskedCall },
): Promise<Settlement> {
  if (answer.source === 'none') {
    const { why, detail } = answer;
    return { ...nothing(why), call: wasAsked(why) ? { ...call, outcome: why, detail } : null };
  }
  const { hosts } = current;
  const judged = await judge(
    store,
    airflow,
    { answer: answer.value, ...prepared },
    { hosts, signature: kept.signature, cached: false },
  );
  if (judged.kind === 'unverified') {
    const told: AskedCall = { ...call, outcome: 'unverified', detail: judged.why };
    return { outcome: 'unverified', resultB: judged.idea, call: told, ratio: judged.ratio };
  }
  const by = current.models.findIndex(({ provider }) => provider === answer.record.provider);
  const cacheKey = prepared.cacheKeys[by] ?? null;
  return {
    outcome: 'llm',
    resultB: judged.explanation,
    call: { ...call, answer: answer.value, features: judged.features, cacheKey },
    ratio: judged.ratio,
  };
}

/** What the answer to an earlier case of the error comes to. */
export function ofCache({ judged, incidentId }: { judged: Judged; incidentId: string }): Settlement {
  if (judged.kind === 'verified') return { outcome: 'cache', resultB: judged.explanation, call: null, ratio: judged.ratio };
  return { outcome: 'unverified', resultB: similarTo(incidentId), call: null, ratio: judged.ratio };
}

/** Where the answer to an earlier case of the error does not hold: which case that was, and no verdict. */
const similarTo = (incidentId: string): Explanation => ({
  source: 'cache',
  category: 'unknown',
  subcategory: '',
  rootCause: `Similar to incident ${incidentId}; what was said of that does not stand in this log.`,
  transient: 'unclear',
  evidence: [],
  nextSteps: [],
  alternatives: [],
  confidence: 0.05,
  rule: null,
  docs: null,
});
