import type { KnownDag } from '../collect/known-dags.ts';
import type { ImportFailure, Snapshot } from '../collect/snapshot.ts';
import { formatDuration } from '../lib/durations.ts';
import type { RunRecord } from '../measure/run-history.ts';
import type { Detector } from './detector.ts';
import type { Facts } from './facts.ts';
import { noJudgement, subjectKey, type Cleared, type Finding, type Severity, type Subject } from './finding.ts';
import { clip, found, named, sinceEvent } from './found.ts';
import type { DetectSettings } from './settings.ts';
import { isByAsset, isScheduled } from './usual-span.ts';

const kind = 'dag_silent';
/** Runs by schedule or asset that make a DAG one that runs regularly. */
const regularRuns = 5;
/** Still at it: its last run is no further back than so many of its usual gaps. */
const gapsBack = 2;

interface Reads {
  snapshot: Pick<Snapshot, 'dags' | 'openRuns' | 'importErrors'>;
  dags: Facts['dags'];
  runs: Facts['runs'];
}

type Row = NonNullable<Snapshot['dags']>[number];

/** Why a DAG does not run any more, and since when. */
interface Silence {
  since: Date;
  severity: Severity;
  why: string;
}

/**
 * A DAG that ran regularly has left the catalogue, is hidden by an import error, was paused, or has a schedule and no next run,
 * for longer than the limit. It is over when the catalogue shows that it would run again.
 */
export const dagSilent: Detector<Reads, DetectSettings> = ({ snapshot, dags, runs }, open, settings, now) => {
  if (snapshot.dags === undefined) return noJudgement();
  const rows = new Map(snapshot.dags.map((row) => [row.dagId, row]));
  const running = new Set(snapshot.openRuns.map(({ dagId }) => dagId));
  const findings: Finding[] = [];
  for (const known of dags.values()) {
    const row = rows.get(known.dagId);
    const history = runs.get(known.dagId) ?? [];
    const silence = silenceOf(known, row, history, { running, importErrors: snapshot.importErrors?.errors ?? [] });
    if (silence === null) continue;
    const silentMs = now.getTime() - silence.since.getTime();
    if (silentMs >= settings.tuning(known.dagId).silentAfterMs) findings.push(findingOf(known.dagId, silence, silentMs, history));
  }
  const told = new Set(findings.map(({ subject }) => subjectKey(subject)));
  const cleared = [...open].flatMap(([key, { subject }]): Cleared[] => {
    const row = subject.type === 'dag' ? rows.get(subject.dagId) : undefined;
    if (told.has(key) || row === undefined || !isAlive(row, running)) return [];
    return [{ kind, subject, reason: 'cleared', at: now, text: 'it is back in the catalogue and would run' }];
  });
  return { findings, cleared, judged: rows.size };
};

interface Present {
  running: ReadonlySet<string>;
  importErrors: readonly ImportFailure[];
}

function silenceOf(known: KnownDag, row: Row | undefined, history: readonly RunRecord[], present: Present): Silence | null {
  const { goneAt, hiddenAt, pausedAt, seenAt, file } = known;
  if (goneAt !== null)
    return ranUntil(history, goneAt) ? { since: goneAt, severity: 'error', why: whyGone(file, present) } : null;
  if (row === undefined) return null;
  if (hiddenAt !== null) {
    const why = `its file ${clip(file, 40)} does not parse`;
    return ranUntil(history, hiddenAt) ? { since: hiddenAt, severity: 'error', why } : null;
  }
  if (pausedAt !== null) {
    // Paused when we came, or made so: nobody's accident.
    const lately = pausedAt > seenAt && ranUntil(history, pausedAt);
    return lately ? { since: pausedAt, severity: 'warning', why: 'it was paused' } : null;
  }
  if (isAlive(row, present.running) || automatic(history).length < regularRuns) return null;
  const endMs = automatic(history).at(-1)?.endMs ?? null;
  // What ended before we came may have been meant to end.
  if (endMs === null || endMs <= seenAt.getTime()) return null;
  return { since: new Date(endMs), severity: 'warning', why: 'it has a schedule and no next run' };
}

const whyGone = (file: string, { importErrors }: Present): string =>
  file !== '' &&
  importErrors.some(({ filename }) => filename === file || filename.endsWith(`/${file}`) || file.endsWith(`/${filename}`))
    ? `it left the catalogue, its file ${clip(file, 40)} does not parse`
    : 'it left the catalogue';

const automatic = (history: readonly RunRecord[]): RunRecord[] => history.filter((run) => isScheduled(run) || isByAsset(run));

/** Whether it ran regularly until then: enough runs, and the last of them no further back than two usual gaps. */
function ranUntil(history: readonly RunRecord[], until: Date): boolean {
  const starts = automatic(history)
    .flatMap(({ startMs }) => (startMs !== null && startMs <= until.getTime() ? [startMs] : []))
    .toSorted((a, b) => a - b);
  const last = starts.at(-1);
  if (last === undefined || starts.length < regularRuns) return false;
  const gaps = starts.slice(1).map((startMs, index) => startMs - (starts[index] ?? startMs));
  const usual = gaps.toSorted((a, b) => a - b)[Math.floor(gaps.length / 2)] ?? 0;
  const longest = Math.max(...gaps);
  return until.getTime() - last <= Math.max(gapsBack * usual, longest);
}

/** Whether Airflow would run it: it waits for its time or its assets, or runs. */
const isAlive = (row: Row, running: ReadonlySet<string>): boolean =>
  !row.paused && !row.importErrors && (row.nextRunAt !== null || running.has(row.dagId) || !isTimed(row.schedule));

/** Whether a schedule gives every run a successor in time. */
const isTimed = (schedule: string): boolean => schedule !== '' && !/^(none|@once|@continuous)$|asset|dataset/i.test(schedule);

function findingOf(dagId: string, { since, severity, why }: Silence, silentMs: number, history: readonly RunRecord[]): Finding {
  const runs = automatic(history).length;
  return found({
    kind,
    subject: { type: 'dag', dagId } satisfies Subject,
    severity,
    event: sinceEvent(since),
    since,
    title: `${named(dagId)} has been silent for ${formatDuration(silentMs)}: ${why}, after ${runs} regular runs`,
    observed: { value: silentMs / 1000, unit: 'seconds' },
    n: runs,
  });
}
