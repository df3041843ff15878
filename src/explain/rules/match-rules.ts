import { chainOf } from '../../logs/exceptions.ts';
import type { Place } from './cite.ts';
import {
  directnessOf,
  errorCandidates,
  isToldByException,
  lineCandidates,
  linesBeside,
  textAt,
  type Candidate,
} from '../call/candidates.ts';
import type { TryFacts } from '../explanation.ts';
import { isOrder } from '../call/orders.ts';
import type { Reduction } from '../log/reduce-log.ts';
import type { NoReducedLog } from '../log/reduced-log.ts';
import type { Pattern, Rule, When } from './rule.ts';

/** A rule that matches, and how well. */
export interface RuleMatch {
  rule: Rule;
  /** Weight of the rule times directness of what it matched. */
  score: number;
  groups: Readonly<Record<string, string | undefined>>;
  /** What it matched, and where in it; undefined: rows of Airflow, not the log. */
  found?: Place;
  /** The row of the audit table that it matched. */
  event?: string;
}

export interface MatchInput {
  log: Reduction | NoReducedLog;
  facts: TryFacts | undefined;
}

export const isRead = (log: MatchInput['log']): log is Reduction => 'records' in log;

/** The rules that match, the best first, each once; of two that match equally well the one that comes first. `mayTell` chooses the lines that are looked at. */
export function matchRules(rules: readonly Rule[], input: MatchInput, mayTell: Pattern = hint): RuleMatch[] {
  const { log } = input;
  if (!isRead(log)) return ranked(rules.flatMap((rule) => byRows(rule, input)));
  const errors = errorCandidates(log);
  const told = rules.flatMap((rule) => [...byRows(rule, input), ...byCodes(rule, log), ...byText(rule, errors)]);
  const others = isToldByException(log) ? (told.length > 0 ? [] : linesBeside(log)) : lineCandidates(log);
  const lines = others.filter(({ text }) => mayTell.test(text));
  const inLines = lines.length === 0 ? [] : rules.filter(fitsLines).flatMap((rule) => byText(rule, lines));
  return ranked([...told, ...inLines]);
}

/** What a line must hold to be held against the shipped rules. */
const hint =
  /error|fail|exception|denied|refused|not found|no such|missing|invalid|timed? ?out|timeout|exceed|expired|killed|kill|memory|unable|cannot|can't|could not|couldn't|does not|doesn't|not exist|abort|reset|closed|unavailable|forbidden|unauthor|throttl|slow|limit|full|lock|unbound|not set|syntax|oom|evict|insufficient|quota|violat|duplicate|mismatch|unexpected|warning|undefined|verify|depends on|is not|isn't|fatal|panic|signal|ORA-|curl:|\b[45]\d\d\b|E[A-Z]{4,}/i;

const fitsLines = ({ when }: Rule): boolean => when.types === undefined && when.frame === undefined && when.errorOnly !== true;

function ranked(matches: readonly RuleMatch[]): RuleMatch[] {
  const best = new Map<string, RuleMatch>();
  for (const match of matches) if (match.score > (best.get(match.rule.name)?.score ?? 0)) best.set(match.rule.name, match);
  // Map and sort keep the order of the rules for what matches equally well.
  return [...best.values()].sort((a, b) => b.score - a.score);
}

/** A rule on what Airflow's rows say, with or without a log. */
function byRows(rule: Rule, { log, facts }: MatchInput): RuleMatch[] {
  const { event, log: wanted, types, text, codes } = rule.when;
  if (types !== undefined || text !== undefined || codes !== undefined || (event === undefined && wanted === undefined))
    return [];
  if (wanted !== undefined && !isLog(wanted, log)) return [];
  const row = event === undefined ? undefined : facts?.events.find((each) => event.test(`${each.event}: ${each.extra ?? ''}`));
  if (event !== undefined && row === undefined) return [];
  return [{ rule, score: rule.weight, groups: {}, ...(row === undefined ? {} : { event: row.event }) }];
}

function isLog(wanted: NonNullable<When['log']>, log: MatchInput['log']): boolean {
  if (!isRead(log)) return wanted !== 'silent';
  if (wanted === 'missing') return false;
  const { failure } = log;
  // How a process ended is a word, too, if it was by a signal.
  return failure === undefined || (failure.type === '' && !failure.codes.some(({ kind }) => kind === 'signal'));
}

/** A rule on a code of the failure. */
function byCodes(rule: Rule, { failure, records }: Reduction): RuleMatch[] {
  const { codes, text, types } = rule.when;
  if (codes === undefined || text !== undefined || types !== undefined || failure === undefined) return [];
  const { exception, wrapper } = failure;
  const own = exception !== undefined && exception !== wrapper ? chainOf(exception).map(({ line }) => line) : undefined;
  for (const { kind, value, line } of failure.codes) {
    if (!codes.includes(`${kind} ${value}`)) continue;
    // Codes near an exception are those of other lines: they may be of something that passed.
    if (own !== undefined && !own.includes(line) && kind !== 'signal') continue;
    const directness =
      line === failure.line ? directnessOf.innermost : own?.includes(line) === true ? directnessOf.outer : directnessOf.wrapper;
    const candidate = { text: textAt(records, line, value) ?? '', line, directness, isLine: false };
    return [{ rule, score: rule.weight * directness, groups: {}, found: { candidate, at: 0 } }];
  }
  return [];
}

/** A rule on a class of exceptions or on words, at the most direct of the texts that it matches. */
function byText(rule: Rule, candidates: readonly Candidate[]): RuleMatch[] {
  let best: RuleMatch | undefined;
  for (const candidate of candidates) {
    const score = rule.weight * candidate.directness;
    if (best !== undefined && best.score >= score) continue;
    const found = matchText(rule.when, candidate);
    // What a line says to a model it does not say about the failure.
    if (found !== undefined && !(candidate.isLine && isOrder(candidate.text)))
      best = { rule, score, groups: found.groups, found: { candidate, at: found.at } };
  }
  return best === undefined ? [] : [best];
}

function matchText(when: When, { text, type, frame }: Candidate): { groups: RuleMatch['groups']; at: number } | undefined {
  const { types, text: patterns, unless } = when;
  if (types === undefined && patterns === undefined) return undefined;
  if (types !== undefined && (type === undefined || !types.includes(type))) return undefined;
  if (when.frame !== undefined && (frame === undefined || !when.frame.test(frame))) return undefined;
  if (unless?.test(text) === true) return undefined;
  if (patterns === undefined) return { groups: {}, at: 0 };
  let plain: { groups: RuleMatch['groups']; at: number } | undefined;
  for (const pattern of patterns) {
    const found = pattern.exec(text);
    if (found === null) continue;
    // A pattern that knows what it is about says more than one that only knows the kind.
    if (found.groups !== undefined && Object.values(found.groups).some((value) => value !== undefined))
      return { groups: { ...found.groups }, at: found.index };
    plain ??= { groups: {}, at: found.index };
  }
  return plain;
}
