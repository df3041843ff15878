import { levelOf, type LogRecord } from './record.ts';

const time = String.raw`\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?`;
/** `[2024-05-01T10:11:12.345+0000] {taskinstance.py:1345} INFO - message` */
const airflow2 = new RegExp(String.raw`^\[(${time})\] \{([^{}:]{1,200}):(\d{1,7})\} ([A-Z]{3,10}) - ?`);
/** Where other formats begin: `2024-05-01 10:11:12,345 - shop.pipeline - ERROR - message`. */
const leadingTime = new RegExp(String.raw`^\[?(${time})\]?(?=[ \t])`);
const word = /[ \t]{1,20}(\S{1,120})(?=[ \t]|$)/y;
/** A level stands among so many words after the time. */
const wordsMax = 6;

/** The record that `text` opens when it begins with a header; undefined when it has none. */
export function parseTextHeader(text: string, line: number): LogRecord | undefined {
  const first = text.charCodeAt(0);
  if (first !== 91 && !(first >= 48 && first <= 57)) return undefined;
  const own = airflow2.exec(text);
  if (own !== null) {
    const [whole, at = '', file = '', number = '', word = ''] = own;
    return recordOf(text.slice(whole.length), line, at, word, { source: `${file}:${number}` });
  }
  const [whole, at = ''] = leadingTime.exec(text) ?? [];
  return whole === undefined ? undefined : headedByLevel(text, whole.length, line, at);
}

function headedByLevel(text: string, from: number, line: number, at: string): LogRecord | undefined {
  let logger: string | undefined;
  word.lastIndex = from;
  for (let count = 0; count < wordsMax; count += 1) {
    const name = word.exec(text)?.[1]?.replaceAll(/^[[(<|:-]+|[\])>|:,-]+$/g, '');
    if (name === undefined) return undefined;
    if (/^[A-Z]{3,9}$/.test(name) && levelOf(name) !== undefined) {
      const message = text.slice(word.lastIndex).replace(/^[ \t]{0,20}(?:[-:|] ?)?/, '');
      return recordOf(message, line, at, name, logger === undefined ? {} : { logger });
    }
    if (/[A-Za-z]/.test(name)) logger = name;
  }
  return undefined;
}

function recordOf(text: string, line: number, time: string, word: string, rest: Partial<LogRecord>): LogRecord {
  const level = levelOf(word);
  const at = timeOf(time);
  return { line, span: 1, text, ...(level === undefined ? {} : { level }), ...(at === undefined ? {} : { at }), ...rest };
}

/** A time as logs write it; without an offset it is UTC. Undefined for what is no time. */
export function timeOf(text: string): Date | undefined {
  const parts = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?(?: ?(?:Z|UTC|([+-]\d\d):?(\d\d)))?$/.exec(text);
  if (parts === null) return undefined;
  const [, day, time, fraction = '', hours, minutes = '00'] = parts;
  const zone = hours === undefined ? 'Z' : `${hours}:${minutes}`;
  const at = new Date(`${day}T${time}.${fraction.padEnd(3, '0').slice(0, 3)}${zone}`);
  return Number.isNaN(at.getTime()) ? undefined : at;
}
