/** What a figure should be; of `ratio` it is judged by the ratio to the peer, else by its own value. */
export type Target = { of: 'value' | 'ratio'; atMost: number } | { of: 'value' | 'ratio'; atLeast: number };

/** One figure of a benchmark; with a peer, what the peer needed for the same and the ratio (peer / ours). */
export interface BenchLine {
  bench: string;
  figure: string;
  value: number;
  unit: string;
  peer?: string;
  peerValue?: number;
  ratio?: number;
  target?: Target;
}

/** What a benchmark gets: where its figures go as they come, where its progress goes, and what was asked for. */
export interface BenchRun {
  emit: (line: BenchLine) => void;
  /** Progress, for people. */
  say: (text: string) => void;
  /** Task instances, for benchmarks that fill a database. */
  sizes: readonly number[];
  /** A folder in which filled databases stay for the next run. */
  keep: string | undefined;
  /** Seeds of simulated worlds; empty: the benchmark's own. */
  seeds: readonly string[];
}

export type Bench = (run: BenchRun) => Promise<void>;

/** Whether the target is met; undefined without one. */
export function isMet({ value, ratio, target }: BenchLine): boolean | undefined {
  if (target === undefined) return undefined;
  const measured = target.of === 'ratio' ? (ratio ?? Number.NaN) : value;
  return 'atMost' in target ? measured <= target.atMost : measured >= target.atLeast;
}

/** The value below which the share `q` (0 to 1) of `values` lies, by the nearest rank; NaN without values. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** `10m` or `1_000_000` as a number; undefined when the text is none. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([km]?)$/i.exec(text.replaceAll('_', ''));
  if (match === null) return undefined;
  const [, digits, unit = ''] = match;
  return Number(digits) * ({ k: 1000, m: 1_000_000 }[unit.toLowerCase()] ?? 1);
}

export const formatSize = (count: number): string =>
  count >= 1_000_000 ? `${count / 1_000_000}m` : count >= 1000 ? `${count / 1000}k` : `${count}`;
