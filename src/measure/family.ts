/** Label values of one series. `text` is the escaped inner text (`a="b",c="d"`), made once and reused by every encoding. */
export interface LabelSet {
  readonly pairs: Readonly<Record<string, string>>;
  readonly text: string;
}

/** OpenMetrics exemplar; its labels stay below 128 characters in all. */
export interface Exemplar {
  labels: LabelSet;
  value: number;
  timestampSeconds: number;
}

export interface Sample {
  labels: LabelSet;
  value: number;
  exemplar?: Exemplar;
}

export interface HistogramSample {
  labels: LabelSet;
  /** Counts per bucket, not cumulative; one more than `bounds` (the last is +Inf). */
  buckets: readonly number[];
  sum: number;
  exemplars?: readonly (Exemplar | undefined)[];
}

interface FamilyHead {
  /** Full name in the text format: counters end in `_total`. */
  name: string;
  help: string;
  /** OpenMetrics unit; the name ends in it (before `_total`). */
  unit?: 'seconds' | 'bytes' | 'ratio';
}

export type Family =
  | (FamilyHead & { kind: 'counter' | 'gauge' | 'info' | 'stateset'; samples: readonly Sample[] })
  | (FamilyHead & { kind: 'histogram'; bounds: readonly number[]; samples: readonly HistogramSample[] });

/** Escapes a label value for both text formats. */
function escapeLabelValue(value: string): string {
  return /[\\"\n]/.test(value) ? value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n') : value;
}

/** The label set of `pairs`, in their order. */
export function labelSet(pairs: Readonly<Record<string, string>>): LabelSet {
  let text = '';
  for (const name in pairs) text += `${text && ','}${name}="${escapeLabelValue(pairs[name] ?? '')}"`;
  return { pairs, text };
}
