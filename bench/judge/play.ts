import type { DagRow } from '../../src/airflow/read-dags.ts';
import { rememberDags, type KnownDag } from '../../src/collect/known-dags.ts';
import { detectConfig } from '../../src/detect/config.ts';
import { detect } from '../../src/detect/detect.ts';
import { detectors } from '../../src/detect/detectors.ts';
import type { Facts } from '../../src/detect/facts.ts';
import type { Finding } from '../../src/detect/finding.ts';
import { settingsOf } from '../../src/detect/settings.ts';
import { incidentConfig } from '../../src/incident/config.ts';
import { identityOf, type Desk } from '../../src/incident/decide.ts';
import type { Incident } from '../../src/incident/incident.ts';
import type { Telling } from '../../src/incident/tend.ts';
import { decideAll, judgeMemory, learn, settingsText, type JudgeDeps } from '../../src/judge.ts';
import { shareAt } from '../../src/measure/frequency.ts';
import { isStale, type Learned } from '../../src/measure/learned.ts';
import { emptyBook, observeCycle, type Book } from '../../src/measure/observe.ts';
import { countsOf, insertCount } from '../../src/measure/mapped-series.ts';
import { insertRun, recordOf } from '../../src/measure/run-history.ts';
import { insertTry, seriesFor } from '../../src/measure/series-book.ts';
import { logSecondsOf } from '../../src/measure/series.ts';
import { settleAll } from '../../src/measure/settle-history.ts';
import { runDueMs, type Fault } from './faults.ts';
import { catalogueOf, mappedRunOf, runEndedOf, snapshotOf, transitionsOf } from './present.ts';
import type { LabRun, LabTry } from './timeline.ts';
import { endMs, judgedFromMs, minuteMs, type World } from './world.ts';

/** An incident as the lab keeps it. */
export interface Told {
  incident: Incident;
  /** When people were told; null: never, a member of another. */
  toldMs: number | null;
}

/** A try that was judged, and how sure the detectors had to be then. */
export interface Judged {
  run: LabRun;
  tried: LabTry;
  alphas: Learned['alphas'];
}

export interface Played {
  incidents: Told[];
  /** What the statistical detectors find when hardly anything is too usual for them: for comparisons at any recall. */
  loose: { finding: Finding; atMs: number }[];
  judged: Judged[];
  /** Runs that ended while it was judged, in this order. */
  ended: LabRun[];
  learned: Learned;
}

/** For what runs hourly, too. */
const looseAlpha = 0.4 / shareAt(24);
const { z_score, trend, pattern, failure_rate } = detectors;
const looseDetectors = { z_score, trend, pattern, failure_rate };

/** The history that Windsock reads when it comes, as its backfill leaves it. */
function bookOf(world: World, runs: readonly LabRun[], { pattern: rules }: JudgeDeps['detect']): Book {
  const book = emptyBook({ minPeriods: rules.min_weeks, minPerBucket: rules.min_per_bucket });
  const fromMs = judgedFromMs(world);
  for (const run of runs) {
    if (run.endMs <= fromMs) insertRun(book.runs, run.dag.dagId, recordOf(runEndedOf(run)));
    const mapped = run.endMs <= fromMs ? mappedRunOf(run) : null;
    if (mapped !== null)
      for (const count of countsOf(mapped, { gapMs: null, isMapped: () => true })) insertCount(book.mapped, count);
    for (const { task, endMs: ended, seconds, failed } of run.tries) {
      const log = logSecondsOf(seconds);
      if (failed || log === null || ended > fromMs) continue;
      const series = seriesFor(book.series, {
        dagId: run.dag.dagId,
        taskId: run.dag.tasks[task]?.taskId ?? '',
        bucket: '',
      });
      insertTry(series, { log, endedSeconds: Math.floor(ended / 1000) });
    }
  }
  settleAll(book, book.series.values());
  return book;
}

/** Incidents as the store would hold them. */
class Records {
  readonly told = new Map<string, Told>();
  private open: Incident[] = [];
  private readonly closed = new Map<string, string>();

  desk(nowMs: number): Desk & { toldLately: Telling[] } {
    const roots = new Set(this.open.flatMap(({ rootId }) => (rootId === null ? [] : [rootId])));
    return {
      open: this.open,
      closedEvents: this.closed,
      endedRoots: new Map(
        [...roots].flatMap((id) => {
          const endedAt = this.told.get(id)?.incident.resolvedAt ?? null;
          return endedAt === null ? [] : [[id, endedAt] as const];
        }),
      ),
      toldLately: this.lately(nowMs),
    };
  }

  private lately(nowMs: number): Telling[] {
    return this.open.flatMap(({ tellableAt, severity }) =>
      tellableAt !== null && nowMs - tellableAt.getTime() < 10 * minuteMs ? [{ at: tellableAt, severity }] : [],
    );
  }

  take(incidents: readonly Incident[], changed: ReadonlySet<string>): void {
    for (const incident of incidents) {
      if (!changed.has(incident.id)) continue;
      const toldMs = this.told.get(incident.id)?.toldMs ?? incident.tellableAt?.getTime() ?? null;
      this.told.set(incident.id, { incident, toldMs });
      if (incident.state === 'resolved') this.closed.set(identityOf(incident.kind, incident.subjectKey), incident.latest.event);
    }
    this.open = incidents.filter(({ state }) => state !== 'resolved');
  }
}

/** Everything that one play goes by and changes. */
interface Stage {
  deps: JudgeDeps;
  book: Book;
  dags: DagRow[];
  known: Map<string, KnownDag>;
  memory: ReturnType<typeof judgeMemory>;
  records: Records;
  faults: readonly Fault[];
  played: Played;
}

/** Plays the timeline through measuring, detecting and deciding, minute by minute; only database and delivery are left out. */
export function play(world: World, faults: readonly Fault[], runs: readonly LabRun[]): Played {
  let nowMs = judgedFromMs(world);
  const deps: JudgeDeps = {
    deployment: 'lab',
    clock: { now: () => new Date(nowMs), monotonicMs: () => 0 },
    detect: detectConfig.parse({}),
    incident: incidentConfig.parse({}),
  };
  const book = bookOf(world, runs, deps.detect);
  const dags = catalogueOf(world);
  const rows = new Map(dags.map((row) => [row.dagId, row]));
  const known = new Map<string, KnownDag>();
  rememberDags(known, dags, new Date(nowMs));
  const memory = judgeMemory([], known);
  const played: Played = { incidents: [], loose: [], judged: [], ended: [], learned: book.learned };
  const stage: Stage = { deps, book, dags, known, memory, records: new Records(), faults, played };
  book.learned = learn(book, deps, memory, new Date(nowMs));
  let next = 0;
  let open: LabRun[] = [];
  for (let previousMs = nowMs; nowMs <= endMs(world); previousMs = nowMs, nowMs += minuteMs) {
    for (let run = runs[next]; run !== undefined && run.createdMs <= nowMs; run = runs[next]) {
      if (run.endMs > previousMs) open.push(run);
      (rows.get(run.dag.dagId) as DagRow).nextRunAt = new Date(runDueMs(world, run.dag, run.index + 1));
      next += 1;
    }
    step(stage, open, { fromMs: previousMs, toMs: nowMs });
    open = open.filter((run) => run.endMs > nowMs);
  }
  played.incidents = [...stage.records.told.values()];
  played.learned = book.learned;
  return played;
}

/** One cycle, as src/cycle.ts has it, over runs that were open at its beginning or began since. */
function step(stage: Stage, runs: readonly LabRun[], { fromMs, toMs }: { fromMs: number; toMs: number }): void {
  const { deps, book, memory, records, played } = stage;
  const now = new Date(toMs);
  const transitions = transitionsOf(runs, fromMs, toMs);
  const ended = runs.filter((run) => run.endMs > fromMs && run.endMs <= toMs);
  const mapped = ended.flatMap((run) => mappedRunOf(run) ?? []);
  const { trials, mappedTrials, changes } = observeCycle(book, transitions, now, mapped);
  noteJudged(played, runs, { fromMs, toMs }, book.learned);
  const open = runs.filter((run) => run.endMs > toMs);
  const facts: Facts = {
    transitions,
    snapshot: snapshotOf(open, stage.dags, stage.faults, toMs),
    previousAt: new Date(fromMs),
    dags: stage.known,
    trials,
    mappedTrials,
    shifts: changes.shifts,
    series: book.series,
    learned: book.learned,
    runs: book.runs,
    sla: [],
    warmingUp: false,
  };
  const { applied, detection } = decideAll(records.desk(toMs), deps, memory, facts);
  const failed = detection.reports.find(({ ok }) => !ok);
  if (failed !== undefined) throw new Error(`${failed.detector} failed: ${failed.error}`);
  records.take(applied.incidents, applied.changed);
  if (transitions.length > 0) for (const finding of looseFindings(facts, deps)) played.loose.push({ finding, atMs: toMs });
  if (isStale(book.learned, book.series.size, settingsText(deps), now)) book.learned = learn(book, deps, memory, now);
}

function looseFindings(facts: Facts, { detect: config, clock }: JudgeDeps): Finding[] {
  const alphas = { z_score: looseAlpha, trend: looseAlpha, pattern: looseAlpha, failure_rate: looseAlpha };
  const learned = { ...facts.learned, alphas };
  return detect(looseDetectors, { facts: { ...facts, learned }, open: [], settings: settingsOf(config, []), clock }).findings;
}

function noteJudged(
  played: Played,
  runs: readonly LabRun[],
  { fromMs, toMs }: { fromMs: number; toMs: number },
  { alphas }: Learned,
): void {
  for (const run of runs) {
    for (const tried of run.tries)
      if (!tried.failed && tried.endMs > fromMs && tried.endMs <= toMs) played.judged.push({ run, tried, alphas });
    if (run.endMs > fromMs && run.endMs <= toMs) played.ended.push(run);
  }
}
