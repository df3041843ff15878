import type { ProfileRules } from '../measure/profile.ts';
import type { KnownDag } from '../collect/known-dags.ts';
import type { Snapshot } from '../collect/snapshot.ts';
import type { RunRecord } from '../measure/run-history.ts';
import { habitsOf, isScheduled, usualSpan, type UsualSpan } from './usual-span.ts';

/** A success that should be there, and where it hangs. Times in ms since 1970. */
export interface Miss {
  stage: 'never_scheduled' | 'not_started' | 'running' | 'failed' | 'no_trigger';
  dueMs: number;
  /** When it became late. */
  deadlineMs: number;
  /** What the deadline was learned from; null: it is the limit. */
  usual: UsualSpan | null;
  run: { runPk: number; runId: string; runType: string } | null;
}

/** All that is known of one DAG that is not paused. */
export interface ScheduledDag {
  row: NonNullable<Snapshot['dags']>[number];
  known: KnownDag;
  openRuns: Snapshot['openRuns'];
  history: readonly RunRecord[];
}

/** Something that is due, and how far it has got. */
interface Due {
  stage: Miss['stage'];
  dueMs: number;
  run: Miss['run'];
}

/** How late is too late for one DAG. */
export interface Lateness {
  /** The least that is allowed. */
  lateAfterMs: number;
  /** A success may take this many times its median, and so much longer, whatever is unusual. */
  minRatio: number;
  minExcessMs: number;
  /** The probability with which a usual run is called late. */
  alpha: number;
  rules: ProfileRules;
}

/**
 * What is late of the DAG's schedule, by its due times. A later run that ended in success, or that a person ended, settles the
 * earlier ones. `lateAfter` is the least that is allowed; what runs usually take may allow more.
 */
export function missesOf(dag: ScheduledDag, lateness: Lateness, nowMs: number): Miss[] {
  const { lateAfterMs, alpha, rules } = lateness;
  // What the least allowance covers cannot be late: most DAGs end here, and nothing is learned of their history.
  const past = duesOf(dag, nowMs - lateAfterMs);
  if (past.length === 0) return [];
  const late = past.flatMap((each) => {
    const { dueMs } = each;
    const waits = each.stage === 'never_scheduled' || each.stage === 'not_started';
    const { start, landing } = habitsOf(dag.history, rules);
    const habit = waits ? start : landing;
    const span = usualSpan(habit, alpha, dueMs);
    // How long a DAG that never succeeded may run nobody knows.
    if (span === null && each.stage === 'running') return [];
    const allowed = allowance(waits || habit?.next === null ? span : withEffect(span, lateness), lateAfterMs);
    const deadlineMs = dueMs + allowed.ms;
    return deadlineMs > nowMs ? [] : [{ ...each, deadlineMs, usual: allowed.usual }];
  });
  if (late.length === 0) return [];
  const settledMs = settledBy(dag.history);
  return late.filter(({ dueMs }) => dueMs > settledMs);
}

function withEffect(span: UsualSpan | null, { minRatio, minExcessMs }: Lateness): UsualSpan | null {
  if (span === null) return null;
  return { ...span, mostMs: Math.ceil(Math.max(span.mostMs, leastLanding(span.medianMs, minRatio, minExcessMs))) };
}

/** Below this, in ms, a success is not late, whatever is usual. */
export const leastLanding = (medianMs: number, minRatio: number, minExcessMs: number): number =>
  Math.max(minRatio * medianMs, medianMs + minExcessMs);

/** The latest due time that a success, or a person, has settled. */
function settledBy(history: readonly RunRecord[]): number {
  let settledMs = Number.NEGATIVE_INFINITY;
  for (const run of history)
    if (isScheduled(run) && (run.state === 'success' || run.byPerson)) settledMs = Math.max(settledMs, run.dueMs ?? 0);
  return settledMs;
}

/** The limit, or what is usual where that allows more. */
export const allowance = (usual: UsualSpan | null, limitMs: number): { ms: number; usual: UsualSpan | null } =>
  usual !== null && usual.mostMs > limitMs ? { ms: usual.mostMs, usual } : { ms: limitMs, usual: null };

/** Failed runs looked back at: an older one is settled by a success, or its lateness is told already. */
const failedBack = 10;

/** What was due by then and may be open. Asked of every DAG in every cycle. */
function duesOf({ row, openRuns, history }: ScheduledDag, byMs: number): Due[] {
  const dues: Due[] = [];
  for (const { id, runId, runType, dueAt, startDate } of openRuns) {
    if (dueAt === null || dueAt.getTime() > byMs || !isScheduled({ runType })) continue;
    const stage = startDate === null ? 'not_started' : 'running';
    dues.push({ stage, dueMs: dueAt.getTime(), run: { runPk: id, runId, runType } });
  }
  for (let back = Math.max(0, history.length - failedBack); back < history.length; back += 1) {
    const { runPk, runId, runType, dueMs, state, byPerson } = history[back] as RunRecord;
    if (state !== 'failed' || byPerson || runType !== 'scheduled' || dueMs === null || dueMs > byMs) continue;
    if (!openRuns.some(({ id }) => id === runPk)) dues.push({ stage: 'failed', dueMs, run: { runPk, runId, runType } });
  }
  if (row.nextRunAt !== null && row.nextRunAt.getTime() <= byMs)
    dues.push({ stage: 'never_scheduled', dueMs: row.nextRunAt.getTime(), run: null });
  return dues;
}
