import { folded } from './visible.ts';

// What a sentence names: things that either stand in the evidence or were made up.

/** Names that everybody uses and no log need hold. */
const common = new Set(
  `postgresql postgres mysql mariadb mongodb sqlite bigquery dynamodb snowflake redshift databricks github gitlab openai airflow
   javascript typescript pyspark sqlalchemy rabbitmq zookeeper dataframe kubernetes elasticsearch opensearch clickhouse
   nullpointerexception i/o tcp/ip ci/cd and/or n/a read/write input/output e.g i.e etc etc.`.split(/\s+/),
);

const quotedText = /(?<![\w])(["'`“‘«])([^"'`“”‘’«»]{1,80})["'`”’»](?!\w)/g;
const url = /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s"'`<>)\]]+/gi;
/** Runs of what names are made of. */
const word = /[\p{L}\p{N}_$@%#~./\\:*-]+/gu;
const trimmed = (text: string): string => text.replace(/^[-.:*#~$@\\]+|[-.:*#%~$@]+$/g, '').replace(/'s$/, '');

/** Whether a run of letters names one thing in particular. */
function isName(text: string): boolean {
  if (text.length < 3 || common.has(text.toLowerCase())) return false;
  if (/[_@\\]/.test(text) || /^[~/].*\w/.test(text) || /\w:\w/.test(text) || text.split('/').length > 2) return true;
  // A dot within, or letters and digits together; capitals within a word; but no number with a unit.
  if (/\p{L}\.\p{L}|\.\p{L}{2,}$/u.test(text)) return true;
  if (/\p{L}/u.test(text) && /\d/.test(text)) return !/^\d+(?:[.,]\d+)?\p{L}{1,7}$/u.test(text);
  return /\p{Ll}\p{Lu}|\p{Lu}{2,}\p{Ll}{2,}/u.test(text);
}

/** Numbers that say something: of one digit and alone they may count what is plain to see, unless they measure. */
const number = /(?<![\p{L}\d_.-])\d+(?:,\d{3})*(?:\.\d+)?/gu;

const measure =
  /^\s?(?:%|percent\b|[kmgt]i?b\b|bytes?\b|(?:m|milli)?s(?:ec(?:ond)?s?)?\b|m(?:in(?:ute)?s?)?\b|h(?:(?:ou)?rs?)?\b|d(?:ays?)?\b)/i;

export interface Named {
  names: string[];
  numbers: number[];
}

/** What `sentence` names. Pure. */
function namedIn(sentence: string): Named {
  const text = folded(sentence);
  const names = new Set<string>();
  for (const [, , inner = ''] of text.matchAll(quotedText)) if (/[\p{L}\p{N}]/u.test(inner)) names.add(inner.trim());
  for (const [found] of text.matchAll(url)) names.add(trimmed(found));
  const rest = text
    .replaceAll(quotedText, ' ')
    .replaceAll(url, ' ')
    .replaceAll(word, (run) => {
      const name = trimmed(run);
      if (!isName(name)) return run;
      names.add(name);
      return ' ';
    });
  const found = [...rest.matchAll(number)].filter(
    ({ 0: digits, index }) => digits.length > 1 || measure.test(rest.slice(index + 1, index + 14)),
  );
  const numbers = new Set(found.map(([digits]) => Number(digits.replaceAll(',', ''))));
  return { names: [...names], numbers: [...numbers] };
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);

/** Whether `text` holds the name, whole. */
function holds(text: string, name: string): boolean {
  const at = text.indexOf(name);
  if (at < 0) return false;
  return new RegExp(String.raw`(?<![\p{L}\p{N}_])${escaped(name)}(?![\p{L}\p{N}_])`, 'u').test(text);
}

/** A number as the evidence has it: `1,204` and `1204.0` are one. */
function numbersIn(text: string): Set<number> {
  const found = new Set<number>();
  for (const [digits] of text.matchAll(/\d[\d,]*(?:\.\d+)?/g)) {
    found.add(Number(digits.replaceAll(',', '')));
    for (const part of digits.split('.')) found.add(Number(part.replaceAll(',', '')));
  }
  return found;
}

/** What `sentence` names and `evidence` does not hold; empty: all of it is there. */
export function unsupported(sentence: string, evidence: string): string[] {
  const { names, numbers } = namedIn(sentence);
  const text = folded(evidence).toLowerCase();
  const known = numbersIn(text);
  return [
    ...names.filter((name) => !holds(text, name.toLowerCase())),
    ...numbers.filter((value) => !known.has(value)).map(String),
  ];
}
