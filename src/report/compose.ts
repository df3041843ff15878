import type { Category } from '../explain/explanation.ts';
import type { ShortCause } from '../explain/causes.ts';
import type { ModelSpending } from '../explain/read-period.ts';
import type { Counted, PastIncident, Took } from '../incident/read-period.ts';
import type { TryTotals } from '../measure/day-totals.ts';
import type { CauseGroup, Compared, Report, Short, ToldIncident, TookCompared } from './report.ts';

/** Kinds of incidents that tell of slowness; all others tell of a failure. */
const slownessKinds: ReadonlySet<PastIncident['kind']> = new Set([
  'task_slow',
  'task_running_long',
  'trend',
  'pattern_broken',
  'task_stuck_queued',
]);
export const isSlowness = ({ kind }: Pick<PastIncident, 'kind'>): boolean => slownessKinds.has(kind);

/** What may be said of each period: whether what it is made of was watched all the time. */
export interface Known {
  incidents: { now: boolean; before: boolean };
  tries: { now: boolean; before: boolean };
}

/**
 * Whether the periods were watched: from their beginning, and to their end. Of one that is not over there is something to say and nothing to
 * compare.
 */
export function knownOf({
  period,
  before,
  isOver,
  triesSince,
  incidentsSince,
}: Pick<Report, 'period' | 'before' | 'isOver' | 'triesSince' | 'incidentsSince'>): Known {
  const of = (since: Date | null) => ({
    now: since !== null && since < period.to,
    before: isOver && since !== null && since <= before.from,
  });
  return { incidents: of(incidentsSince), tries: of(triesSince) };
}

/** A number and that of the period before, each where it is known. */
export const compared = (
  now: number | null,
  before: number | null,
  known: { now: boolean; before: boolean } = { now: true, before: true },
): Compared => ({ now: known.now ? now : null, before: known.before ? before : null });

export const tookCompared = (now: Took, before: Took, known: Known['incidents']): TookCompared => ({
  count: compared(now.count, before.count, known),
  meanSeconds: compared(now.meanSeconds, before.meanSeconds, known),
  medianSeconds: compared(now.medianSeconds, before.medianSeconds, known),
});

/** `part` of `whole`; null of nothing. */
const share = (part: number, whole: number): number | null => (whole > 0 ? part / whole : null);

export function triesCompared(now: TryTotals, before: TryTotals, known: Known['tries']): Omit<Report['tries'], 'costliest'> {
  const of = (value: (totals: TryTotals) => number | null): Compared => compared(value(now), value(before), known);
  return {
    all: of(({ success, failure, retry }) => success + failure + retry),
    failed: of(({ failure, retry }) => failure + retry),
    final: of(({ failure }) => failure),
    successRatio: of(({ success, failure }) => share(success, success + failure)),
    seconds: of(({ seconds }) => seconds),
    failedSeconds: of(({ failedSeconds }) => failedSeconds),
    failedShare: of(({ seconds, failedSeconds }) => share(failedSeconds, seconds)),
  };
}

const perGroupMax = 5;

/** Incidents by what they are put down to: the most frequent first, what nobody can say last. */
export function groupByCause(
  { items }: Counted<PastIncident>,
  itemsBefore: readonly PastIncident[],
  {
    now,
    before,
    causes,
    known,
  }: {
    now: ReadonlyMap<string, Category>;
    before: ReadonlyMap<string, Category>;
    causes: ReadonlyMap<string, ShortCause>;
    known: Known['incidents'];
  },
): CauseGroup[] {
  const categoryOf = (of: ReadonlyMap<string, Category>, { id }: PastIncident): Category => of.get(id) ?? 'unknown';
  const earlier = Map.groupBy(
    itemsBefore.filter((each) => !isSlowness(each)),
    (each) => categoryOf(before, each),
  );
  const groups = Map.groupBy(
    items.filter((each) => !isSlowness(each)),
    (each) => categoryOf(now, each),
  );
  return [...groups]
    .map(([category, incidents]): CauseGroup => ({
      category,
      incidents: compared(incidents.length, earlier.get(category)?.length ?? 0, known),
      ...shortOf(incidents, perGroupMax, causes),
    }))
    .toSorted((a, b) => Number(a.category === 'unknown') - Number(b.category === 'unknown') || b.count - a.count);
}

/** The first of these incidents, each with what explains it. */
export function shortOf(
  incidents: readonly PastIncident[],
  max: number,
  causes: ReadonlyMap<string, ShortCause>,
): Short<ToldIncident> {
  return {
    count: incidents.length,
    items: incidents.slice(0, max).map((each) => ({ ...each, cause: causes.get(each.id) ?? null })),
  };
}

/** Which incidents need their cause: those that are shown. */
export function shownIds({ items }: Counted<PastIncident>, categories: ReadonlyMap<string, Category>): string[] {
  const byCategory = Map.groupBy(items, (each) => (isSlowness(each) ? 'slow' : (categories.get(each.id) ?? 'unknown')));
  return [...byCategory.values()].flatMap((group) => group.slice(0, Math.max(perGroupMax, slowMax)).map(({ id }) => id));
}

/** Incidents of slowness that are shown. */
export const slowMax = 10;

/** What asking models took in all; the cost is null where nothing has a price. */
export function spendingOf(models: readonly ModelSpending[]): { calls: number; tokens: number; cost: number | null } {
  const sum = (of: (each: ModelSpending) => number): number => models.reduce((total, each) => total + of(each), 0);
  const isPriced = models.length === 0 || models.some(({ cost }) => cost !== null);
  return {
    calls: sum(({ calls }) => calls),
    tokens: sum(({ inputTokens, outputTokens }) => inputTokens + outputTokens),
    cost: isPriced ? sum(({ cost }) => cost ?? 0) : null,
  };
}
