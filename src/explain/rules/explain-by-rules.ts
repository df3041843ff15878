import type { Alternative, Citation, Explanation } from '../explanation.ts';
import { abstain } from './abstain.ts';
import { citationsOf, quoteOf } from './cite.ts';
import { isRead, matchRules, type MatchInput, type RuleMatch } from './match-rules.ts';
import { fillCause, type Pattern, type Rule } from './rule.ts';
import { shippedRules } from './shipped.ts';

export interface RulesInput extends MatchInput {
  /** The user's own rules, which go before the shipped ones. */
  own?: readonly Rule[];
}

/** A user's rule may be about any line. */
const anything: Pattern = { test: () => true, exec: () => ({ index: 0 }) };
/** Below this a rule has no more than an idea. */
const scoreMin = 0.35;
/** A rival of another category that is nearly as good leaves doubt. */
const rivalShare = 0.92;
const rivalFactor = 0.85;
/** The same line stands in successes. */
const knownFactor = 0.5;
const confidenceMax = 0.97;
const alternativesMax = 2;

/** Result A: why a task failed, by rules alone. The same input gives the same answer, in milliseconds; nothing is asked. Pure. */
export function explainByRules({ own = [], ...input }: RulesInput): Explanation {
  const ours = own.length === 0 ? [] : weighed(matchRules(own, input, anything), input);
  const shipped = weighed(matchRules(shippedRules, input), input);
  const matches = [...ours, ...shipped].filter(({ score }) => score >= scoreMin);
  const [best] = matches;
  if (best === undefined) return abstain(input);
  const { rule } = best;
  const rivals = matches.filter((each) => each.rule.category !== rule.category);
  const [rival] = best.rule === ours[0]?.rule ? [] : rivals;
  const doubt = rival !== undefined && rival.score >= rivalShare * best.score ? rivalFactor : 1;
  return {
    source: 'rules',
    category: rule.category,
    subcategory: rule.subcategory,
    rootCause: fillCause(rule.cause, best.groups),
    transient: rule.transient,
    evidence: evidenceOf(best, input),
    nextSteps: [...rule.nextSteps],
    alternatives: alternativesOf(rivals),
    confidence: round(Math.min(confidenceMax, best.score * doubt)),
    rule: rule.name,
    docs: rule.docs ?? null,
  };
}

const round = (value: number): number => Math.round(value * 100) / 100;

/** What successes say as well explains no failure. */
function weighed(matches: readonly RuleMatch[], { log }: MatchInput): RuleMatch[] {
  if (!isRead(log)) return [...matches];
  return matches
    .map((match) =>
      match.found?.candidate.isLine === true && log.isKnown(match.found.candidate.text)
        ? { ...match, score: match.score * knownFactor }
        : match,
    )
    .sort((a, b) => b.score - a.score);
}

function evidenceOf({ found, event }: RuleMatch, { log }: MatchInput): Citation[] {
  const row: Citation[] = event === undefined ? [] : [{ ref: 'E9', quote: quoteOf(event), verified: true }];
  return isRead(log) ? [...row, ...citationsOf(log, found)] : row;
}

/** The best of each other kind of trouble. */
function alternativesOf(rivals: readonly RuleMatch[]): Alternative[] {
  const seen = new Set<string>();
  return rivals
    .filter(({ rule }) => !seen.has(rule.category) && seen.add(rule.category))
    .slice(0, alternativesMax)
    .map(({ rule, groups }) => ({ category: rule.category, cause: fillCause(rule.cause, groups), source: 'rules' }));
}
