import { chainOf, type Exception } from './exceptions.ts';
import type { Failure } from './find-failure.ts';
import type { NovelLines, Novelty } from './novelty.ts';
import { linesOf, type LogRecord } from './record.ts';

/** Why a line was taken. */
export type ExcerptReason = 'exception' | 'failure' | 'novel' | 'error' | 'warning' | 'near' | 'tail';

export interface ExcerptLine {
  /** The raw line of the log: it is cited as `L<line>`. */
  line: number;
  /** At most 400 characters. */
  text: string;
  why: ExcerptReason;
  /** Of how many lines of this kind it is the first, and where the last stands. */
  count?: number;
  lastLine?: number;
}

export interface Excerpt {
  /** In order of the log. */
  lines: ExcerptLine[];
  /** What was left out, in words. */
  summary: string;
  /** About how many tokens of a model it takes. */
  tokens: number;
}

const textMax = 400;
const chainMax = 6;
const framesMax = 3;
const messageLinesMax = 8;
const nearBefore = 20;
const nearAfter = 5;
const tailLines = 15;
/** Before and behind an error that a program told without a traceback. */
const contextLines = 3;

/** About how many tokens a model makes of a text: logs have more of them than prose. */
const estimateTokens = (text: string): number => Math.ceil(text.length / 3.2);
const tokensOf = ({ line, text }: ExcerptLine): number => estimateTokens(`L${line} ${text}\n`);

/** A long text without its middle. */
export function middleCut(text: string, max = textMax): string {
  if (text.length <= max) return text;
  const head = Math.floor((max - 3) * 0.65);
  return `${text.slice(0, head)} … ${text.slice(text.length - (max - 3 - head))}`;
}

/**
 * The lines of a log that tell why it failed, within so many tokens, most telling first: the exception with its last calls, novel
 * errors, novel warnings, what is novel near the first error, and the end. Without a baseline all errors and warnings are novel.
 */
export function excerptOf({
  records,
  failure,
  novelty,
  tokensMax,
}: {
  records: readonly LogRecord[];
  failure?: Failure | undefined;
  novelty?: Novelty | undefined;
  tokensMax: number;
}): Excerpt {
  const all = records.flatMap((record) => linesOf(record));
  const taken = new Map<string, ExcerptLine>();
  let tokens = 0;
  const take = (lines: readonly ExcerptLine[]): void => {
    for (const line of lines) {
      const cut = { ...line, text: middleCut(line.text) };
      const key = `${cut.line} ${cut.text.trim()}`;
      const cost = tokensOf(cut);
      if (cut.text.trim() === '' || taken.has(key) || tokens + cost > tokensMax) continue;
      taken.set(key, cut);
      tokens += cost;
    }
  };
  if (failure !== undefined) take(ofFailure(failure, all));
  const novel = novelty?.novel ?? asNovel(records);
  const first = firstError(novel, failure);
  take(novel.filter(({ level }) => level === 'error' || level === 'critical').flatMap((lines) => ofNovel(lines, 'error')));
  take(novel.filter(({ level }) => level === 'warning').flatMap((lines) => ofNovel(lines, 'warning')));
  if (novelty !== undefined && first !== undefined) take(near(novelty.novel, first).flatMap((lines) => ofNovel(lines, 'novel')));
  if (novelty === undefined && first !== undefined)
    take(all.filter(({ line }) => isNear(line, first)).map((each) => ({ ...each, why: 'near' })));
  take(
    all
      .slice(-tailLines)
      .reverse()
      .map((each) => ({ ...each, why: 'tail' })),
  );
  const lines = [...taken.values()].sort((a, b) => a.line - b.line);
  return { lines, summary: summaryOf(all.length, lines, novelty), tokens };
}

/** The exceptions from the innermost outwards, each with its message, and the last calls of the innermost. */
function ofFailure(failure: Failure, all: readonly { line: number; text: string }[]): ExcerptLine[] {
  if (failure.exception === undefined) {
    const around = all.filter(({ line }) => Math.abs(line - failure.line) <= contextLines);
    const own = around.filter(({ line }) => line === failure.line);
    return [...own, ...around].map((each) => ({ ...each, why: 'failure' as const }));
  }
  const chain = chainOf(failure.exception).reverse().slice(0, chainMax);
  const [inner] = chain;
  return [
    ...chain.flatMap((each, index) => ofException(each, index === 0 ? messageLinesMax : 1, all)),
    ...(inner === undefined ? [] : ofFrames(inner, failure)),
    ...(failure.wrapper === undefined ? [] : ofException(failure.wrapper, 1, all)),
  ];
}

function ofException(
  { type, message, line }: Exception,
  linesMax: number,
  all: readonly { line: number; text: string }[],
): ExcerptLine[] {
  const parts = `${type}${message === '' ? '' : ': '}${message}`.split('\n').slice(0, linesMax);
  // A message of several raw lines has a number for each; one that stands in a JSON line has one for all.
  const raw = new Map(
    all.filter((each) => each.line >= line && each.line < line + linesMax).map((each) => [each.line, each.text]),
  );
  const head = raw.get(line);
  // Its message begins below its class, or stands right behind the colon: then as it stands.
  if (head?.includes(type) === true && !head.includes(parts[0]?.trim() ?? ''))
    return ['', ...parts].map((_, index) => ({
      line: line + index,
      text: raw.get(line + index) ?? '',
      why: 'exception' as const,
    }));
  return parts.map((text, index) => {
    const own = raw.get(line + index);
    return { line: own?.includes(text.trim()) === true ? line + index : line, text, why: 'exception' as const };
  });
}

function ofFrames({ frames }: Exception, { frame }: Failure): ExcerptLine[] {
  const last = frames.slice(-framesMax);
  const shown = frame === undefined || last.includes(frame) ? last : [frame, ...last];
  return shown.map((each) => ({
    line: each.at,
    text: each.function.includes('.')
      ? `at ${each.function}(${each.file}:${each.line})`
      : `File "${each.file}", line ${each.line}, in ${each.function}`,
    why: 'exception' as const,
  }));
}

/** Lines of a kind: the first stands for all. */
const ofNovel = ({ line, text, count, lastLine }: NovelLines, why: ExcerptReason): ExcerptLine[] => [
  { line, text, why, ...(count > 1 ? { count, lastLine } : {}) },
];

/** Without a baseline every error and warning counts as novel, those of one text once. */
function asNovel(records: readonly LogRecord[]): NovelLines[] {
  const byText = new Map<string, NovelLines>();
  for (const { line, text, level } of records) {
    if (level !== 'error' && level !== 'critical' && level !== 'warning') continue;
    const [first = ''] = text.split('\n', 1);
    const key = `${level} ${first.replaceAll(/\d+/g, '0')}`;
    const seen = byText.get(key);
    if (seen === undefined)
      byText.set(key, { why: 'template', template: first, level, count: 1, line, text: first, lastLine: line });
    else {
      seen.count += 1;
      seen.lastLine = line;
    }
  }
  return [...byText.values()].reverse();
}

function firstError(novel: readonly NovelLines[], failure: Failure | undefined): number | undefined {
  const errors = novel.filter(({ level }) => level === 'error' || level === 'critical').map(({ line }) => line);
  const lines = failure === undefined ? errors : [...errors, failure.line];
  return lines.length === 0 ? undefined : Math.min(...lines);
}

const isNear = (line: number, first: number): boolean => line >= first - nearBefore && line <= first + nearAfter;
const near = (novel: readonly NovelLines[], first: number): NovelLines[] =>
  novel.filter(({ line, lastLine }) => isNear(line, first) || isNear(lastLine, first));

function summaryOf(count: number, lines: readonly ExcerptLine[], novelty: Novelty | undefined): string {
  const shown = new Set(lines.map(({ line }) => line)).size;
  const whole = `${shown.toLocaleString('en')} of ${count.toLocaleString('en')} lines`;
  if (novelty === undefined) return `${whole}; no successful runs to compare with`;
  const known = novelty.knownLines.toLocaleString('en');
  const runs = novelty.runs === 1 ? 'the last successful run' : `the last ${novelty.runs} successful runs`;
  return `${whole}; ${known} ${novelty.knownLines === 1 ? 'line' : 'lines'} as in ${runs}`;
}
