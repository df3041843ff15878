import { quantile } from '../stats/robust.ts';
import type { Tx } from '../store/store.ts';
import { customKeptMs } from './custom.ts';
import { readLatest, readPosted, readSeriesSums, type SeriesSum } from './custom-read.ts';
import { levelOf, type CustomSource, type Operator, type SlaObjective, type Statistic } from './objective.ts';
import { tellingPart, type PostedShare, type TellingPart } from './posted-parts.ts';
import { isNameOf, selectTargets } from './select.ts';
import { sliceEnds } from './slices.ts';
import { atMost, amount, graverWords, metricWords } from './words.ts';

/**
 * What the parts of a posted metric are held by: their values beyond the threshold, what they have of a whole, what they make of a sum that is
 * too large, or what they lack of one that is too small.
 */
export type PartsBy = 'beyond' | 'share' | 'sum' | 'missing';

/** A posted metric whose promise is broken, by its rows. Times are in ms since 1970; it goes through JSON as it is. */
export interface PostedLook {
  /** `llm_latency{model="gpt-4o"} (p95 over 15m)`. */
  metric: string;
  /** `at most 3s (critical above 5s)`. */
  promised: string;
  unit: SlaObjective['unit'];
  statistic: Statistic;
  /** Each value sums up so much time. */
  overMs: number;
  /** Of the newest slices of time, newest first, and whether each keeps the promise. At least one. */
  values: { atMs: number; value: number; good: boolean }[];
  /** Of slices of the day before it broke, the middle half of them, and whether the median keeps the promise; null: too few. */
  usual: { median: number; low: number; high: number; slices: number; good: boolean } | null;
  /** Values posted within the newest slice that breaks it, and usually in as much time; null: not known. */
  count: { now: number; usual: number | null } | null;
  part: (TellingPart & { by: PartsBy }) | null;
  lastPostedAtMs: number | null;
}

const valuesShown = 6;
/** A usual level rests on so many slices, and on at most as many as these. */
const usualMin = 5;
const usualMax = 48;

/**
 * What the posted rows say of an SLA of kind custom that is not met since `since`: four bounded reads of our store. Null: it is
 * about no posted metric, or nothing was posted for a day.
 */
export async function lookAtPosted(
  store: Tx,
  airflow: string,
  objectives: readonly SlaObjective[],
  target: { sla: string; dagId: string; taskId: string },
  { since, now }: { since: Date; now: Date },
): Promise<PostedLook | null> {
  const candidates = objectives.filter((each) => each.kind === 'custom' && isNameOf(each, target.sla));
  if (candidates.length === 0) return null;
  const posted = await readLatest(store, airflow, now);
  for (const objective of candidates) {
    const chosen = selectTargets(objective, { dags: [], tasks: [], posted }).targets.find(
      ({ sla, dagId, taskId }) => sla === target.sla && dagId === target.dagId && taskId === target.taskId,
    );
    const { metric } = objective;
    if (chosen === undefined || metric === null) continue;
    return look(store, airflow, { objective, metric: narrowed(metric, chosen.labels), labels: chosen.labels }, { since, now });
  }
  return null;
}

/** One target of a metric that is judged per label: its series alone. */
function narrowed(metric: CustomSource, labels: readonly (readonly [string, string])[]): CustomSource {
  const also = Object.fromEntries(labels);
  const of =
    metric.of === null || typeof metric.of === 'number' ? metric.of : { ...metric.of, labels: { ...metric.of.labels, ...also } };
  return { ...metric, labels: { ...metric.labels, ...also }, of, per: [] };
}

interface Looked {
  objective: SlaObjective;
  metric: CustomSource;
  labels: readonly (readonly [string, string])[];
}

async function look(
  store: Tx,
  airflow: string,
  { objective, metric, labels }: Looked,
  { since, now }: { since: Date; now: Date },
): Promise<PostedLook | null> {
  const { evaluateEveryMs: everyMs } = objective;
  const { overMs } = metric;
  const statistic = objective.statistic ?? 'mean';
  const nowMs = now.getTime();
  const slices = async (ends: number[]) => (await readPosted(store, airflow, [{ objective, metric, statistic, ends }]))[0] ?? [];
  const recent = [...sliceEnds(nowMs - valuesShown * everyMs, nowMs, everyMs)].slice(
    -Math.max(1, Math.floor(customKeptMs / overMs)),
  );
  const isGood = (value: number) => levelOf(objective, value) === 0;
  const values = (await slices(recent))
    .map(({ atMs, value }) => ({ atMs, value, good: isGood(value) }))
    .toSorted((a, b) => b.atMs - a.atMs);
  if (values.length === 0) return null;
  // Slices that hold nothing of what broke it.
  const untilMs = Math.min(since.getTime(), nowMs) - overMs - everyMs;
  const fromMs = nowMs - customKeptMs;
  const stepMs = Math.max(overMs, everyMs, Math.ceil(customKeptMs / usualMax / everyMs) * everyMs);
  const before = untilMs > fromMs ? (await slices([...sliceEnds(fromMs, untilMs, stepMs)])).map(({ value }) => value) : [];
  const broken = values.find(({ good }) => !good);
  const parts =
    broken === undefined
      ? null
      : await readParts(store, airflow, { objective, metric, statistic }, { brokenMs: broken.atMs, fromMs, untilMs });
  return {
    metric: metricWords(objective, labels),
    promised: `${atMost[objective.operator]} ${amount(objective, objective.threshold)}${graverWords(objective)}`,
    unit: objective.unit,
    statistic,
    overMs,
    values,
    usual:
      before.length < usualMin
        ? null
        : {
            median: quantile(before, 0.5),
            low: quantile(before, 0.25),
            high: quantile(before, 0.75),
            slices: before.length,
            good: isGood(quantile(before, 0.5)),
          },
    count: parts?.count ?? null,
    part: parts?.part ?? null,
    lastPostedAtMs: parts?.lastAtMs ?? null,
  };
}

/** Before a slice there must be so many of its length, or nothing is usual. */
const usualWindowsMin = 3;

interface Usual {
  sums: readonly SeriesSum[];
  windows: number;
}

const isUpper = (operator: Operator): boolean => operator === 'lt' || operator === 'lte';

/** By what the parts are held; null: by nothing that would be right. */
function partsBy({ operator }: SlaObjective, { of }: CustomSource, statistic: Statistic): PartsBy | null {
  const isShare = of !== null && typeof of !== 'number';
  if (statistic !== 'sum') return isShare ? null : 'beyond';
  return operator === 'eq' ? null : isShare ? 'share' : isUpper(operator) ? 'sum' : 'missing';
}

/** What each series brings into the slice that ends at `brokenMs`, and usually brings. */
async function readParts(
  store: Tx,
  airflow: string,
  { objective, metric, statistic }: { objective: SlaObjective; metric: CustomSource; statistic: Statistic },
  { brokenMs, fromMs, untilMs }: { brokenMs: number; fromMs: number; untilMs: number },
): Promise<(Pick<PostedLook, 'count' | 'part'> & { lastAtMs: number | null }) | null> {
  const { operator, threshold } = objective;
  const { overMs, of } = metric;
  const beyond = { operator, threshold: threshold * (typeof of === 'number' ? of : 1) };
  const slice = { fromMs: brokenMs - overMs, toMs: brokenMs, beyond };
  const now = await readSeriesSums(store, airflow, metric, slice);
  if (now === null) return null;
  const before = untilMs > fromMs ? await readSeriesSums(store, airflow, metric, { fromMs, toMs: untilMs, beyond }) : null;
  // From the first value on: what was not posted yet was not usually nothing.
  const firstMs = Math.min(...(before ?? []).map(({ firstAt }) => firstAt.getTime()));
  const windows = (untilMs - firstMs) / overMs;
  const usual = before !== null && windows >= usualWindowsMin ? { sums: before, windows } : null;
  const by = partsBy(objective, metric, statistic);
  const whole = by === 'share' && of !== null && typeof of !== 'number' ? await readSeriesSums(store, airflow, of, slice) : null;
  const shares = by === null ? null : sharesOf(by, { now, usual, whole }, isUpper(operator));
  const part = shares === null ? null : tellingPart(shares);
  return {
    count: { now: countOf(now), usual: usual === null ? null : countOf(usual.sums) / usual.windows },
    part: part === null || by === null ? null : { ...part, by },
    lastAtMs: now.length === 0 ? null : Math.max(...now.map(({ lastAt }) => lastAt.getTime())),
  };
}

const countOf = (sums: readonly SeriesSum[]): number => sums.reduce((total, { count }) => total + count, 0);

/** What of each series is bad; null where that is not known. */
function sharesOf(
  by: PartsBy,
  { now, usual, whole }: { now: readonly SeriesSum[]; usual: Usual | null; whole: readonly SeriesSum[] | null },
  tooMuch: boolean,
): PostedShare[] | null {
  switch (by) {
    case 'beyond':
      return now.map(({ labels, beyond, count }) => ({ labels, bad: beyond, of: count }));
    case 'sum':
    case 'missing':
      return bySum(now, usual, tooMuch);
    case 'share':
      return whole === null ? null : byShare(now, whole, tooMuch);
  }
}

/** Too much of a sum is where it is more than usual; too little, what is missing of the usual. */
function bySum(now: readonly SeriesSum[], usual: Usual | null, tooMuch: boolean): PostedShare[] | null {
  if (usual === null) return tooMuch ? now.map(({ labels, sum }) => ({ labels, bad: Math.max(0, sum), of: null })) : null;
  return joined(now, usual.sums).map(({ labels, a, b }) => {
    const often = b / usual.windows;
    return { labels, bad: Math.max(0, tooMuch ? a : often - a), of: Math.max(0, often) };
  });
}

/** Of a share that is too large its parts count; of one too small, what is missing to the whole. */
const byShare = (now: readonly SeriesSum[], whole: readonly SeriesSum[], tooMuch: boolean): PostedShare[] =>
  joined(now, whole).map(({ labels, a, b }) => ({ labels, bad: Math.max(0, tooMuch ? a : b - a), of: Math.max(0, b) }));

/** The sums of both by labels; what one of them lacks is 0. */
function joined(a: readonly SeriesSum[], b: readonly SeriesSum[]) {
  const both = new Map<string, { labels: Record<string, string>; a: number; b: number }>();
  const keyOf = (labels: Record<string, string>) => JSON.stringify(Object.entries(labels).sort(([x], [y]) => (x < y ? -1 : 1)));
  for (const { labels, sum } of a) both.set(keyOf(labels), { labels, a: sum, b: 0 });
  for (const { labels, sum } of b) {
    const found = both.get(keyOf(labels));
    if (found === undefined) both.set(keyOf(labels), { labels, a: 0, b: sum });
    else found.b = sum;
  }
  return [...both.values()];
}
