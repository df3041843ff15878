// What must have been counted: plain SQL over Airflow's tables, corrected by the keeper's own list of clears and marks.
import { readFile } from 'node:fs/promises';
import type { Act } from './acts.ts';
import type { Query } from './postgres.ts';
import type { TaskState } from './rest.ts';

export type Outcome = 'success' | 'failure' | 'retry';

export type Attempt = {
  dag: string;
  run: string;
  task: string;
  mapIndex: number;
  tryNumber: number;
  outcome: Outcome;
  start: number | null;
  end: number | null;
  duration: number | null;
  queued: number | null;
  queue: string | null;
};

export type TaskEvent = { dag: string; task: string; state: string };
export type RunEnd = { dag: string; state: string; start: number | null; end: number | null; byPerson: boolean };

export type Truth = {
  /** Every task that ever had an instance. */
  tasks: { dag: string; task: string }[];
  attempts: Attempt[];
  /** Entries into skipped and upstream_failed. */
  entered: TaskEvent[];
  marked: TaskEvent[];
  /** In the order in which they happened. */
  runEnds: RunEnd[];
  /** When scheduled runs were due, and when they started. */
  delays: { dag: string; due: number; start: number }[];
  /** State of each DAG's latest run. */
  lastRuns: { dag: string; state: string }[];
};

type Mark = { dag: string; run: string; task: string; mapIndex: number; tryNumber: number; from: string | null; state: string };

const ENTERED = ['skipped', 'upstream_failed'];
const FINISHED = ['success', 'failed'];

const sameTask = (a: TaskState, b: TaskState): boolean => a.task === b.task && a.mapIndex === b.mapIndex;

/** Task instances whose state differs before and after an act, with both. */
function changes(act: Act): { before: TaskState; after: TaskState | undefined }[] {
  return act.before
    .map((before) => ({ before, after: act.after.find((after) => sameTask(before, after)) }))
    .filter(({ before, after }) => before.state !== after?.state);
}

/** The task instances whose state a person set: the one named, or all that the mark of a run changed. */
export function marksOf(acts: readonly Act[]): Mark[] {
  return acts.flatMap((act) => {
    if (act.kind === 'clear') return [];
    const own =
      act.kind === 'mark-task'
        ? changes(act).filter(({ before }) => before.task === act.task && before.mapIndex === act.mapIndex)
        : changes(act);
    if (act.kind === 'mark-task' && own.length !== 1)
      throw new Error(`the mark of ${act.dag}.${act.task} changed ${own.length} task instances, not one`);
    return own.map(({ before, after }) => ({
      dag: act.dag,
      run: act.runId,
      task: before.task,
      mapIndex: before.mapIndex,
      tryNumber: before.tryNumber,
      from: before.state,
      state: after?.state ?? act.state,
    }));
  });
}

/** A try that a person marked counts as what it had come to by itself before, and not at all if it was still going on. */
function overrule(attempts: readonly Attempt[], marks: readonly Mark[]): Attempt[] {
  return attempts.flatMap((attempt) => {
    const mark = marks.find(
      (m) =>
        m.dag === attempt.dag &&
        m.run === attempt.run &&
        m.task === attempt.task &&
        m.mapIndex === attempt.mapIndex &&
        m.tryNumber === attempt.tryNumber,
    );
    if (mark === undefined) return [attempt];
    if (mark.from === 'success') return [{ ...attempt, outcome: 'success' }];
    return mark.from === 'failed' ? [{ ...attempt, outcome: 'failure' }] : [];
  });
}

type Instance = { dag: string; run: string; task: string; mapIndex: number; state: string };

/** States just before an act that it did away with: what a clear reset may have come to the same state again when we looked. */
const wipedBy = (act: Act): TaskState[] =>
  act.kind === 'clear' ? act.before.filter(({ task }) => act.cleared.includes(task)) : changes(act).map(({ before }) => before);

/** Entries that a later act wiped out, seen just before it, and those still there that no person made. */
function entries(instances: readonly Instance[], acts: readonly Act[], marks: readonly Mark[]): TaskEvent[] {
  const wiped = acts.flatMap((act) =>
    wipedBy(act)
      .filter(({ state }) => state !== null && ENTERED.includes(state))
      .map(({ task, state }) => ({ dag: act.dag, task, state: state ?? '' })),
  );
  const byPerson = (i: Instance): boolean =>
    marks.some(
      (m) => m.dag === i.dag && m.run === i.run && m.task === i.task && m.mapIndex === i.mapIndex && m.state === i.state,
    );
  return [...wiped, ...instances.filter((i) => !byPerson(i)).map(({ dag, task, state }) => ({ dag, task, state }))];
}

type Run = { dag: string; run: string; state: string; start: number | null; end: number | null };

/** Ends of runs: those that a clear or mark followed, as REST showed them before it, those that people set, and the last ones. */
function endsOf(runs: readonly Run[], acts: readonly Act[]): RunEnd[] {
  const ends: RunEnd[] = [];
  const settled = new Set<string>();
  for (const act of acts) {
    const { dag, runBefore, runAfter } = act;
    const wasOver = FINISHED.includes(runBefore.state);
    // A short run may be over again by the time we look: then it has another end.
    const isReopened = !FINISHED.includes(runAfter.state) || runAfter.end !== runBefore.end;
    if (wasOver && (act.kind === 'mark-run' || isReopened)) ends.push({ dag, ...runBefore, byPerson: false });
    if (act.kind !== 'mark-run') continue;
    ends.push({ dag, ...runAfter, state: act.state, byPerson: true });
    settled.add(`${dag} ${act.runId}`);
  }
  for (const { dag, run, state, start, end } of runs) {
    if (FINISHED.includes(state) && !settled.has(`${dag} ${run}`)) ends.push({ dag, state, start, end, byPerson: false });
  }
  return ends.sort((a, b) => (a.end ?? 0) - (b.end ?? 0));
}

/**
 * 2.x writes each failed attempt down once more: both accounts must agree, or the truth is none. On a slow machine it finds one
 * dead task several times (event `heartbeat timeout`), and fails it each time, its next try included: so many more may be told.
 */
async function checkTaskFail(query: Query, attempts: readonly Attempt[]): Promise<void> {
  const [table] = await query(`SELECT to_regclass('task_fail') IS NOT NULL AS there`);
  if (table?.['there'] !== true) return;
  const told = countByInstance(
    await query(
      'SELECT DISTINCT dag_id AS dag, run_id AS run, task_id AS task, map_index AS "mapIndex", start_date FROM task_fail',
    ),
  );
  const findings = countByInstance(
    await query(
      `SELECT dag_id AS dag, run_id AS run, task_id AS task, map_index AS "mapIndex" FROM log WHERE event = 'heartbeat timeout'`,
    ),
  );
  const truth = countByInstance(attempts.filter(({ outcome }) => outcome !== 'success'));
  const differences = [...new Set([...told.keys(), ...truth.keys()])].flatMap((key) => {
    const [failed = 0, written = 0, found = 0] = [truth.get(key), told.get(key), findings.get(key)];
    return written >= failed && written <= Math.max(failed, found)
      ? []
      : [`${key}: ${written} by task_fail, ${failed} by ground truth`];
  });
  if (differences.length > 0) throw new Error(`failed attempts differ; ${differences.join('; ')}`);
}

/** How many rows each task instance has. */
function countByInstance(rows: readonly Record<string, unknown>[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { dag, run, task, mapIndex } of rows) {
    const key = [dag, run, task, mapIndex].join(' ');
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

const epoch = (column: string): string => `extract(epoch FROM date_trunc('milliseconds', ${column}))::float8`;

/** Reads the truth; nothing may be running any more. */
export async function readTruth(query: Query, acts: readonly Act[], major: number): Promise<Truth> {
  const sql = await readFile(new URL('ground-truth.sql', import.meta.url), 'utf8');
  const due = major === 2 ? 'data_interval_end' : 'run_after';
  const marks = marksOf(acts);
  const attempts = overrule((await query(sql)) as Attempt[], marks);
  await checkTaskFail(query, attempts);
  const instances = (await query(
    `SELECT dag_id AS dag, run_id AS run, task_id AS task, map_index::int AS "mapIndex", state FROM task_instance WHERE state IN ('skipped', 'upstream_failed')`,
  )) as Instance[];
  const runs = (await query(
    `SELECT dag_id AS dag, run_id AS run, state, ${epoch('start_date')} AS start, ${epoch('end_date')} AS "end" FROM dag_run ORDER BY id`,
  )) as Run[];
  return {
    tasks: (await query('SELECT DISTINCT dag_id AS dag, task_id AS task FROM task_instance ORDER BY 1, 2')) as Truth['tasks'],
    attempts,
    entered: entries(instances, acts, marks),
    marked: marks.map(({ dag, task, state }) => ({ dag, task, state })),
    runEnds: endsOf(runs, acts),
    delays: (await query(
      `SELECT dag_id AS dag, ${epoch(due)} AS due, ${epoch('start_date')} AS start FROM dag_run WHERE run_type = 'scheduled' AND start_date IS NOT NULL`,
    )) as Truth['delays'],
    lastRuns: (await query(
      `SELECT DISTINCT ON (dag_id) dag_id AS dag, state FROM dag_run ORDER BY dag_id, ${due} DESC`,
    )) as Truth['lastRuns'],
  };
}
