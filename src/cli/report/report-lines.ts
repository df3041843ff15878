import { styleText } from 'node:util';
import type { Block, ReportDocument } from '../../report/document.ts';
import { wrap } from '../wrap.ts';

type Style = Parameters<typeof styleText>[0];

/** A line of a report for a terminal: what is printed, and how. */
const said = (text: string, columns: number, { prefix = '', style }: { prefix?: string; style?: Style } = {}): string[] => {
  const lines = wrap({ prefix, text: text.replaceAll(/\s+/g, ' ').trim(), indent: prefix.length }, columns);
  return style === undefined ? lines : lines.map((line) => styleText(style, line));
};

const tones = { good: 'green', bad: 'red', flat: 'dim' } as const;
/** A first column may take so much; what is longer is told in full on a line of its own. */
const nameWidthMax = 44;

function table({ columns: heads, rows, more }: Extract<Block, { kind: 'table' }>, columns: number): string[] {
  const texts = [heads.map(({ name }) => name), ...rows.map((row) => row.map(({ text }) => text))];
  const widths = heads.map((_, index) => Math.max(...texts.map((row) => (row[index] ?? '').length)));
  widths[0] = Math.min(nameWidthMax, widths[0] ?? 0);
  const lines = texts.flatMap((row, at) => {
    const name = row[0] ?? '';
    const isLong = name.length > nameWidthMax;
    const cells = row.map((cell, index) => {
      const width = widths[index] ?? 0;
      if (index === 0) return (isLong ? '' : cell).padEnd(width);
      return heads[index]?.isNumber === true ? cell.padStart(width) : cell.padEnd(width);
    });
    const line = `  ${cells.join('  ')}`.trimEnd();
    const shown = at === 0 ? styleText('dim', line) : line;
    return isLong ? [...said(name, columns, { prefix: '  ' }), shown] : [shown];
  });
  return [...lines, ...(more === null ? [] : [styleText('dim', `  ${more}`)])];
}

function block(each: Block, columns: number): string[] {
  switch (each.kind) {
    case 'text':
      return said(each.text, columns);
    case 'heading':
      return ['', ...said(`${each.text}${each.note === '' ? '' : ` (${each.note})`}`, columns, { style: 'bold' })];
    case 'entries':
      return [
        ...each.entries.flatMap(({ title, meta, lines }) => [
          ...said(`${title.text} (${meta})`, columns, { prefix: '  ' }),
          ...lines.flatMap((line) => said(line, columns, { prefix: '    ', style: 'dim' })),
        ]),
        ...(each.more === null ? [] : [styleText('dim', `  ${each.more}`)]),
      ];
    case 'table':
      return table(each, columns);
  }
}

/** A report for a terminal, or for a file that a person reads. */
export function reportLines({ title, subtitle, notes, figures, sections }: ReportDocument, columns: number): string[] {
  const width = Math.max(...figures.map(({ label }) => label.length));
  const values = Math.max(...figures.map(({ value }) => value.length));
  return [
    ...said(title, columns, { style: 'bold' }),
    ...said(subtitle, columns, { style: 'dim' }),
    ...notes.flatMap((note) => said(note, columns, { style: 'yellow' })),
    '',
    ...figures.map(({ label, value, change, tone }) =>
      `  ${label.padEnd(width)}  ${styleText('bold', value.padStart(values))}  ${styleText(tones[tone], change)}`.trimEnd(),
    ),
    ...sections.flatMap(({ title: name, blocks }) => [
      '',
      styleText(['bold', 'underline'], name),
      ...blocks.flatMap((each) => block(each, columns)),
    ]),
  ];
}
