/** What failures are filed under; docs/EXPLAINING.md says what goes where. */
export const failureCategories = [
  'resource_error',
  'data_quality',
  'dependency_failure',
  'configuration_error',
  'permission_error',
  'timeout_error',
] as const;
/** Why something that did not fail is slow, late, or waits. */
export const delayCategories = ['more_input', 'slower_code', 'contention', 'upstream_late', 'platform'] as const;
export const categories = [...failureCategories, ...delayCategories, 'unknown'] as const;
export type Category = (typeof categories)[number];

/** Whether the same thing, tried again, may succeed. */
export const transiences = ['yes', 'no', 'unclear'] as const;
export type Transience = (typeof transiences)[number];

/** What is known besides the log, by facts §1: E1 the try, E3 earlier tries, E4 last successes, E5 history, E6 upstream, E7 neighbours, E8 what changed, E9 platform, E10 impact, E11 known; E12 the values of a posted metric. */
export type EvidenceId = 'E1' | 'E2' | 'E3' | 'E4' | 'E5' | 'E6' | 'E7' | 'E8' | 'E9' | 'E10' | 'E11' | 'E12';

/** One thing that is known, in a line for people and models; redacted. At most one an id. */
export interface Evidence {
  id: EvidenceId;
  text: string;
}

/** Where a cause is shown: a line of the log (`L118`) or an item of evidence (`E8`). */
export interface Citation {
  ref: `L${number}` | EvidenceId;
  /** What stands there; redacted. */
  quote: string;
  /** Whether it was found where it is said to stand. Rules take their quotes from there: always true. */
  verified: boolean;
}

export interface Alternative {
  category: Category;
  cause: string;
  /** Who says so. */
  source: 'rules' | 'llm';
}

/** Why something went wrong: by rules (result A), by a model, or by a model's earlier answer (result B). */
export interface Explanation {
  source: 'rules' | 'llm' | 'cache';
  category: Category;
  /** Free text in snake_case such as `disk_full`; empty: none. */
  subcategory: string;
  /** One sentence, at most 240 characters. */
  rootCause: string;
  transient: Transience;
  /** The most telling first. */
  evidence: Citation[];
  /** At most 3, imperative, at most 160 characters each. */
  nextSteps: string[];
  /** At most 2. */
  alternatives: Alternative[];
  /** 0 to 1, computed, never claimed. */
  confidence: number;
  /** The rule that spoke; null: none did, or a model. */
  rule: string | null;
  /** Where more is written about it. */
  docs: string | null;
}

/** For people. The bounds are those of facts §5: below 0.4 an explanation abstains more than it says. */
export type Certainty = 'low' | 'medium' | 'high';
export const certaintyOf = (confidence: number): Certainty => (confidence < 0.4 ? 'low' : confidence < 0.75 ? 'medium' : 'high');

/** An explanation as a line of the timeline tells it. */
export const lineOf = ({ rootCause, category, subcategory, confidence }: Explanation): string =>
  `${rootCause} (${category.replaceAll('_', ' ')}${subcategory === '' ? '' : `, ${subcategory.replaceAll('_', ' ')}`}; ${certaintyOf(confidence)} confidence)`;

/** What Airflow's rows say of the try that an incident is about. */
export interface TryFacts {
  state: string;
  operator: string;
  tryNumber: number;
  /** As Airflow has it: retries, without the first try. */
  maxTries: number;
  durationSeconds: number | null;
  pool: string;
  queue: string;
  host: string | null;
  /** Rows of the audit table about this try that say more than that it ran: `heartbeat timeout`, `state mismatch`. */
  events: readonly { event: string; extra: string | null }[];
}
