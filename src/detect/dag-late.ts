import type { KnownDag } from '../collect/known-dags.ts';
import { formatDuration } from '../lib/durations.ts';
import { runsShare, type RunRecord } from '../measure/run-history.ts';
import { assetMiss } from './asset-late.ts';
import { alphaFor } from './budget.ts';
import type { Detector } from './detector.ts';
import type { Facts } from './facts.ts';
import { noJudgement, subjectKey, type Cleared, type Finding, type Subject } from './finding.ts';
import { found, named, sinceEvent, sinceOf } from './found.ts';
import { missesOf, type Lateness, type Miss, type ScheduledDag } from './schedule-late.ts';
import { profileRules, type DetectSettings } from './settings.ts';

const kind = 'dag_late';

interface Reads {
  snapshot: Pick<Facts['snapshot'], 'dags' | 'openRuns'>;
  dags: Facts['dags'];
  runs: Facts['runs'];
  learned: Facts['learned'];
}

/**
 * A success that was expected is not there; says at which stage it hangs. Expected by the next run time of the catalogue and by
 * what the DAG's runs usually take, for DAGs triggered by assets by the gaps between their runs. Paused DAGs are not late, nor
 * what was due before a DAG was resumed (catch-up). Airflow's times are instants, so nights of a clock change need no care.
 * One finding from the first miss until the DAG has caught up.
 */
export const dagLate: Detector<Reads, DetectSettings> = ({ snapshot, dags, runs, learned }, open, settings, now) => {
  if (snapshot.dags === undefined) return noJudgement();
  const openRuns = Map.groupBy(snapshot.openRuns, ({ dagId }) => dagId);
  const findings: Finding[] = [];
  const cleared: Cleared[] = [];
  const catalogue = new Set<string>();
  let judged = 0;
  for (const row of snapshot.dags) {
    const { dagId } = row;
    catalogue.add(dagId);
    const known = dags.get(dagId);
    const before = open.size === 0 ? undefined : open.get(subjectKey(subjectOf(dagId)));
    if (row.paused) {
      if (before !== undefined) cleared.push({ ...over(dagId, now), text: 'the DAG is paused' });
      continue;
    }
    if (known === undefined) continue;
    judged += 1;
    const history = runs.get(dagId) ?? [];
    const dag = { row, known, history, openRuns: openRuns.get(dagId) ?? [] };
    const late = lateOf(dag, latenessFor(dagId, runsShare(history), learned, settings), now);
    if (late !== null) findings.push(findingOf(dagId, late, before?.event ?? sinceEvent(late.dueMs), now));
    else if (before !== undefined) {
      const arrival = arrivalOf(history, sinceOf(before.event) ?? before.since.getTime());
      if (arrival !== null) cleared.push(arrived(dagId, arrival, now));
    }
  }
  for (const { subject } of open.values()) {
    if (subject.type === 'dag' && !catalogue.has(subject.dagId))
      cleared.push({ ...over(subject.dagId, now), reason: 'subject_gone', text: 'the DAG has left the catalogue' });
  }
  return { findings, cleared, judged };
};

const subjectOf = (dagId: string): Subject => ({ type: 'dag', dagId });
const over = (dagId: string, at: Date) => ({ kind, subject: subjectOf(dagId), reason: 'cleared', at }) as const;

function latenessFor(dagId: string, share: number, { alphas }: Facts['learned'], { config, tuning }: DetectSettings): Lateness {
  const { lateAfterMs, sensitivity } = tuning(dagId);
  const { min_ratio: minRatio, min_excess: minExcessMs } = config.running_long;
  return {
    lateAfterMs,
    minRatio,
    minExcessMs,
    alpha: alphaFor(alphas, 'dag_late', sensitivity, share),
    rules: profileRules(config),
  };
}

function lateOf(dag: ScheduledDag, lateness: Lateness, now: Date): Miss | null {
  const misses = missesOf(dag, lateness, now.getTime());
  const byAsset = assetMiss(dag, lateness, now.getTime());
  if (misses.length === 0 && byAsset === null) return null;
  const all = byAsset === null ? misses : [...misses, byAsset];
  return all.filter((miss) => isOurs(miss, dag.known)).toSorted((a, b) => a.dueMs - b.dueMs)[0] ?? null;
}

/** What became late before we came, or was due before the DAG was resumed, is none of ours. */
const isOurs = ({ dueMs, deadlineMs }: Miss, { seenAt, resumedAt }: KnownDag): boolean =>
  deadlineMs > seenAt.getTime() && (resumedAt === null || dueMs >= resumedAt.getTime());

/** The latest success that brought what was due at `dueMs`, or later data; manual runs count too. */
function arrivalOf(history: readonly RunRecord[], dueMs: number): RunRecord | null {
  return (
    history.findLast(({ state, runType, dueMs: due, startMs }) => {
      if (state !== 'success' || runType === 'backfill') return false;
      return runType === 'scheduled' ? (due ?? 0) >= dueMs : (startMs ?? 0) >= dueMs;
    }) ?? null
  );
}

function arrived(dagId: string, { runId, endMs, byPerson }: RunRecord, now: Date): Cleared {
  const at = new Date(endMs ?? now.getTime());
  return byPerson
    ? { ...over(dagId, now), reason: 'person_marked', text: `a person marked run ${runId} success` }
    : { ...over(dagId, at), text: `run ${runId} ended in success` };
}

const stages: Record<Miss['stage'], string> = {
  never_scheduled: 'was never scheduled',
  not_started: 'has not started',
  running: 'is still running',
  failed: 'failed',
  no_trigger: 'has not been triggered',
};

function findingOf(dagId: string, miss: Miss, event: string, now: Date): Finding {
  const { stage, dueMs, deadlineMs, usual, run } = miss;
  const elapsedMs = now.getTime() - dueMs;
  const allowedMs = deadlineMs - dueMs;
  const due = new Date(dueMs).toISOString().slice(0, 16).replace('T', ' ');
  const what = stage === 'never_scheduled' || stage === 'not_started' ? 'a start' : 'a success';
  const why = usual === null ? 'the limit' : `from ${usual.n} runs`;
  const title =
    stage === 'no_trigger'
      ? `${named(dagId)} is late: no run for ${formatDuration(elapsedMs)}, one was expected within ${formatDuration(allowedMs)} (${why})`
      : `${named(dagId)} is late: the run due ${due} UTC ${stages[stage]} after ${formatDuration(elapsedMs)}, ${what} was expected within ${formatDuration(allowedMs)} (${why})`;
  return found({
    kind,
    subject: subjectOf(dagId),
    severity: stage === 'never_scheduled' || stage === 'failed' ? 'error' : 'warning',
    event,
    since: new Date(deadlineMs),
    title,
    occasion: run === null ? null : { ...run, mapIndex: null, tryNumber: null },
    observed: { value: elapsedMs / 1000, unit: 'seconds' },
    expected: { lower: null, middle: (usual?.medianMs ?? 0) / 1000, upper: allowedMs / 1000 },
    n: usual?.n ?? 0,
    score: 1 - (0.5 * allowedMs) / Math.max(1, elapsedMs, allowedMs),
  });
}
