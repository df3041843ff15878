import type { ModelAnswer } from './answer-shape.ts';
import type { Explanation } from '../explanation.ts';
import type { Grounding } from './ground.ts';

/** What people said of explanations of the same error. */
export interface SignatureHistory {
  /** Confirmed, or thumbs up, for this category. */
  confirmed: number;
  /** Thumbs down, or corrected to another category. */
  refuted: number;
}

/** What the confidence of a model's verdict is computed from; each about 0 to 1. Kept, to be held against what people say. */
export interface Features {
  /** One quote that stands, two, three. */
  quotes: number;
  /** The best of them is the error itself (1), of its surroundings (0.5), or says only that it failed. */
  telling: number;
  /** Of its quotes, those that stand. */
  ratio: number;
  /** Rules say the same (1), know nothing (0), or say otherwise (-1). */
  agreement: number;
  history: number;
  /** It names what the evidence does not hold. */
  unsupported: number;
  /** What it says of itself: the least of all. */
  claimed: number;
}
export const featureNames = [
  'quotes',
  'telling',
  'ratio',
  'agreement',
  'history',
  'unsupported',
  'claimed',
] as const satisfies (keyof Features)[];

/** A logistic fit to what people said, in place of the table. */
export interface Fit {
  intercept: number;
  weights: Readonly<Record<keyof Features, number>>;
  labels: number;
}

const table: Readonly<Record<keyof Features, number>> = {
  quotes: 0.15,
  telling: 0.2,
  ratio: 0.05,
  agreement: 0.2,
  history: 0.15,
  unsupported: -0.15,
  claimed: 0.05,
};
const base = 0.25;
export const least = 0.05;
/** Rules that are this sure need no model. */
export const sureFrom = 0.9;
const most = 0.95;
/** Just below what is called medium, and high. */
const lowMax = 0.39;
export const mediumMax = 0.74;

const sayOf = (rules: Explanation | null): Explanation['category'] | null =>
  rules === null || (rules.category === 'unknown' && rules.rule === null) ? null : rules.category;

export function featuresOf(
  answer: ModelAnswer,
  { citations, ratio, unsupported }: Grounding,
  { rules, history }: { rules: Explanation | null; history: SignatureHistory },
): Features {
  const says = sayOf(rules);
  const weights = citations.map(({ weight }) => (weight === 'strong' ? 1 : weight === 'fair' ? 0.5 : 0));
  const heard = history.confirmed + history.refuted;
  return {
    quotes: Math.min(3, citations.length) / 3,
    telling: Math.max(0, ...weights),
    ratio,
    agreement: says === null ? 0 : says === answer.category ? 1 : -1,
    history: heard === 0 ? 0 : (history.confirmed - history.refuted) / (heard + 1),
    unsupported: unsupported.length > 0 ? 1 : 0,
    claimed: answer.certainty === 'high' ? 1 : answer.certainty === 'medium' ? 0.5 : 0,
  };
}

/**
 * How sure a model's verdict is, 0.05 to 0.95: by the fixed table, or by the fit where there is one. Without a telling quote, or
 * where it abstains, it is low; where rules say otherwise, medium at most.
 */
export function confidenceOf(features: Features, category: ModelAnswer['category'], fit: Fit | null): number {
  const score = featureNames.reduce(
    (sum, name) => sum + features[name] * (fit?.weights[name] ?? table[name]),
    fit?.intercept ?? base,
  );
  const value = fit === null ? score : 1 / (1 + Math.exp(-score));
  const cap = category === 'unknown' || features.telling === 0 ? lowMax : features.agreement < 0 ? mediumMax : most;
  return Math.round(Math.min(cap, most, Math.max(least, value)) * 100) / 100;
}
