import { formatDuration } from '../lib/durations.ts';
import type { Baseline } from '../measure/baselines.ts';

const spell = (seconds: number): string =>
  seconds < 10 ? `${seconds.toFixed(1)}s` : formatDuration(Math.min(seconds, 1e10) * 1000);
const dayOf = (iso: string): string => iso.slice(0, 10);

const instancesText = (known: Baseline['mapped_instances']): string =>
  known === null
    ? '–'
    : `${Math.round(known.middle)}, expected within ${Math.ceil(known.lower)} – ${Math.floor(known.upper)}, by ${known.n} runs`;

/** Baselines as a table for people. */
export function baselineTable(baselines: readonly Baseline[]): string {
  const head = ['task', 'runs', 'median', 'expected within', 'scale', 'since', 'profile', 'last level shift', 'mapped instances'];
  const rows = baselines.map((each) => [
    `${each.dag_id}.${each.task_id}${each.mapped === '' ? '' : `[${each.mapped}]`}`,
    String(each.n),
    spell(each.median_seconds),
    `${spell(each.lower_seconds)} – ${spell(each.upper_seconds)}`,
    each.scale.toFixed(2),
    dayOf(each.since),
    each.profile?.replaceAll('_', ' ') ?? '–',
    each.level_shift === null
      ? '–'
      : `${dayOf(each.level_shift.at)}: ${spell(each.level_shift.from_seconds)} → ${spell(each.level_shift.to_seconds)}`,
    instancesText(each.mapped_instances),
  ]);
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) =>
        column === 1 || column === 2 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return `${[head, ...rows].map(line).join('\n')}\n`;
}
