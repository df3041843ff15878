import { isMet, type BenchLine } from './line.ts';

/** Three figures are all that a benchmark of one machine can say; whole numbers stay whole. */
function formatNumber(value: number): string {
  if (Number.isInteger(value) || Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en');
  return value.toPrecision(3);
}

function targetText(line: BenchLine): string {
  const { target } = line;
  if (target === undefined) return '';
  const bound = 'atMost' in target ? `≤ ${target.atMost}` : `≥ ${target.atLeast}`;
  return `${isMet(line) === true ? '✓' : '✗ MISSED'} ${bound}${target.of === 'ratio' ? ' times' : ` ${line.unit}`}`;
}

const columnsOf = (line: BenchLine): string[] => [
  line.bench,
  line.figure,
  `${formatNumber(line.value)} ${line.unit}`,
  line.peerValue === undefined ? '' : `${line.peer ?? ''}: ${formatNumber(line.peerValue)} ${line.unit}`,
  line.ratio === undefined ? '' : `${formatNumber(line.ratio)} ×`,
  targetText(line),
];

/** Figures as a table for people: name left, numbers right, one line each. */
export function formatTable(lines: readonly BenchLine[]): string {
  const rows = [['benchmark', 'figure', 'value', 'peer', 'ratio', 'target'], ...lines.map(columnsOf)];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length))) ?? [];
  const right = new Set([2, 3, 4]);
  return rows
    .map((row) =>
      row
        .map((cell, column) => (right.has(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
