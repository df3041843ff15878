import type { Incident } from '../../incident/incident.ts';
import { nameOf as subjectNameOf } from '../../incident/words.ts';
import type { Circumstances } from '../evidence/circumstances.ts';
import { tellEvidence } from '../evidence/gather.ts';
import type { Alternative, Category, Citation, Evidence, EvidenceId, Explanation, Transience } from '../explanation.ts';

/** An incident with what is known round it: all that a kind is explained from. */
export interface Case {
  incident: Incident;
  finding: Incident['latest'];
  circumstances: Circumstances;
  evidence: readonly Evidence[];
  /** When the circumstances were gathered. */
  at: Date;
}

export function caseOf(incident: Incident, circumstances: Circumstances): Case {
  const { at } = circumstances;
  return { incident, finding: incident.latest, circumstances, evidence: tellEvidence(circumstances), at: new Date(at) };
}

/** An item of evidence, and what the clause that shows a cause says; without it the first. */
export type Shown = readonly [id: EvidenceId, about?: RegExp];

/** What may be behind an incident, and how much speaks for it. */
export interface Cause {
  category: Category;
  subcategory: string;
  /** One sentence, without a full stop. */
  sentence: string;
  /** Where it shows. */
  shownBy: readonly Shown[];
  steps: readonly string[];
  transient: Transience;
  /** 0 to 1: how sure this would be if nothing else were suspected. docs/EXPLAINING.md has the table. */
  weight: number;
}

/** One thing that may be the cause; null: nothing speaks for it. */
export type Suspect = (each: Case) => Cause | null;

/** How sure one may be, by what it rests on. */
export const weights = {
  /** Airflow's own row says so: paused, no heartbeat, no slot, does not parse. */
  stated: 0.9,
  /** Several comparisons agree. */
  compared: 0.75,
  /** One comparison. */
  likely: 0.6,
  /** It happened at the time, and may as well be chance. */
  possible: 0.45,
  /** Worth a look where nothing else is found, and never the cause. */
  weak: 0.4,
  /** Nothing else was found. */
  guess: 0.3,
} as const;

const sentenceMax = 240;
const stepMax = 160;
const stepsMax = 3;
const alternativesMax = 2;
/** A rival this near takes away so much. */
const rivalNear = 0.2;
const rivalCost = 0.1;
/** What nothing shows is no more than this sure. */
const unshownMax = 0.3;

/**
 * The explanation by those suspects that have something against them, the heaviest first; of equals the one that stands first,
 * nearest to the try. `otherwise` is said when there is none but weak ones, which then stand beside it.
 */
export function conclude(each: Case, suspects: readonly Suspect[], otherwise: Cause): Explanation {
  const causes = suspects.flatMap((suspect) => suspect(each) ?? []).toSorted((a, b) => b.weight - a.weight);
  const strong = (causes[0]?.weight ?? 0) >= weights.possible;
  const first = strong ? (causes[0] ?? otherwise) : otherwise;
  const others = strong ? causes.slice(1) : causes;
  const evidence = citationsOf(first, each.evidence);
  const rival = strong ? others.find(({ category }) => category !== first.category) : undefined;
  const near = rival !== undefined && first.weight - rival.weight < rivalNear;
  const weight = first.weight - (near ? rivalCost : 0);
  return {
    source: 'rules',
    category: first.category,
    subcategory: first.subcategory,
    rootCause: clip(sentenceOf(first), sentenceMax),
    transient: first.transient,
    evidence,
    nextSteps: first.steps.slice(0, stepsMax).map((step) => clip(step, stepMax)),
    alternatives: alternativesTo(first, others),
    confidence: Number((evidence.length === 0 ? Math.min(weight, unshownMax) : weight).toFixed(2)),
    rule: first === otherwise ? null : `${each.incident.kind}.${first.subcategory}`,
    docs: each.circumstances.known?.runbook ?? null,
  };
}

/** Of each other category the heaviest: what is of the same one would be looked at in the same place. */
function alternativesTo(first: Cause, others: readonly Cause[]): Alternative[] {
  const seen = new Set([first.category]);
  return others
    .filter(({ category }) => !seen.has(category) && seen.add(category))
    .slice(0, alternativesMax)
    .map((cause) => ({ category: cause.category, cause: clip(sentenceOf(cause), sentenceMax), source: 'rules' }));
}

/** Our own words begin with a capital; an id stays as it is spelled. */
const ownWords = /^(?:the|no|all|run|nothing|failures|tasks|more|somebody|since|files)(?= )/;
const sentenceOf = ({ sentence }: Cause): string =>
  `${sentence.replace(ownWords, (word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`)}.`;

export const clip = (text: string, max: number): string => (text.length <= max ? text : `${text.slice(0, max - 1)}…`);

/** The clauses that show a cause; an item that is not there is not cited. */
function citationsOf({ shownBy }: Pick<Cause, 'shownBy'>, evidence: readonly Evidence[]): Citation[] {
  const seen = new Set<string>();
  return shownBy.flatMap(([id, about]): Citation[] => {
    const clauses = evidence.find((item) => item.id === id)?.text.split('; ') ?? [];
    const quote = about === undefined ? clauses[0] : clauses.find((clause) => about.test(clause));
    if (quote === undefined || seen.has(`${id} ${quote}`)) return [];
    seen.add(`${id} ${quote}`);
    return [{ ref: id, quote, verified: true }];
  });
}

/** A sentence, to go on with. */
export const withoutStop = (sentence: string): string => sentence.replace(/[.…]+$/, '');

/** What an incident is about, within a sentence. */
export const nameOf = ({ subject }: Pick<Incident, 'subject'>): string => subjectNameOf(subject);
