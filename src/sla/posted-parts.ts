/** What one series brings into the slice of time that broke a promise. */
export interface PostedShare {
  labels: Readonly<Record<string, string>>;
  /** Of what is bad: values beyond the threshold, or what there is too much or too little of. Not below 0. */
  bad: number;
  /** What it is held against: all values, the whole of a share, or what it usually brings; null: not known. */
  of: number | null;
}

/** Series with one value of one label, which account for most of what is bad. */
export interface TellingPart {
  label: string;
  value: string;
  bad: number;
  badTotal: number;
  of: number | null;
  ofTotal: number | null;
}

/** A part that does not bring so much of what is bad tells little. */
const shareMin = 0.5;
/** And it must be so many times as bad as the rest, each held against what it is of: where all are alike there is no part to blame. */
const timesMin = 2;

/** The part that brings most of what is bad, and far more than its share of the rest; null: none stands out, or there is but one. */
export function tellingPart(series: readonly PostedShare[]): TellingPart | null {
  const badTotal = series.reduce((sum, { bad }) => sum + bad, 0);
  if (series.length < 2 || !(badTotal > 0)) return null;
  const ofTotal = totalOf(series);
  let best: { part: TellingPart; excess: number } | null = null;
  for (const label of [...new Set(series.flatMap(({ labels }) => Object.keys(labels)))].sort()) {
    const groups = Map.groupBy(series, ({ labels }) => labels[label]);
    if (groups.size < 2) continue;
    for (const [value, group] of groups) {
      if (value === undefined) continue;
      const bad = group.reduce((sum, each) => sum + each.bad, 0);
      const of = ofTotal === null ? null : totalOf(group);
      // What is not known counts as equal parts.
      const [own, all] = of === null || ofTotal === null ? [1, groups.size] : [of, ofTotal];
      const excess = bad / badTotal - (all > 0 ? own / all : 0);
      const isFarWorse = bad * (all - own) >= timesMin * (badTotal - bad) * own;
      if (bad < shareMin * badTotal || !isFarWorse || excess <= (best?.excess ?? 0)) continue;
      best = { part: { label, value, bad, badTotal, of, ofTotal }, excess };
    }
  }
  return best?.part ?? null;
}

/** Null where it is not known of each. */
const totalOf = (series: readonly PostedShare[]): number | null =>
  series.reduce<number | null>((sum, { of }) => (sum === null || of === null ? null : sum + of), 0);
