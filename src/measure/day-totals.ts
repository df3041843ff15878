import type { Attempt, Transition } from '../collect/transition.ts';
import { addDays, instantOf, localTime } from '../lib/calendar.ts';
import type { Tx } from '../store/store.ts';
import { packDuration } from './duration-sample.ts';
import { tallyKey } from './tally.ts';

/** Days that are kept: five weeks, so that a week that is over has one before it to be compared with, and some to look back to. */
export const daysKept = 35;
/** Durations kept of a task and day. */
export const dayDurationsMax = 64;
const rowsPerStatement = 2000;

/** Tries that ended. */
export interface TryTotals {
  success: number;
  failure: number;
  retry: number;
  /** Successes of a later try, in runs that nobody had run again. */
  healed: number;
  /** Of all tries, and of those that failed. */
  seconds: number;
  failedSeconds: number;
}

/** What ended of a task on one day. */
export interface DayTotals extends TryTotals {
  /** `2026-11-25`, in the zone that was in force. */
  day: string;
  dagId: string;
  taskId: string;
  /** Sum of ln(seconds) of the successes whose durations are known, and how many these are. */
  logSeconds: number;
  timed: number;
  /** Packed; the caller keeps the smallest. */
  durations: bigint[];
}

/** Sums the tries that ended by task and day of the calendar in `timeZone`; one whose end is not known ended `now`. Pure. */
export function dayTotals(transitions: readonly Transition[], timeZone: string, now: Date): DayTotals[] {
  const dayOf = calendarOf(timeZone);
  const totals = new Map<string, DayTotals>();
  for (const attempt of transitions) {
    if (attempt.kind !== 'attempt') continue;
    const day = dayOf((attempt.endedAt ?? now).getTime());
    const key = `${day}\u0000${tallyKey(attempt.dagId, attempt.taskId)}`;
    const found = totals.get(key) ?? emptyDay(day, attempt);
    totals.set(key, found);
    count(found, attempt);
  }
  return [...totals.values()];
}

const emptyDay = (day: string, { dagId, taskId }: Attempt): DayTotals => {
  const sums = { success: 0, failure: 0, retry: 0, healed: 0, seconds: 0, failedSeconds: 0, logSeconds: 0, timed: 0 };
  return { day, dagId, taskId, ...sums, durations: [] };
};

function count(totals: DayTotals, attempt: Attempt): void {
  const { outcome, durationSeconds, tryNumber, clearNumber } = attempt;
  totals[outcome] += 1;
  if (outcome === 'success' && tryNumber > 1 && clearNumber === 0) totals.healed += 1;
  if (durationSeconds === null || !Number.isFinite(durationSeconds) || durationSeconds < 0) return;
  totals.seconds += durationSeconds;
  if (outcome !== 'success') {
    totals.failedSeconds += durationSeconds;
    return;
  }
  totals.logSeconds += Math.log(Math.max(0.001, durationSeconds));
  totals.timed += 1;
  totals.durations.push(packDuration(`${attempt.runPk}:${attempt.mapIndex}:${tryNumber}`, durationSeconds));
}

/** The day of a time; calendars are slow, and almost all times are of one day. */
function calendarOf(timeZone: string): (ms: number) => string {
  let [day, fromMs, toMs] = ['', 0, 0];
  return (ms) => {
    if (ms >= fromMs && ms < toMs) return day;
    day = localTime(new Date(ms), timeZone).date;
    fromMs = instantOf(day, 0, timeZone).getTime();
    toMs = instantOf(addDays(day, 1), 0, timeZone).getTime();
    return day;
  };
}

/** Counts what ended in this cycle by day. Part of its one transaction, so that a try is counted once. */
export async function saveDays(
  tx: Tx,
  airflow: string,
  transitions: readonly Transition[],
  { timeZone, now }: { timeZone: string; now: Date },
): Promise<void> {
  const totals = dayTotals(transitions, timeZone, now);
  if (totals.length === 0) return;
  await tx.query('INSERT INTO task_day_since (airflow, since) VALUES ($1, $2) ON CONFLICT DO NOTHING', [airflow, now]);
  for (let from = 0; from < totals.length; from += rowsPerStatement) {
    const part = totals.slice(from, from + rowsPerStatement);
    await tx.query(
      `INSERT INTO task_day (airflow, day, dag_id, task_id, success, failure, retry, healed, seconds, failed_seconds, log_seconds, timed, durations)
       SELECT $1, day, d, t, s, f, r, h, sec, fs, ls, n, ARRAY(SELECT e FROM unnest(string_to_array(p, ' ')::bigint[]) e ORDER BY e LIMIT ${dayDurationsMax})
       FROM unnest($2::date[], $3::text[], $4::text[], $5::int[], $6::int[], $7::int[], $8::int[], $9::float8[], $10::float8[], $11::float8[], $12::int[], $13::text[])
         x(day, d, t, s, f, r, h, sec, fs, ls, n, p)
       ON CONFLICT (airflow, day, dag_id, task_id) DO UPDATE SET success = task_day.success + excluded.success,
         failure = task_day.failure + excluded.failure, retry = task_day.retry + excluded.retry, healed = task_day.healed + excluded.healed,
         seconds = task_day.seconds + excluded.seconds, failed_seconds = task_day.failed_seconds + excluded.failed_seconds,
         log_seconds = task_day.log_seconds + excluded.log_seconds, timed = task_day.timed + excluded.timed,
         durations = ARRAY(SELECT e FROM unnest(task_day.durations || excluded.durations) e ORDER BY e LIMIT ${dayDurationsMax})`,
      [
        airflow,
        part.map(({ day }) => day),
        part.map(({ dagId }) => dagId),
        part.map(({ taskId }) => taskId),
        part.map(({ success }) => success),
        part.map(({ failure }) => failure),
        part.map(({ retry }) => retry),
        part.map(({ healed }) => healed),
        part.map(({ seconds }) => seconds),
        part.map(({ failedSeconds }) => failedSeconds),
        part.map(({ logSeconds }) => logSeconds),
        part.map(({ timed }) => timed),
        // unnest flattens arrays of arrays, so they travel as text.
        part.map(({ durations }) => durations.join(' ')),
      ],
    );
  }
}

/** The retention job: days that no report asks for go. */
export async function trimDays(tx: Tx, airflow: string, now: Date): Promise<void> {
  await tx.query('DELETE FROM task_day WHERE airflow = $1 AND day < $2::date', [
    airflow,
    new Date(now.getTime() - daysKept * 86_400_000).toISOString().slice(0, 10),
  ]);
}
