import type { ClusterCause } from './cluster.ts';
import type { KeyValue, Pattern } from './find-patterns.ts';

/** A cluster that an error is like. */
export interface Match {
  id: string;
  type: string;
  count: number;
  /** Words in common, 0 to 1; 1 where the fingerprint is the same, 0.5 to 0.7 where only the meaning is. */
  similarity: number;
  cause: ClusterCause | null;
}

/** A configuration to look at. */
export interface Suggestion {
  /** What to look at, and by which numbers. */
  suggestion: string;
  /** The configuration that failures go with. */
  configKey: string;
  configValue: string;
  /** How sure it is that this goes with this error, 0 to 100. */
  confidencePercentage: number;
  /** −log10 of the p-value: 3 is one in a thousand by chance. */
  significanceScore: number;
}

export interface Advice {
  /** The nearest cluster; null: the error is like none. */
  match: string | null;
  /** How near it is, 0 to 1. */
  confidence: number;
  recommendation: string;
  /** Where more is written about its cause. */
  docs: string | null;
  suggestions: Suggestion[];
}

/** What goes with failures in general says less of this error. */
const generalWeight = 0.5;
const suggestionsMax = 20;
const significanceMax = 300;

/**
 * What to look at for an error that is like these clusters, nearest first: the patterns of their failures, then those of all failures. A
 * pattern whose key `facts` (those of who asks) has with another value is left out. Of the same key and value the surest counts.
 */
export function advise(
  matches: readonly Match[],
  patterns: readonly Pattern[],
  facts: Readonly<Record<string, string>> = {},
): Advice {
  const similarity = new Map(matches.map(({ id, similarity }) => [id, similarity]));
  const surest = new Map<string, Suggestion>();
  for (const pattern of patterns) {
    const weight =
      pattern.clusterId === '' ? generalWeight * (matches[0]?.similarity ?? 0) : (similarity.get(pattern.clusterId) ?? 0);
    const has = facts[pattern.key];
    const isOurs = has === pattern.value;
    if (has !== undefined && !isOurs) continue;
    // Without a match only what the one who asks has itself can be about the error.
    const sure = weight > 0 ? weight : pattern.clusterId === '' && isOurs ? generalWeight : 0;
    if (sure === 0) continue;
    const found = suggestionOf(pattern, sure);
    const key = `${pattern.key}\0${pattern.value}`;
    if ((surest.get(key)?.confidencePercentage ?? -1) < found.confidencePercentage) surest.set(key, found);
  }
  const suggestions = [...surest.values()]
    .sort((a, b) => b.confidencePercentage - a.confidencePercentage || b.significanceScore - a.significanceScore)
    .slice(0, suggestionsMax);
  const [nearest] = matches;
  return {
    match: nearest?.id ?? null,
    confidence: round(nearest?.similarity ?? 0, 2),
    recommendation: recommendationOf(nearest, suggestions[0]),
    docs: nearest?.cause?.docs ?? null,
    suggestions,
  };
}

function suggestionOf(pattern: Pattern, sure: number): Suggestion {
  const { key, value, p, q } = pattern;
  return {
    suggestion: `${adviceOf(pattern)}: ${evidenceOf(pattern)}`,
    configKey: key,
    configValue: value,
    confidencePercentage: round(100 * (1 - q) * sure, 1),
    significanceScore: round(p > 0 ? Math.min(significanceMax, -Math.log10(p)) : significanceMax, 2),
  };
}

/** `24 of 48 tries failed with host = worker-2, 3 of 192 without (odds 63 times as high, at least 18)`. */
export function evidenceOf({
  key,
  value,
  also,
  clusterId,
  failedWith,
  triesWith,
  failedWithout,
  triesWithout,
  oddsRatio,
  low,
}: Pattern): string {
  const failing = clusterId === '' ? 'failed' : 'failed like this';
  const odds = Number.isFinite(oddsRatio) ? `odds ${shown(oddsRatio)} times as high, at least ${shown(low)}` : 'none without it';
  const more = also.length === 0 ? '' : `; always together with ${namesOf(also)}`;
  return `${failedWith} of ${triesWith} tries ${failing} with ${key} = ${value}, ${failedWithout} of ${triesWithout} without (${odds})${more}`;
}

const namesShown = 3;
function namesOf(all: readonly KeyValue[]): string {
  const names = all.slice(0, namesShown).map(({ key, value }) => `${key} = ${value}`);
  return all.length > namesShown ? `${names.join(', ')} and ${all.length - namesShown} more` : names.join(', ');
}

const shown = (odds: number): string => (odds < 10 ? odds.toFixed(1) : odds.toFixed(0));

/** What to do about a configuration, in a few words. */
function adviceOf({ key, value }: KeyValue): string {
  const dot = key.indexOf('.');
  const [kind, name] = dot < 0 ? [key, ''] : [key.slice(0, dot), key.slice(dot + 1)];
  switch (kind) {
    case 'package':
      return value === 'any' ? `Look at the package ${name}` : `Try another version of ${name} than ${value}`;
    case 'variable':
      return `Look at the variable ${name}`;
    case 'host':
      return `Look at the host ${value}, or keep tasks off it`;
    case 'queue':
      return `Look at the workers of the queue ${value}`;
    case 'pool':
      return `Look at the pool ${value}`;
    case 'hour':
      return `Run it at another hour than ${value} UTC, or look at what else runs then`;
    case 'dag_version':
      return `Look at what version ${value} changed in the DAG`;
    case 'run_type':
      return `Look at what ${value} runs have of their own`;
    case 'python':
      return `Try another Python than ${value}`;
    default:
      return `Look at ${key} = ${value}`;
  }
}

function recommendationOf(nearest: Match | undefined, first: Suggestion | undefined): string {
  if (nearest === undefined && first === undefined)
    return 'This error is like none that is known, and no configuration is known to go with failures here.';
  const known =
    nearest === undefined
      ? 'This error is like none that is known.'
      : nearest.cause === null
        ? `This ${nearest.type} was met ${nearest.count === 1 ? 'once' : `${nearest.count} times`}.`
        : `This ${nearest.type} was met ${nearest.count === 1 ? 'once' : `${nearest.count} times`}: ${nearest.cause.text.replace(/\.$/, '')}.`;
  return first === undefined ? `${known} No configuration is known to go with it.` : `${known} ${first.suggestion}.`;
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits));
