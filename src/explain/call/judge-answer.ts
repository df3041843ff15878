import type { ModelAnswer } from './answer-shape.ts';
import { confidenceOf, featuresOf, least, mediumMax, type Features, type Fit, type SignatureHistory } from './confidence.ts';
import type { Alternative, Category, Citation, Explanation } from '../explanation.ts';
import { ground } from './ground.ts';
import { unsupported } from './identifiers.ts';
import { scrubSentence, scrubStep, type ScrubOptions } from './scrub.ts';
import { textOf, type Shown } from './shown.ts';
import { isOrdered } from './taint.ts';
import { capped } from './visible.ts';

export interface JudgeOptions {
  rules: Explanation | null;
  /** Hosts whose links may be shown. */
  hosts: ReadonlySet<string>;
  history: SignatureHistory;
  fit: Fit | null;
  /** The answer was given to another log of the same error. */
  cached: boolean;
}

export type Judged =
  | { kind: 'verified'; explanation: Explanation; ratio: number; features: Features }
  /** Nothing that holds. `idea` may be shown as such, beside result A; the cause of what a cached answer was about may not. */
  | { kind: 'unverified'; idea: Explanation | null; ratio: number; why: string };

const sentenceMax = 240;
const stepMax = 160;
const citationsMax = 6;
/** From here on a rule is not overruled: what contradicts it stands beside it. Nor by what is not even medium. */
const ruleStandsFrom = 0.6;
const overrulesFrom = 0.4;

/** What is said where the model's own words cannot be shown. */
const generic: Readonly<Record<Category, string>> = {
  resource_error: 'A resource was used up, or the task was killed from outside.',
  data_quality: 'The data is not as the task expects it.',
  dependency_failure: 'A system that the task depends on did not answer as it should.',
  configuration_error: 'Something that the task needs is not set up, or wrongly.',
  permission_error: 'The task was refused access.',
  timeout_error: 'A time limit passed.',
  more_input: 'There was more to do than usual.',
  slower_code: 'The code or its environment changed and needs longer.',
  contention: 'It shared what it runs on with too much else.',
  upstream_late: 'What it waits for came late.',
  platform: "A part of Airflow's platform did not do its work.",
  unknown: 'The evidence does not say why.',
};

/** A model's answer held against what it was shown, and against result A. Pure. */
export function judgeAnswer(answer: ModelAnswer, shown: Shown, options: JudgeOptions): Judged {
  const { rules, history, fit, cached } = options;
  const grounding = ground(answer, shown, { rules, anywhere: cached });
  const { ratio, citations } = grounding;
  if (grounding.followsOrders)
    return { kind: 'unverified', idea: null, ratio, why: 'it says what a text in the log told models to say' };
  const scrubbing = { hosts: options.hosts, evidence: textOf(shown) };
  const sentence = grounding.unsupported.length > 0 ? '' : scrubSentence(answer.rootCause, sentenceMax, scrubbing);
  if (citations.length === 0) {
    const idea = sentence === '' || cached ? null : ideaOf(answer.category, sentence);
    return { kind: 'unverified', idea, ratio, why: 'none of its quotes stands where it says' };
  }
  const features = featuresOf(answer, grounding, { rules, history });
  const confidence = confidenceOf(features, answer.category, fit);
  const own: Explanation = {
    source: cached ? 'cache' : 'llm',
    category: answer.category,
    subcategory: '',
    rootCause: sentence === '' ? generic[answer.category] : sentence,
    transient: answer.transient,
    evidence: citations.map(({ ref, quote, verified }) => ({ ref, quote, verified })),
    nextSteps: answer.nextSteps.flatMap((step) => stepOf(step, shown, rules, scrubbing) ?? []),
    alternatives: [],
    confidence,
    rule: null,
    docs: null,
  };
  const other = alternativeOf(answer, shown, rules, scrubbing);
  return { kind: 'verified', explanation: combine(own, rules, other, sentence !== ''), ratio, features };
}

/** Shown beside result A at most, as what nothing shows. */
const ideaOf = (category: Category, sentence: string): Explanation => ({
  source: 'llm',
  category,
  subcategory: '',
  rootCause: capped(`Unverified: ${sentence}`, sentenceMax),
  transient: 'unclear',
  evidence: [],
  nextSteps: [],
  alternatives: [],
  confidence: least,
  rule: null,
  docs: null,
});

function stepOf(step: string, shown: Shown, rules: Explanation | null, scrubbing: ScrubOptions): string | undefined {
  return isOrdered(step, shown, rules) ? undefined : scrubStep(step, stepMax, scrubbing);
}

function alternativeOf(
  { alternative, category }: ModelAnswer,
  shown: Shown,
  rules: Explanation | null,
  scrubbing: ScrubOptions,
): Alternative[] {
  if (isOrdered(alternative, shown, rules)) return [];
  const sentence = alternative === '' ? '' : scrubSentence(alternative, sentenceMax, scrubbing);
  if (sentence === '' || /^(?:none|n\/?a|no|unknown|empty)\W*$/i.test(sentence)) return [];
  return unsupported(sentence, scrubbing.evidence).length === 0 ? [{ category, cause: sentence, source: 'llm' }] : [];
}

/** Result A and the model's answer as one explanation. `said`: the cause is in the model's own words. */
function combine(own: Explanation, rules: Explanation | null, others: readonly Alternative[], said: boolean): Explanation {
  if (rules === null) return { ...own, alternatives: others.slice(0, 2) };
  if (rules.category === own.category) return agreed(own, rules, others, said);
  if (rules.category === 'unknown' && rules.rule === null) return { ...own, alternatives: others.slice(0, 2) };
  const byRules: Alternative = { category: rules.category, cause: rules.rootCause, source: 'rules' };
  const byModel: Alternative = { category: own.category, cause: own.rootCause, source: 'llm' };
  // Abstaining refutes nothing.
  if (own.category === 'unknown' || rules.confidence >= ruleStandsFrom || own.confidence < overrulesFrom)
    return {
      ...rules,
      alternatives: [...(own.category === 'unknown' ? [] : [byModel]), ...rules.alternatives].slice(0, 2),
      confidence: own.category === 'unknown' ? rules.confidence : Math.min(rules.confidence, mediumMax),
    };
  return { ...own, alternatives: [byRules, ...others].slice(0, 2) };
}

function agreed(own: Explanation, rules: Explanation, others: readonly Alternative[], said: boolean): Explanation {
  const key = ({ ref, quote }: Citation): string => `${ref} ${quote}`;
  const known = new Set(own.evidence.map(key));
  return {
    ...own,
    subcategory: rules.subcategory,
    rootCause: said ? own.rootCause : rules.rootCause,
    transient: rules.transient === 'unclear' ? own.transient : rules.transient,
    evidence: [...own.evidence, ...rules.evidence.filter((citation) => !known.has(key(citation)))].slice(0, citationsMax),
    nextSteps: own.nextSteps.length > 0 ? own.nextSteps : rules.nextSteps,
    alternatives: [...others, ...rules.alternatives].slice(0, 2),
    confidence: Math.max(own.confidence, rules.confidence),
    docs: rules.docs,
  };
}
