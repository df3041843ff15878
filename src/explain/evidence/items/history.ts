import type { PastTask } from '../../../airflow/read-past.ts';
import { readInstanceCounts } from '../../../airflow/read-past.ts';
import type { RunRecord } from '../../../measure/run-history.ts';
import { readSamples, type SampleRow } from '../../../measure/read-samples.ts';
import { loadErrorsOf } from '../../error-signatures.ts';
import type { Group, History, KnownError } from '../circumstances.ts';
import type { Item } from '../item.ts';
import { timeOf, type Scene } from '../scene.ts';
import { ago, clockTime, counted, hostName, medianOf, spell, versionText } from '../words.ts';

/** Runs looked at. */
const runsMost = 30;
/** Samples of so many tries hold that many runs, retries and all. */
const samplesMost = 120;
/** Runs whose mapped instances are counted, at most so many of each. */
const countedRuns = 10;
const instancesMost = 5000;

/** E5: how the task, or the DAG, fared before. */
export const history: Item<'history'> = {
  id: 'E5',
  gather: (scene) => (scene.dagId === null ? Promise.resolve(null) : scene.taskId === null ? ofDag(scene) : ofTask(scene)),
  tell(part, at) {
    const { runs, successes, failureStreak, medianSeconds, medianQueueSeconds, lastSuccessAt, byHost, medianInstances } = part;
    if (runs === 0) return [`no earlier run of this ${part.of} is known`];
    return [
      `${successes} of the last ${counted(runs, 'run')} succeeded`,
      ...(failureStreak === 0 ? [] : [`the last ${counted(failureStreak, 'run')} before this failed`]),
      ...(medianSeconds === null ? [] : [`median ${spell(medianSeconds)}`]),
      ...(part.longestSeconds === null ? [] : [`longest ${spell(part.longestSeconds)}`]),
      ...(medianQueueSeconds === null ? [] : [`usually queued for ${spell(medianQueueSeconds)}`]),
      ...(medianInstances === null ? [] : [`usually ${medianInstances} mapped instances`]),
      ...(lastSuccessAt === null ? ['no success is known'] : [`last success ${ago(lastSuccessAt, at)}`]),
      ...part.errors.map((error) => errorText(error, at)),
      ...(byHost.length < 2 ? [] : [`by host: ${groupsText(byHost.map((group) => ({ ...group, name: hostName(group.name) })))}`]),
      ...(part.byVersion.length < 2 ? [] : [`by code: ${groupsText(part.byVersion)}`]),
      ...(part.recurrences === 0
        ? []
        : [`this incident came back ${counted(part.recurrences, 'time')} since ${clockTime(part.firstSeenAt, at)}`]),
    ];
  },
};

const errorText = ({ taskId, cause, times, lastAt }: KnownError, at: Date): string =>
  `${taskId} failed ${counted(times, 'time')} before, last ${ago(lastAt, at)}: ${cause.replace(/\.$/, '')}`;

const groupsText = (groups: readonly Group[]): string =>
  groups
    .slice(0, 4)
    .map(({ name, n, medianSeconds }) => `${name} ${spell(medianSeconds)} (${n})`)
    .join(', ');

/** Errors looked at, told, and how far back. */
const errorsMost = 50;
const errorsTold = 3;
const errorsMs = 30 * 86_400_000;

async function base(scene: Scene): Promise<Pick<History, 'firstSeenAt' | 'recurrences' | 'errors'>> {
  const { incident, store, deployment, dagId, taskId, now } = scene;
  const since = new Date(now.getTime() - errorsMs);
  const errors = await loadErrorsOf(store, deployment, { dagId: dagId ?? '', taskId }, { since, limit: errorsMost });
  return {
    firstSeenAt: incident.first.since.toISOString(),
    recurrences: incident.recurrences,
    // What this very incident was explained by before is no news.
    errors: errors
      .filter(({ incidentId, times }) => incidentId !== incident.id || times > 1)
      .toSorted((a, b) => b.times - a.times)
      .slice(0, errorsTold)
      .map(({ taskId: of, category, cause, times, lastAt }) => ({
        taskId: of,
        category,
        cause,
        times,
        lastAt: lastAt.toISOString(),
      })),
  };
}

async function ofDag(scene: Scene): Promise<History> {
  const runs = await scene.lastRuns();
  const good = runs.filter(({ state }) => state === 'success');
  const seconds = good.flatMap(secondsOf);
  return {
    of: 'dag',
    ...(await base(scene)),
    runs: runs.length,
    successes: good.length,
    failureStreak: streakOf(runs.map(({ state }) => state === 'success')),
    medianSeconds: medianOf(seconds),
    longestSeconds: seconds.length === 0 ? null : Math.max(...seconds),
    medianQueueSeconds: null,
    byHost: [],
    byVersion: [],
    medianInstances: null,
    lastSuccessAt: dateOf(good[0]?.endMs),
    lastSuccessStartedAt: dateOf(good[0]?.startMs),
    lastVersion: null,
  };
}

const dateOf = (ms: number | null | undefined): string | null => (ms == null ? null : new Date(ms).toISOString());
const secondsOf = ({ startMs, endMs }: RunRecord): number[] =>
  startMs === null || endMs === null ? [] : [(endMs - startMs) / 1000];

/** How many of the newest failed in a row; newest first. */
function streakOf(successes: readonly boolean[]): number {
  const first = successes.indexOf(true);
  return first < 0 ? successes.length : first;
}

async function ofTask(scene: Scene): Promise<History> {
  const { store, deployment, incident, dagId, taskId, mapIndex } = scene;
  const samples = await readSamples(store, deployment, [{ dagId: dagId ?? '', taskId: taskId ?? '' }], samplesMost);
  const own = incident.latest.occasion?.runPk ?? Infinity;
  const mine = samples.filter((each) => each.runPk < own && (mapIndex < 0 || each.mapIndex === mapIndex));
  const outcomes = outcomesOf(mine).slice(0, runsMost);
  const good = outcomes.filter(({ success }) => success !== null).map(({ success }) => success as SampleRow);
  const past = (await scene.past()).filter(({ state, durationSeconds }) => state === 'success' && durationSeconds !== null);
  const [newest] = past;
  const seconds = good.flatMap(({ durationSeconds }) => durationSeconds ?? []);
  return {
    of: 'task',
    ...(await base(scene)),
    runs: outcomes.length,
    successes: good.length,
    failureStreak: streakOf(outcomes.map(({ success }) => success !== null)),
    medianSeconds: medianOf(seconds),
    longestSeconds: seconds.length === 0 ? null : Math.max(...seconds),
    medianQueueSeconds: medianOf(good.flatMap(({ queueWaitSeconds }) => queueWaitSeconds ?? [])),
    byHost: groupsOf(past, ({ hostname }) => (hostname === '' ? null : hostname)),
    byVersion: groupsOf(past, ({ version }) => (version === null ? null : versionText(version))),
    medianInstances: await instancesOf(scene),
    lastSuccessAt: good[0]?.endedAt.toISOString() ?? timeOf(newest?.endDate),
    lastSuccessStartedAt: timeOf(newest?.startDate) ?? startOf(good[0]),
    lastVersion: newest?.version ?? null,
  };
}

const startOf = (sample: SampleRow | undefined): string | null =>
  sample === undefined ? null : new Date(sample.endedAt.getTime() - 1000 * (sample.durationSeconds ?? 0)).toISOString();

/** By run, newest first: its success, if it has one. */
function outcomesOf(samples: readonly SampleRow[]): { runPk: number; success: SampleRow | null }[] {
  const runs = Map.groupBy(samples, ({ runPk }) => runPk);
  return [...runs]
    .toSorted(([a], [b]) => b - a)
    .map(([runPk, tries]) => ({ runPk, success: tries.find(({ outcome }) => outcome === 'success') ?? null }));
}

function groupsOf(past: readonly PastTask[], nameOf: (task: PastTask) => string | null): Group[] {
  const groups = Map.groupBy(past, nameOf);
  return [...groups].flatMap(([name, tasks]) => {
    const median = medianOf(tasks.flatMap(({ durationSeconds }) => durationSeconds ?? []));
    return name === null || median === null ? [] : [{ name, n: tasks.length, medianSeconds: median }];
  });
}

/** Of a task that is mapped in its run. */
async function instancesOf(scene: Scene): Promise<number | null> {
  const { dagId, taskId } = scene;
  const mapped = (await scene.run())?.tasks.some((task) => task.taskId === taskId && task.mapIndex >= 0) ?? false;
  if (dagId === null || taskId === null || !mapped) return null;
  const runs = (await scene.lastRuns()).filter(({ state }) => state === 'success').slice(0, countedRuns);
  const counts = await scene.read((read) =>
    readInstanceCounts(
      read,
      { dagId, taskId },
      runs.map(({ runId }) => runId),
      instancesMost,
    ),
  );
  return medianOf([...counts.values()].filter((count) => count > 0));
}
