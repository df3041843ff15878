// What the keeper does to the zoo: triggers every DAG, then clears and marks, and writes each clear and mark down.
import { setTimeout as sleep } from 'node:timers/promises';
import { PATIENCE } from './processes.ts';
import {
  clear,
  markRun,
  markTask,
  readRun,
  taskStates,
  textOf,
  trigger,
  unpause,
  type Rest,
  type RunState,
  type TaskState,
} from './rest.ts';

/** A mark or clear as it happened, with run and tasks as Airflow's REST showed them before and after. */
export type Act = {
  kind: 'clear' | 'mark-task' | 'mark-run';
  dag: string;
  runId: string;
  task: string | null;
  mapIndex: number;
  /** The state that a mark set; empty for a clear. */
  state: string;
  before: TaskState[];
  after: TaskState[];
  runBefore: RunState;
  runAfter: RunState;
  /** Tasks that Airflow says a clear reset; empty for a mark. */
  cleared: string[];
};

export type Keeper = {
  rest: Rest;
  acts: Act[];
  say: (line: string) => void;
  /**
   * Returns once Windsock has looked at Airflow after this call. An end that is cleared away before anybody looks leaves no
   * trace in the database, and people are slower than that.
   */
  looked: () => Promise<void>;
};

/** DAGs that run by themselves once triggered. */
export const SIMPLE = [
  'zoo_success',
  'zoo_empty',
  'zoo_failure',
  'zoo_retry',
  'zoo_branch',
  'zoo_skip',
  'zoo_mapped',
  'zoo_reschedule',
  'zoo_deferrable',
  'zoo_timeout',
  'zoo_run_timeout',
  'zoo_pool',
  'zoo_trigger',
  'zoo_producer',
  'zoo_killed',
  'zoo_deadline',
  'zoo_quoted',
];
const ACTED_ON = ['zoo_clear', 'zoo_clear_running', 'zoo_mark', 'zoo_mark_run', 'zoo_mark_finished_run'];
export const UNPAUSED = [...SIMPLE, ...ACTED_ON, 'zoo_triggered', 'zoo_consumer', 'zoo_scheduled', 'zoo_hold'];
/** Every DAG of the zoo. */
export const DAGS = [...UNPAUSED, 'zoo_paused', 'zoo_interval'];
const RUN = 'zoo_1';
const PATIENCE_MS = 180_000 * PATIENCE;

/** Runs the whole zoo but for the DAG that is held; returns when every clear and every mark of a run is done. */
export async function keep(keeper: Keeper): Promise<void> {
  const { rest } = keeper;
  for (const dag of UNPAUSED) await unpause(rest, dag);
  for (const dag of [...ACTED_ON, ...SIMPLE]) await trigger(rest, dag, RUN);
  await trigger(rest, 'zoo_mark_run', 'zoo_2');
  await Promise.all([clears(keeper), clearsRunning(keeper), marksRuns(keeper), marksFinished(keeper)]);
}

/** Brings Airflow to a standstill with work in every state that lasts, until the file `release` exists. */
export async function hold(keeper: Keeper): Promise<void> {
  await trigger(keeper.rest, 'zoo_hold', RUN);
  const held = ['deferred', 'running', 'running', 'scheduled', 'up_for_reschedule', 'up_for_retry'];
  await until(keeper.say, `task instances are held: ${held.join(', ')}`, async () => {
    const states = (await taskStates(keeper.rest, 'zoo_hold', RUN)).map((s) => s.state ?? 'none').toSorted();
    return states.join() === held.join();
  });
}

export async function until(say: Keeper['say'], what: string, test: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  while (!(await test())) {
    if (Date.now() > end) throw new Error(`waited ${PATIENCE_MS / 1000} s in vain: ${what}`);
    await sleep(700);
  }
  say(what);
}

const is = (states: TaskState[], task: string, ...wanted: string[]): boolean => {
  const own = states.filter((s) => s.task === task);
  return own.length > 0 && own.every((s) => s.state !== null && wanted.includes(s.state));
};

async function tasksAre(keeper: Keeper, dag: string, runId: string, wanted: Record<string, string[]>): Promise<void> {
  await until(keeper.say, `${dag} ${runId} is ready to be acted on`, async () => {
    const states = await taskStates(keeper.rest, dag, runId);
    return Object.entries(wanted).every(([task, states_]) => is(states, task, ...states_));
  });
}

async function runIs(keeper: Keeper, dag: string, runId: string, state: string): Promise<void> {
  await until(keeper.say, `${dag} ${runId} is ${state}`, async () => (await readRun(keeper.rest, dag, runId)).state === state);
}

type Doing = Pick<Act, 'kind' | 'dag' | 'runId' | 'task' | 'mapIndex' | 'state'>;

async function act(keeper: Keeper, doing: Doing, call: () => Promise<string[]>): Promise<void> {
  const look = async () => ({
    run: await readRun(keeper.rest, doing.dag, doing.runId),
    tasks: await taskStates(keeper.rest, doing.dag, doing.runId),
  });
  const before = await look();
  const cleared = await call();
  const after = await look();
  keeper.acts.push({ ...doing, before: before.tasks, after: after.tasks, runBefore: before.run, runAfter: after.run, cleared });
  keeper.say(`did ${doing.kind} ${doing.dag} ${doing.runId} ${doing.task ?? ''} ${doing.state}`);
}

async function clearTasks(keeper: Keeper, dag: string, tasks?: string[], more = {}): Promise<void> {
  const doing: Doing = { kind: 'clear', dag, runId: RUN, task: tasks?.join() ?? null, mapIndex: -1, state: '' };
  await act(keeper, doing, async () => (await clear(keeper.rest, dag, RUN, tasks, more)).map((row) => textOf(row['task_id'])));
}

async function mark(keeper: Keeper, task: string, state: 'success' | 'failed', mapIndex = -1): Promise<void> {
  const doing: Doing = { kind: 'mark-task', dag: 'zoo_mark', runId: RUN, task, mapIndex, state };
  await act(keeper, doing, async () => {
    await markTask(keeper.rest, 'zoo_mark', RUN, task, state, mapIndex);
    return [];
  });
}

async function markWhole(keeper: Keeper, dag: string, runId: string, state: 'success' | 'failed'): Promise<void> {
  const doing: Doing = { kind: 'mark-run', dag, runId, task: null, mapIndex: -1, state };
  await act(keeper, doing, async () => {
    await markRun(keeper.rest, dag, runId, state);
    return [];
  });
}

async function clears(keeper: Keeper): Promise<void> {
  await runIs(keeper, 'zoo_clear', RUN, 'failed');
  await keeper.looked();
  await clearTasks(keeper, 'zoo_clear');
  await runIs(keeper, 'zoo_clear', RUN, 'failed');
  await keeper.looked();
  await clearTasks(keeper, 'zoo_clear', ['broken_until_third'], { include_downstream: true });
  await runIs(keeper, 'zoo_clear', RUN, 'success');
  await keeper.looked();
  await clearTasks(keeper, 'zoo_clear', ['fine']);
  await runIs(keeper, 'zoo_clear', RUN, 'success');
}

async function clearsRunning(keeper: Keeper): Promise<void> {
  await tasksAre(keeper, 'zoo_clear_running', RUN, { runs_on: ['running'] });
  await clearTasks(keeper, 'zoo_clear_running', ['runs_on']);
  // 2.11 loses the restart when it is asked through REST: it closes the try in its history, and the task runs on until the
  // release, or until its supervisor is taken for dead.
  if (keeper.rest.major > 2) await runIs(keeper, 'zoo_clear_running', RUN, 'success');
}

/** Marks tasks that ended well, ended badly and still go on; returns as soon as Airflow has taken the last mark. */
export async function marks(keeper: Keeper): Promise<void> {
  await tasksAre(keeper, 'zoo_mark', RUN, {
    ends_well: ['success'],
    ends_badly: ['failed'],
    goes_on: ['running'],
    goes_on_too: ['running'],
    each_marked: ['success', 'failed'],
    blocked: ['upstream_failed'],
  });
  await mark(keeper, 'goes_on', 'success');
  await mark(keeper, 'ends_well', 'failed');
  await mark(keeper, 'ends_badly', 'success');
  await mark(keeper, 'each_marked', 'success', 1);
  await mark(keeper, 'goes_on_too', 'failed');
}

async function marksRuns(keeper: Keeper): Promise<void> {
  await tasksAre(keeper, 'zoo_mark_run', RUN, { never_ends: ['running'] });
  await markWhole(keeper, 'zoo_mark_run', RUN, 'failed');
  await tasksAre(keeper, 'zoo_mark_run', 'zoo_2', { never_ends: ['running'] });
  await markWhole(keeper, 'zoo_mark_run', 'zoo_2', 'success');
}

async function marksFinished(keeper: Keeper): Promise<void> {
  await runIs(keeper, 'zoo_mark_finished_run', RUN, 'failed');
  await markWhole(keeper, 'zoo_mark_finished_run', RUN, 'success');
}
