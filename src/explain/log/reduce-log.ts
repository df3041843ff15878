import type { Missing } from '../../airflow/task-logs/task-log.ts';
import { drainOf, type LogBaseline } from '../../logs/baseline.ts';
import { chainOf, type Exception } from '../../logs/exceptions.ts';
import { excerptOf } from '../../logs/excerpt.ts';
import { findFailure, type Failure } from '../../logs/find-failure.ts';
import { createMasker, type Masker } from '../../logs/masks.ts';
import { createLineMatcher } from '../../logs/match-lines.ts';
import { findNovelty, type Novelty } from '../../logs/novelty.ts';
import { parseLog } from '../../logs/parse-log.ts';
import type { LogRecord } from '../../logs/record.ts';
import { errorSignature } from '../../logs/signature.ts';
import type { NoReducedLog, ReducedLog, ToldError } from './reduced-log.ts';

export interface ReduceOptions {
  /** Where the log was read: a path below the log folder, an address, the name of a file. */
  place: string;
  operator: string;
  /** What the task's successes have in common; undefined: none are known. */
  baseline?: LogBaseline | undefined;
  /** The masker that the baseline was learned with. */
  masker?: Masker;
  /** About how many tokens of a model the kept lines may take. */
  tokensMax?: number;
  /** The secrets taken out so far, by rule, asked once the last line is read: a redactor's `counts`. */
  redactions?: () => ReadonlyMap<string, number>;
}

/** A log, once whole for the rules and once as it is kept. */
export interface Reduction {
  log: ReducedLog;
  records: LogRecord[];
  failure: Failure | undefined;
  novelty: Novelty | undefined;
  /** Whether the successes say a line, too; without any: never. */
  isKnown: (text: string) => boolean;
}

/** For a context of 8 000 tokens, with room for instructions, evidence and an answer. */
const tokensUsual = 2500;
const messageMax = 4000;
const chainMax = 20;

/** What is kept of a log whose lines, redacted, come one by one, as `readTaskLog` gives them. Fails only where the lines do. */
export async function reduceLog(lines: AsyncIterable<string> | Iterable<string>, options: ReduceOptions): Promise<Reduction> {
  const read: string[] = [];
  for await (const line of lines) read.push(line);
  return reduceLines(read, options);
}

/** What is kept of a log whose redacted lines are at hand: why it failed, the lines that tell most, and its error signature. Pure. */
export function reduceLines(lines: readonly string[], options: ReduceOptions): Reduction {
  const { place, operator, baseline, masker = createMasker(), tokensMax = tokensUsual, redactions } = options;
  const records = [...parseLog(lines)];
  const failure = findFailure(records);
  const novelty = baseline === undefined ? undefined : findNovelty(baseline, records, masker);
  const excerpt = excerptOf({ records, failure, novelty, tokensMax });
  const last = records.at(-1);
  const log: ReducedLog = {
    found: true,
    place,
    // Airflow's REST answer stands on one line and holds many.
    lineCount: Math.max(lines.length, last === undefined ? 0 : last.line + last.span - 1),
    failure: failure === undefined ? null : keptFailure(failure),
    lines: excerpt.lines,
    summary: excerpt.summary,
    missing: novelty?.missing.map(({ template }) => template) ?? [],
    baselineRuns: novelty?.runs ?? 0,
    signature: errorSignature({ operator, failure, templates: templatesOf(failure, novelty, masker), masker }),
    redactions: Object.fromEntries(redactions?.() ?? []),
  };
  return { log, records, failure, novelty, isKnown: knownBy(baseline, novelty, masker) };
}

/** That there is no log, as it is kept: failures of one operator that have none for the same reason are alike. */
export const reduceMissing = ({ why, reason }: Omit<Missing, 'found'>, operator: string): NoReducedLog => ({
  found: false,
  why,
  reason,
  signature: errorSignature({ operator, category: `no log: ${why}` }),
});

function keptFailure(failure: Failure): ReducedLog['failure'] {
  const { exception, wrapper, frame, codes } = failure;
  return {
    ...told(failure),
    chain: exception === undefined ? [] : chainOf(exception).slice(-chainMax).map(told),
    wrapper: wrapper === undefined ? null : told(wrapper),
    frame: frame ?? null,
    codes,
  };
}

const told = ({ type, message, line }: Pick<Exception, 'type' | 'message' | 'line'>): ToldError => ({
  type,
  message: message.slice(0, messageMax),
  line,
});

/** What stands for an error that no exception and no program told: what is new in the log, else how it ended. */
function templatesOf(failure: Failure | undefined, novelty: Novelty | undefined, masker: Masker): string[] {
  if (novelty !== undefined && novelty.novel.length > 0) return novelty.novel.map(({ template }) => template);
  return failure === undefined ? [] : [masker.split(failure.message).join(' ')];
}

/** By the templates of the successes, but for the lines in which a value stands that they do not have. */
function knownBy(baseline: LogBaseline | undefined, novelty: Novelty | undefined, masker: Masker): (text: string) => boolean {
  const drain = baseline === undefined || novelty === undefined ? undefined : drainOf(baseline, masker);
  if (drain === undefined) return () => false;
  const match = createLineMatcher(drain, masker);
  const odd = new Set(novelty?.novel.flatMap(({ why, text }) => (why === 'value' ? [text] : [])));
  return (text) => !odd.has(text) && match(text).cluster !== undefined;
}
