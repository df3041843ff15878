import type { TaskRow } from '../../../airflow/read-tasks.ts';
import { readSamples } from '../../../measure/read-samples.ts';
import type { RunStanding, TaskStanding } from '../circumstances.ts';
import type { Item } from '../item.ts';
import { timeOf, type Scene, type SceneRun } from '../scene.ts';
import { counted, medianOf, some, spell } from '../words.ts';

/** Tasks named of each group, and tasks of a run whose usual time is looked up. */
const namedMost = 10;
const usualMost = 60;
const samplesEach = 20;
/** So many times its usual time, a task of the run is named as slow. */
const slowRatio = 1.5;

/** E6: the run, what is upstream, and what holds it up. */
export const run: Item<'run'> = {
  id: 'E6',
  async gather(scene) {
    const found = await scene.run();
    return found === null ? null : standingOf(found, scene);
  },
  tell(part) {
    const { state, states, failed, holding, upstream, instances } = part;
    const total = Object.values(states).reduce((a, b) => a + b, 0);
    const counts = Object.entries(states)
      .toSorted(([, a], [, b]) => b - a)
      .map(([name, count]) => `${count} ${name === 'none' ? 'not yet scheduled' : name}`);
    const slow = part.ended.filter(
      ({ seconds, usualSeconds }) => (seconds ?? 0) >= 1 && (seconds ?? 0) >= slowRatio * (usualSeconds ?? Infinity),
    );
    return [
      ...(upstream.length === 0 ? [] : [`upstream: ${some(upstream.map(taskText), 4)}`]),
      ...(failed.length === 0
        ? []
        : [
            `failed: ${some(
              failed.map(({ taskId }) => taskId),
              4,
            )}`,
          ]),
      ...(holding.length === 0 ? [] : [`the run waits for ${some(holding.map(taskText), 4)}`]),
      ...(slow.length === 0 ? [] : [`slower than usual in this run: ${some(slow.map(taskText), 3)}`]),
      `run ${part.runId} is ${state}, its ${counted(total, 'task')}: ${counts.join(', ')}${part.complete ? '' : ' (not all read)'}`,
      ...(instances === null ? [] : [`${counted(instances, 'mapped instance')} in this run`]),
    ];
  },
};

/** A task's standing as people read it: `clean (running for 12m, usually 3m)`. */
function taskText({ taskId, state, seconds, usualSeconds }: TaskStanding): string {
  const own = seconds === null ? '' : ` for ${spell(seconds)}`;
  const usual = usualSeconds === null || seconds === null ? '' : `, usually ${spell(usualSeconds)}`;
  return `${taskId} (${state === 'none' ? 'not scheduled' : state}${own}${usual})`;
}

const endedStates: ReadonlySet<string> = new Set(['success', 'failed', 'skipped', 'upstream_failed', 'removed']);
const runningStates: ReadonlySet<string> = new Set(['running', 'restarting', 'deferred']);

async function standingOf(found: SceneRun, scene: Scene): Promise<RunStanding> {
  const { row, tasks, complete } = found;
  const graph = await scene.graph();
  const byTask = Map.groupBy(tasks, ({ taskId }) => taskId);
  const above = aboveOf(graph);
  const names = [...byTask.keys()].slice(0, usualMost);
  const usual = await usualOf(scene, names);
  const stand = (taskId: string): TaskStanding =>
    standingOfTask(taskId, byTask.get(taskId) ?? [], usual.get(taskId) ?? null, scene.now);
  const isEnded = (taskId: string) => (byTask.get(taskId) ?? []).every(({ state }) => endedStates.has(state ?? ''));
  const all = [...byTask.keys()];
  // Without a graph nobody knows what waits for what: then only what is at work holds the run up.
  const holding = all.filter((taskId) => {
    if (isEnded(taskId)) return false;
    const known = above.get(taskId);
    const state = worstState(byTask.get(taskId) ?? []);
    return known === undefined ? state !== 'none' : [...known].every(isEnded);
  });
  const { taskId } = scene;
  const upstream = taskId === null ? [] : [...reach(taskId, above)].filter((each) => byTask.has(each)).map(stand);
  const ended = all
    .map(stand)
    .filter(({ state, seconds, usualSeconds }) => state === 'success' && seconds !== null && usualSeconds !== null);
  const mapped = tasks.filter((each) => each.taskId === taskId && each.mapIndex >= 0).length;
  return {
    runId: row.runId,
    runPk: row.id,
    runType: row.runType,
    state: row.state,
    dueAt: timeOf(row.dueAt),
    queuedAt: timeOf(row.queuedAt),
    startedAt: timeOf(row.startDate),
    endedAt: timeOf(row.endDate),
    states: countsOf(tasks),
    complete,
    failed: all
      .map(stand)
      .filter(({ state }) => state === 'failed')
      .slice(0, namedMost),
    holding:
      row.state === 'running' || row.state === 'queued' ? holding.map(stand).toSorted(longestFirst).slice(0, namedMost) : [],
    above: taskId === null ? [] : [...(above.get(taskId) ?? [])],
    upstream: upstream.filter(({ state }) => state !== 'success' && state !== 'skipped').slice(0, namedMost),
    ended: ended.toSorted((a, b) => slownessOf(b) - slownessOf(a)).slice(0, usualMost),
    instances: mapped === 0 ? null : mapped,
  };
}

const slownessOf = ({ seconds, usualSeconds }: TaskStanding): number => (seconds ?? 0) / Math.max(0.1, usualSeconds ?? 0.1);
const longestFirst = (a: TaskStanding, b: TaskStanding): number => (b.seconds ?? 0) - (a.seconds ?? 0);

function countsOf(tasks: readonly TaskRow[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { state } of tasks) counts[state ?? 'none'] = (counts[state ?? 'none'] ?? 0) + 1;
  return counts;
}

/** The direct predecessors of each task. */
function aboveOf(graph: readonly { taskId: string; downstream: readonly string[] }[]): Map<string, Set<string>> {
  const above = new Map(graph.map(({ taskId }) => [taskId, new Set<string>()]));
  for (const { taskId, downstream } of graph) for (const each of downstream) above.get(each)?.add(taskId);
  return above;
}

/** All predecessors of a task, at any distance. */
function reach(taskId: string, above: ReadonlyMap<string, ReadonlySet<string>>): Set<string> {
  const found = new Set<string>();
  const queue = [...(above.get(taskId) ?? [])];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    queue.push(...(above.get(next) ?? []));
  }
  return found;
}

/** What stands for the instances of a mapped task: the state that matters most. */
const byWeight = [
  'failed',
  'upstream_failed',
  'running',
  'restarting',
  'deferred',
  'up_for_retry',
  'up_for_reschedule',
  'queued',
  'scheduled',
  'none',
  'removed',
  'skipped',
  'success',
];
function worstState(rows: readonly TaskRow[]): string {
  const states = rows.map(({ state }) => state ?? 'none');
  return states.toSorted((a, b) => byWeight.indexOf(a) - byWeight.indexOf(b))[0] ?? 'none';
}

function standingOfTask(taskId: string, rows: readonly TaskRow[], usualSeconds: number | null, now: Date): TaskStanding {
  const state = worstState(rows);
  const alike = rows.filter((each) => (each.state ?? 'none') === state);
  const longest = alike.toSorted((a, b) => (secondsIn(b, now) ?? 0) - (secondsIn(a, now) ?? 0))[0];
  return {
    taskId,
    state,
    instances: rows.length,
    operator: longest?.operator ?? '',
    pool: longest?.pool ?? '',
    host: longest?.hostname === '' ? null : (longest?.hostname ?? null),
    since: timeOf(longest === undefined ? null : sinceOf(longest)),
    seconds: longest === undefined ? null : secondsIn(longest, now),
    usualSeconds,
  };
}

/** Since when a task instance is in its state, as far as its row says. */
function sinceOf({ state, queuedAt, startDate, endDate, updatedAt }: TaskRow): Date | null {
  if (state === null) return null;
  if (state === 'queued') return queuedAt;
  if (state === 'scheduled') return updatedAt;
  return runningStates.has(state) ? startDate : endDate;
}

/** How long it has been so, or, once it ended, how long it took. */
function secondsIn(row: TaskRow, now: Date): number | null {
  if (row.state !== null && endedStates.has(row.state)) return row.durationSeconds;
  const since = sinceOf(row);
  return since === null ? null : Math.max(0, (now.getTime() - since.getTime()) / 1000);
}

async function usualOf({ store, deployment, dagId }: Scene, names: readonly string[]): Promise<Map<string, number>> {
  if (dagId === null || names.length === 0) return new Map();
  const samples = await readSamples(
    store,
    deployment,
    names.map((taskId) => ({ dagId, taskId })),
    samplesEach,
  );
  const byTask = Map.groupBy(samples, ({ taskId }) => taskId);
  return new Map(
    [...byTask].flatMap(([taskId, rows]): [string, number][] => {
      const seconds = rows.flatMap(({ outcome, durationSeconds }) => (outcome === 'success' ? (durationSeconds ?? []) : []));
      const median = medianOf(seconds);
      return median === null ? [] : [[taskId, median]];
    }),
  );
}
