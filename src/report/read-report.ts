import { loadCauses } from '../explain/causes.ts';
import { loadCategories, readCallsSince, readSpending } from '../explain/read-period.ts';
import {
  countGivenBack,
  readFirstOpened,
  readForgotten,
  readIgnored,
  readNoise,
  readOpened,
  readSuppressed,
  readTimesToAcknowledge,
  readTimesToResolve,
  type TimeSpan,
} from '../incident/read-period.ts';
import { rankTasks, readDaysSince, readShifts, readSlower, readTotals } from '../measure/read-days.ts';
import { readSlaPeriod } from '../sla/read-period.ts';
import type { Tx } from '../store/store.ts';
import {
  compared,
  groupByCause,
  isSlowness,
  knownOf,
  shortOf,
  shownIds,
  slowMax,
  spendingOf,
  tookCompared,
  triesCompared,
} from './compose.ts';
import { periodBefore, type Period } from './period.ts';
import type { Report } from './report.ts';

/** Incidents that are looked at of each period; more are counted only. */
const incidentsMax = 5000;
const listMax = 10;
/** An acknowledgement is forgotten when it is so old and what it is about is still wrong. */
const forgottenAfterMs = 86_400_000;

/** A period told, out of the store: every list is bounded, every look by an index. Throws what the store throws. */
export async function readReport(tx: Tx, deployment: string, period: Period, now: Date): Promise<Report> {
  const before = periodBefore(period);
  const triesSince = await readDaysSince(tx, deployment, now);
  const firstOpened = await readFirstOpened(tx, deployment);
  const incidentsSince = earlier(triesSince, firstOpened);
  const face = { deployment, period, before, madeAt: now, isOver: period.to <= now, triesSince, incidentsSince };
  const known = knownOf(face);
  return {
    ...face,
    ...(await readIncidentsOf(tx, deployment, face, known)),
    ...(await readPeople(tx, deployment, face, known)),
    ...(await readTries(tx, deployment, face, known)),
    slas: await readSlas(tx, deployment, face),
    models: await readModels(tx, deployment, face),
  };
}

type Face = Pick<Report, 'period' | 'before' | 'isOver' | 'madeAt'>;
type Known = ReturnType<typeof knownOf>;

const earlier = (a: Date | null, b: Date | null): Date | null => (a === null ? b : b === null || a < b ? a : b);
const spanOf = ({ from, to }: Period): TimeSpan => ({ from, to });

async function readIncidentsOf(
  tx: Tx,
  airflow: string,
  { period, before }: Face,
  known: Known,
): Promise<Pick<Report, 'failures' | 'slower'>> {
  const opened = await readOpened(tx, airflow, period, incidentsMax);
  const openedBefore = await readOpened(tx, airflow, before, incidentsMax);
  const idsOf = ({ items }: typeof opened): string[] => items.map(({ id }) => id);
  const categories = await loadCategories(tx, airflow, idsOf(opened));
  const causes = await loadCauses(tx, airflow, shownIds(opened, categories));
  const slow = opened.items.filter(isSlowness);
  const slowBefore = openedBefore.items.filter(isSlowness);
  const shifts = await readShifts(tx, airflow, period, listMax);
  const shiftsBefore = await readShifts(tx, airflow, before, 1);
  const tasks = await readSlower(tx, airflow, period, before);
  return {
    failures: {
      incidents: compared(opened.count - slow.length, openedBefore.count - slowBefore.length, known.incidents),
      groups: groupByCause(opened, openedBefore.items, {
        now: categories,
        before: await loadCategories(tx, airflow, idsOf(openedBefore)),
        causes,
        known: known.incidents,
      }),
      unread: opened.count - opened.items.length,
    },
    slower: {
      shifts: { items: shifts.shifts, count: shifts.count, compared: compared(shifts.count, shiftsBefore.count, known.tries) },
      incidents: { ...shortOf(slow, slowMax, causes), compared: compared(slow.length, slowBefore.length, known.incidents) },
      // A period that the tries were not counted in from its beginning says nothing of medians.
      tasks: known.tries.before ? { items: tasks.slice(0, listMax), count: tasks.length } : { items: [], count: 0 },
    },
  };
}

async function readPeople(
  tx: Tx,
  airflow: string,
  { period, before, isOver, madeAt }: Face,
  known: Known,
): Promise<Pick<Report, 'acknowledge' | 'resolve' | 'ignored' | 'forgotten' | 'quiet' | 'noisiest'>> {
  const acknowledged = await readTimesToAcknowledge(tx, airflow, period);
  const acknowledgedBefore = await readTimesToAcknowledge(tx, airflow, before);
  const resolved = await readTimesToResolve(tx, airflow, period);
  const resolvedBefore = await readTimesToResolve(tx, airflow, before);
  const ignored = await readIgnored(tx, airflow, period, listMax);
  const ignoredBefore = await readIgnored(tx, airflow, before, 1);
  const back = await countGivenBack(tx, airflow, period);
  const backBefore = await countGivenBack(tx, airflow, before);
  return {
    acknowledge: tookCompared(acknowledged, acknowledgedBefore, known.incidents),
    resolve: tookCompared(resolved, resolvedBefore, known.incidents),
    ignored: {
      ...ignored.ignored,
      told: compared(ignored.told, ignoredBefore.told, known.incidents),
      compared: compared(ignored.ignored.count, ignoredBefore.ignored.count, known.incidents),
    },
    forgotten: {
      ...(await readForgotten(tx, airflow, { to: isOver ? period.to : madeAt, olderThanMs: forgottenAfterMs }, listMax)),
      givenBack: compared(back, backBefore, known.incidents),
    },
    quiet: await readSuppressed(tx, airflow, spanOf(period), listMax),
    noisiest: await readNoise(tx, airflow, spanOf(period), listMax),
  };
}

async function readTries(
  tx: Tx,
  airflow: string,
  { period, before }: Face,
  known: Known,
): Promise<Pick<Report, 'tries' | 'flakiest'>> {
  const totals = await readTotals(tx, airflow, period);
  const totalsBefore = await readTotals(tx, airflow, before);
  const costliest = await rankTasks(tx, airflow, period, { by: 'failedSeconds', limit: listMax });
  const flakiest = await rankTasks(tx, airflow, period, { by: 'healed', limit: listMax });
  return {
    tries: {
      ...triesCompared(totals, totalsBefore, known.tries),
      costliest: { items: costliest.tasks, count: costliest.count },
    },
    flakiest: {
      items: flakiest.tasks,
      count: flakiest.count,
      healed: compared(totals.healed, totalsBefore.healed, known.tries),
    },
  };
}

async function readSlas(tx: Tx, airflow: string, { period, before }: Face): Promise<Report['slas']> {
  const { items, counts } = await readSlaPeriod(tx, airflow, { ...spanOf(period), before: spanOf(before) }, 20);
  return { items, counts, count: counts.targets };
}

async function readModels(tx: Tx, airflow: string, { period, before, isOver, madeAt }: Face): Promise<Report['models']> {
  const byModel = await readSpending(tx, airflow, period);
  const now = spendingOf(byModel);
  const then = spendingOf(await readSpending(tx, airflow, before));
  const since = await readCallsSince(tx, airflow, madeAt);
  const known = { now: true, before: isOver && since <= before.from };
  return {
    calls: compared(now.calls, then.calls, known),
    tokens: compared(now.tokens, then.tokens, known),
    cost: compared(now.cost, then.cost, known),
    byModel,
    isCut: since > period.from,
  };
}
