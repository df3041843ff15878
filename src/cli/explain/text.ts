import { styleText } from 'node:util';
import { certaintyOf, type Explanation, type Transience } from '../../explain/explanation.ts';
import type { KeptLog } from '../../explain/log/reduced-log.ts';
import { wrap } from '../wrap.ts';
import { errorMessage, type Answer } from './answer.ts';

/** Longer lines are hard to read, however wide the terminal. */
const columnsMax = 120;
const indent = 2;

const again: Readonly<Record<Transience, string>> = {
  yes: 'another try may succeed',
  no: 'another try will fail as well',
  unclear: 'whether another try succeeds is unclear',
};
const certain = { low: 'low confidence', medium: 'medium confidence', high: 'high confidence' } as const;

/** An answer as a person reads it, in lines of at most so many columns. */
export function answerLines({ explanation, log, evidence, timings, model = null }: Answer, columns: number): string[] {
  const width = Math.min(columns, columnsMax);
  const { rootCause, category, subcategory, confidence, transient, nextSteps, alternatives } = explanation;
  const kind = `${words(category)}${subcategory === '' ? '' : ` (${words(subcategory)})`}`;
  return [
    ...wrap({ prefix: '', text: rootCause, indent: 0 }, width).map((line) => styleText('bold', line)),
    ...wrap({ prefix: '', text: `${kind} · ${again[transient]} · ${sureness(confidence)}`, indent: 0 }, width).map(dim),
    ...section('Shown by', shown(explanation, width)),
    ...section(
      'Known besides',
      evidence.flatMap(({ id, text }) => item(id.padEnd(4), text, width)),
    ),
    ...section(
      'What to do',
      nextSteps.flatMap((step, index) => item(`${index + 1}.`, step, width)),
    ),
    ...section(
      'It may also be',
      alternatives.flatMap(({ category: other, cause }) => item(`${words(other)}:`, cause, width)),
    ),
    ...section(
      'About',
      [...about(explanation, log, timings), ...(model === null ? [] : [['model', model] as const])].flatMap(([name, text]) =>
        item(name.padEnd(9), text, width),
      ),
    ),
  ];
}

const words = (name: string): string => name.replaceAll('_', ' ');
const sureness = (confidence: number): string => `${certain[certaintyOf(confidence)]} (${confidence.toFixed(2)})`;
const dim = (text: string): string => styleText('dim', text);

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ['', styleText('underline', title), ...lines];

function item(mark: string, text: string, columns: number): string[] {
  const prefix = `${' '.repeat(indent)}${mark} `;
  return wrap({ prefix, shown: `${' '.repeat(indent)}${dim(mark)} `, text, indent: indent + 2 }, columns);
}

function shown({ evidence }: Explanation, columns: number): string[] {
  const marks = evidence.map(({ ref }) => ref);
  const longest = Math.max(0, ...marks.map(({ length }) => length));
  return evidence.flatMap(({ ref, quote, verified }) =>
    item(ref.padEnd(longest), verified ? quote : `${quote} (not found there)`, columns),
  );
}

function about({ rule, source, docs }: Explanation, log: KeptLog, timings: Answer['timings']): [string, string][] {
  const message = errorMessage(log);
  const taken = log.found ? Object.entries(log.redactions) : [];
  const secrets = taken.map(([name, count]) => `${count} ${name}`).join(', ');
  const said = source === 'rules' ? (rule === null ? 'no rule knows it' : `rule ${rule}`) : 'a language model';
  return [
    ...(message === null ? [] : [['error', message] as [string, string]]),
    ['said by', `${said}, in ${Math.round(timings['total_ms'] ?? 0)} ms`],
    ['log', log.found ? `${log.place}: ${log.summary}` : log.reason],
    ...(log.found && log.missing.length > 0 ? [['missing', missingText(log.missing)] as [string, string]] : []),
    ...(secrets === '' ? [] : [['secrets', `taken out: ${secrets}`] as [string, string]]),
    ['signature', log.signature],
    ...(docs === null ? [] : [['more', docs] as [string, string]]),
  ];
}

const missingText = (missing: readonly string[]): string =>
  `successes also say: ${missing.slice(0, 3).join(' | ')}${missing.length > 3 ? ` and ${missing.length - 3} more` : ''}`;
