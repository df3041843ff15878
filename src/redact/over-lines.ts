import { isSecret } from './assigned.ts';
import type { Mark } from './gone.ts';
import { isAboutSecret, namesSecret, ruleOfName } from './secret-names.ts';
import { valueAt } from './value-at.ts';

const nameMax = 120;
const beforeName = /(?:name|key)[\\"']{0,9}\s{0,3}[=:]\s{0,3}[\\"']{0,9}$/i;
const valueAtHead = /^\s{1,40}[\\"']{0,9}value[\\"']{0,9}\s{0,3}[=:][ ]{0,3}/i;
/** Blanks, quotes, a comma, a backslash. */
const isBehind = (code: number): boolean => code <= 32 || code === 34 || code === 39 || code === 44 || code === 92;
/** `-`, `.`, `_`, digits and letters. */
const isOfName = (code: number): boolean =>
  code === 45 ||
  code === 46 ||
  code === 95 ||
  (code >= 48 && code <= 57) ||
  (code >= 65 && code <= 90) ||
  (code >= 97 && code <= 122);

/** The name of a secret that ends a line and whose value may begin the next, as in YAML: `- name: DB_PASSWORD`; empty: none does. */
export function secretNamedAtEnd(line: string): string {
  let end = line.length;
  while (end > 0 && isBehind(line.charCodeAt(end - 1))) end -= 1;
  let start = end;
  while (start > 0 && end - start < nameMax && isOfName(line.charCodeAt(start - 1))) start -= 1;
  const name = line.slice(start, end);
  if (!namesSecret(name) || isAboutSecret(name)) return '';
  return beforeName.test(line.slice(Math.max(0, start - 40), start)) ? name : '';
}

/** A line behind one that ends in the name of a secret, without the value that it gives it. */
export function redactValueOf(name: string, line: string, mark: Mark): string {
  const head = valueAtHead.exec(line)?.[0];
  if (head === undefined) return line;
  const [start, end] = valueAt(line, head.length, name);
  const value = line.slice(start, end);
  return isSecret(name, value) ? line.slice(0, start) + mark(ruleOfName(name), value) + line.slice(end) : line;
}
