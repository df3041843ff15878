import type { AirflowDatabase } from './airflow/connect.ts';
import { probe, readRevision, type Shape } from './airflow/probe.ts';
import { collect, type Collected } from './collect/collect.ts';
import type { HealthThresholds } from './collect/collector.ts';
import { loadKnown } from './collect/load-known.ts';
import { newMemory, type CollectMemory } from './collect/memory.ts';
import type { Known } from './collect/known.ts';
import { saveKnown } from './collect/save-known.ts';
import type { CollectorReport, Snapshot } from './collect/snapshot.ts';
import { loadGraphs } from './collect/graph.ts';
import type { DetectorReport } from './detect/detect.ts';
import type { Facts } from './detect/facts.ts';
import { profileRules } from './detect/settings.ts';
import { judge, judgeMemory, learn, settingsText, type Judged, type JudgeDeps, type JudgeMemory } from './judge.ts';
import { applyRunStates, applyTransitions, noTallyChanges, touchTasks, type TallyChanges } from './measure/apply.ts';
import { saveDays } from './measure/day-totals.ts';
import type { Family } from './measure/family.ts';
import { isStale } from './measure/learned.ts';
import { loadBook } from './measure/load-book.ts';
import { loadTallies } from './measure/load-tallies.ts';
import { observeCycle, type Book } from './measure/observe.ts';
import { readBookVersion, saveBook, saveLearned } from './measure/save-book.ts';
import { saveTallies } from './measure/save-tallies.ts';
import type { Tallies } from './measure/tally.ts';
import { saveAttempts } from './patterns/attempt-facts.ts';
import { newBook, type SlaBook } from './sla/book.ts';
import type { SlaConfig } from './sla/config.ts';
import { readLatest } from './sla/custom-read.ts';
import { loadSla } from './sla/load.ts';
import { saveSla } from './sla/save.ts';
import { turnSlas, type SlaTurn } from './sla/turn.ts';
import { fence, type Lease } from './store/lease.ts';
import type { Store, Tx } from './store/store.ts';
import { inSpan } from './telemetry/start.ts';

/** `deployment` is the first key of every table. */
export interface CycleDeps extends JudgeDeps {
  airflow: AirflowDatabase;
  store: Store;
  thresholds: HealthThresholds;
  intervalMs: number;
  sla: SlaConfig;
  /** Whose days reports are about. */
  timeZone: string;
}

/** What a leader keeps between cycles; equal to the store after every commit, thrown away whenever that is in doubt. */
export interface CycleState {
  shape: Shape;
  /** When the shape was probed, by the monotonic clock. */
  probedAtMs: number;
  known: Known;
  tallies: Tallies;
  book: Book;
  /** Of what is learned, as it was loaded. */
  bookVersion: number;
  slas: SlaBook;
  judgement: JudgeMemory;
  memory: CollectMemory;
}

export interface CycleResult {
  snapshot: Snapshot;
  reports: CollectorReport[];
  detectors: DetectorReport[];
  sla: SlaTurn;
  /** Families of incidents. */
  families: Family[];
  transitions: number;
  /** Another process changed what is learned, or history brought what this cycle did too. */
  bookChanged: boolean;
}

/** What the store knows of the deployment, and the shape of its Airflow. */
export async function loadState({ airflow, store, deployment, clock, detect, sla }: CycleDeps): Promise<CycleState> {
  const shape = await airflow.read(probe);
  const known = await loadKnown(store, deployment);
  const tallies = await loadTallies(store, deployment);
  const { book, version: bookVersion } = await loadBook(store, deployment, profileRules(detect));
  const slas = newBook(sla.objectives, await loadSla(store, deployment));
  const judgement = judgeMemory(await loadGraphs(store, deployment), known.dags);
  return { shape, probedAtMs: clock.monotonicMs(), known, tallies, book, bookVersion, slas, judgement, memory: newMemory() };
}

/**
 * One pass, told in order: collect, measure, SLAs, detect, incidents, commit. Everything that it learned commits in one store transaction, or
 * nothing does: when this throws, `state` must be loaded again.
 */
export async function runCycle(
  deps: CycleDeps,
  state: CycleState,
  lease: Lease,
  { warmingUp }: { warmingUp: boolean },
): Promise<CycleResult> {
  await renewShape(deps, state);
  const options = {
    shape: state.shape,
    thresholds: deps.thresholds,
    memory: state.memory,
    clock: deps.clock,
    budgetMs: Math.max(1000, deps.intervalMs * 0.6),
  };
  const collected = await inSpan('collect', {}, () => collect(deps.airflow, state.known, options));
  const { at } = collected.snapshot;
  const changes = measure(state.tallies, collected);
  const observed = observeCycle(state.book, collected.transitions, at, collected.mapped);
  const stale = isStale(state.book.learned, state.book.series.size, settingsText(deps), at);
  let bookChanged = false;
  let judged: Judged = { detectors: [], families: [] };
  const posted = await readLatest(deps.store, deps.deployment, at);
  const slaInputs = { ...slaInputsOf(state, collected, warmingUp), posted };
  const sla = await turnSlas(deps.store, deps.deployment, state.slas, slaInputs);
  await inSpan('commit', { 'windsock.transitions': collected.transitions.length }, () =>
    deps.store.transaction(async (tx) => {
      await fence(tx, lease);
      await saveKnown(tx, deps.deployment, collected.changes, collected.watermarks);
      await saveTallies(tx, deps.deployment, changes);
      await saveDays(tx, deps.deployment, collected.transitions, { timeZone: deps.timeZone, now: at });
      const { known } = await saveBook(tx, deps.deployment, observed.changes);
      await saveAttempts(tx, deps.deployment, collected.transitions, state.judgement.versions);
      await saveSla(tx, deps.deployment, sla.changes);
      const facts = factsOf(state, collected, observed, { sla: sla.statuses, warmingUp });
      judged = await judge(tx, deps, state.judgement, facts);
      // From the next cycle on: this one was judged by what was learned before it.
      if (stale) state.book.learned = learn(state.book, deps, state.judgement, at);
      if (stale) await saveLearned(tx, deps.deployment, state.book.learned);
      // A try that history brought before, or another process that changed what is learned.
      bookChanged = known > 0 || (await readBookVersion(tx, deps.deployment)) !== state.bookVersion;
    }),
  );
  if (bookChanged) await reloadBook(deps, state);
  const { snapshot, reports, transitions } = collected;
  return { snapshot, reports, ...judged, sla, transitions: transitions.length, bookChanged };
}

const factsOf = (
  { known, book }: CycleState,
  { transitions, snapshot, previousAt }: Collected,
  { trials, mappedTrials, changes: { shifts } }: ReturnType<typeof observeCycle>,
  { sla, warmingUp }: Pick<Facts, 'sla' | 'warmingUp'>,
): Facts => ({
  transitions,
  snapshot,
  previousAt,
  dags: known.dags,
  trials,
  mappedTrials,
  shifts,
  series: book.series,
  learned: book.learned,
  runs: book.runs,
  sla,
  warmingUp,
});

const slaInputsOf = ({ tallies, book }: CycleState, { transitions, snapshot, previousAt }: Collected, warmingUp: boolean) => ({
  now: snapshot.at,
  previousAt,
  transitions,
  snapshot,
  runs: book.runs,
  dags: snapshot.dags,
  tasks: tallies.tasks,
  warmingUp,
});

/** Grants and columns may change without a new revision. */
const probeEveryMs = 60_000;

/** Probes the shape again when Airflow was upgraded since, and now and then for what was granted. */
async function renewShape({ airflow, clock }: CycleDeps, state: CycleState): Promise<void> {
  const { shape, probedAtMs } = state;
  const now = clock.monotonicMs();
  if (now - probedAtMs < probeEveryMs) {
    const revision = await airflow.read(async (read) =>
      shape.has('alembic_version', 'version_num') ? readRevision(read) : shape.revision,
    );
    if (revision === shape.revision) return;
  }
  state.shape = await airflow.read(probe);
  state.probedAtMs = now;
}

function measure(tallies: Tallies, { transitions, changes, runs, snapshot }: Collected): TallyChanges {
  const tallyChanges = noTallyChanges();
  for (const [run, tasks] of changes.tasks) touchTasks(tallies, run.row.dagId, tasks, snapshot.at, tallyChanges);
  applyTransitions(tallies, transitions, snapshot.at, tallyChanges);
  applyRunStates(
    tallies,
    runs.map(({ row }) => row),
    snapshot.at,
    tallyChanges,
  );
  return tallyChanges;
}

/** Loads anew what is learned: the rows hold what memory does not. */
export async function reloadBook({ store, deployment, detect }: CycleDeps, state: CycleState): Promise<void> {
  const { book, version } = await loadBook(store, deployment, profileRules(detect));
  state.book = book;
  state.bookVersion = version;
}

/** A transaction that only the leader may commit. */
export function asLeader<Result>(store: Store, lease: Lease, work: (tx: Tx) => Promise<Result>): Promise<Result> {
  return store.transaction(async (tx) => {
    await fence(tx, lease);
    return work(tx);
  });
}
