/** Labels or attributes of one series; `pairs`, because measure's label sets carry more than these. */
export interface PlainLabels {
  readonly pairs: Readonly<Record<string, string>>;
}

type Unit = 'seconds' | 'bytes' | 'ratio';

interface PlainHead {
  /** Prometheus name in full, `_total` and unit included. */
  name: string;
  help: string;
  unit?: Unit;
}

/** The unit that a Prometheus name ends in, before `_total`. */
export function unitOfName(name: string): { unit?: Unit } {
  const unit = /_(seconds|bytes|ratio)(?:_total)?$/.exec(name)?.[1];
  return unit === 'seconds' || unit === 'bytes' || unit === 'ratio' ? { unit } : {};
}

/**
 * A metric family as this room gives and takes it. measure's `Family` fits it by its shape: `telemetry` stands above every
 * other room and may import none, so the shape is said here for the way out (OTLP) and for the way in (our own metrics).
 */
export type PlainFamily =
  | (PlainHead & { kind: 'counter' | 'gauge' | 'info' | 'stateset'; samples: readonly { labels: PlainLabels; value: number }[] })
  | (PlainHead & {
      kind: 'histogram';
      bounds: readonly number[];
      /** Counts per bucket, not cumulative; one more than `bounds`. */
      samples: readonly { labels: PlainLabels; buckets: readonly number[]; sum: number }[];
    });
