// Sets what Windsock shows beside what must be there, series by series, both ways.
import { seriesKey, type Series } from './exposition.ts';

export type Expected = { name: string; labels: Record<string, string>; value: number; tolerance: number };
export type Line = { metric: string; series: string; expected: number; seen: number | undefined; ok: boolean };

const normal = (labels: Record<string, string>): Record<string, string> =>
  labels['le'] === undefined ? labels : { ...labels, le: String(Number(labels['le'].replace('+Inf', 'Infinity'))) };

const keyOf = (name: string, labels: Record<string, string>): string => seriesKey(name, normal(labels));

/**
 * One line per series of the families expected. A series that is not expected must be 0: a counter that nothing moved.
 * A series expected to be 0 may be absent.
 */
export function compare(expected: readonly Expected[], seen: readonly Series[]): Line[] {
  const shown = new Map(seen.map((s) => [keyOf(s.name, s.labels), s.value]));
  const lines = expected.map(({ name, labels, value, tolerance }): Line => {
    const key = keyOf(name, labels);
    const got = shown.get(key);
    shown.delete(key);
    return {
      metric: name,
      series: key.slice(name.length),
      expected: value,
      seen: got,
      ok: Math.abs((got ?? 0) - value) <= tolerance,
    };
  });
  const names = new Set(expected.map(({ name }) => name));
  for (const { name, labels, value } of seen) {
    const key = keyOf(name, labels);
    if (!names.has(name) || !shown.has(key)) continue;
    lines.push({ metric: name, series: key.slice(name.length), expected: 0, seen: value, ok: value === 0 });
  }
  return lines;
}

/** Windsock's own judgement, for which Airflow has no number; `airflow_info` has a comparison of its own. */
const OWN = /^airflow_(info$|task_expected_duration_seconds$|task_anomaly_score$|sla_(?!misses))/;

/** A line that fails for each family about Airflow that is shown and was not compared. */
export function uncompared(lines: readonly Line[], seen: readonly Series[]): Line[] {
  const compared = new Set(lines.map(({ metric }) => metric));
  const others = seen.filter(({ name }) => name.startsWith('airflow_') && !OWN.test(name) && !compared.has(name));
  return [...new Map(others.map((s) => [s.name, s])).values()].map(({ name, value }) => ({
    metric: name,
    series: ' is compared with nothing',
    expected: 0,
    seen: value,
    ok: false,
  }));
}

const short = (value: number | undefined): string =>
  value === undefined ? '–' : Number.isInteger(value) ? String(value) : value.toFixed(3);

/** The table of a comparison: every difference, and every series that is not simply 0. */
export function table(lines: readonly Line[]): string {
  const told = lines.filter(({ expected, seen, ok }) => !ok || expected !== 0 || (seen ?? 0) !== 0);
  const rows = [
    ['metric', 'series', 'expected', 'seen', 'ok'],
    ...told.map((l) => [l.metric, l.series, short(l.expected), short(l.seen), l.ok ? 'ok' : 'DIFFERS']),
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const text = rows.map((row) =>
    row.map((cell, i) => (i < 2 ? cell.padEnd(widths[i] ?? 0) : i < 4 ? cell.padStart(widths[i] ?? 0) : cell)).join('  '),
  );
  return `${text.join('\n')}\n(and ${lines.length - told.length} series that are 0 as they must be)`;
}
