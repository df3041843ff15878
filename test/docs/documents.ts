import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'vitest';

export const root = resolve(import.meta.dirname, '../..');
export const read = (file: string): string => readFileSync(join(root, file), 'utf8');

export const documents = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...readdirSync(join(root, 'docs')).flatMap((file) => (file.endsWith('.md') ? [`docs/${file}`] : [])),
  'test/airflow/README.md',
];

/** A block between fences, in the language that the first one names. */
export interface Fence {
  document: string;
  language: string;
  text: string;
}

const fence = /^ *```(\w*)\n([\s\S]*?)^ *```/gm;

export const fences: Fence[] = documents.flatMap((document) =>
  [...read(document).matchAll(fence)].map(([, language = '', text = '']) => ({ document, language, text })),
);

/** Cells of a row of a table; a `|` in code is none of its bars. */
const cellsOf = (line: string): string[] =>
  line
    .replaceAll(/`[^`]*`/g, (code) => code.replaceAll('|', '\u0000'))
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.replaceAll('\u0000', '|').trim());

/** Without the columns of tables whose head begins with "from": what stands there are names of other systems. */
function withoutForeign(text: string): string {
  let foreign: number[] = [];
  let inTable = false;
  const lines = text.split('\n').map((line) => {
    if (!line.startsWith('|')) {
      inTable = false;
      return line;
    }
    const cells = cellsOf(line);
    if (!inTable) foreign = cells.flatMap((cell, index) => (/^from\b/.test(cell) ? [index] : []));
    inTable = true;
    return foreign.length === 0 ? line : `| ${cells.filter((_, index) => !foreign.includes(index)).join(' | ')} |`;
  });
  return lines.join('\n');
}

/** What a document sets apart as code: words between backticks, and the lines of fenced blocks. */
function codeOf(text: string): string[] {
  const blocks = [...text.matchAll(fence)].flatMap(([, , block = '']) => block.split('\n'));
  const rest = withoutForeign(text.replaceAll(fence, ''));
  return [...blocks, ...[...rest.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code)].map((code) => code.replace(/ # .*/, ''));
}

const code = new Map(documents.map((document) => [document, codeOf(read(document))]));

/** Every match of `pattern` in the code of all documents, as `document: match`, that `holds` refuses; fails when it sees none. */
export function breaches(pattern: RegExp, holds: (found: string, document: string) => boolean): string[] {
  let seen = 0;
  const found: string[] = [];
  for (const [document, pieces] of code) {
    for (const piece of pieces) {
      for (const [, match = ''] of piece.matchAll(pattern)) {
        seen += 1;
        if (!holds(match, document)) found.push(`${document}: ${match}`);
      }
    }
  }
  expect(seen).toBeGreaterThan(0);
  return found;
}
