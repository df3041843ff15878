import { readHeartbeats, type HeartbeatRow } from '../../../airflow/read-platform.ts';
import type { UnfinishedTask } from '../../../collect/snapshot.ts';
import type { Platform, PoolUse } from '../surroundings.ts';
import type { Item } from '../item.ts';
import { timeOf, type Scene, type Seen } from '../scene.ts';
import { ago, counted, hostName, some, spell } from '../words.ts';

const namedMost = 10;

/** E9: whether Airflow itself is well, and who shares its pool and its host. */
export const platform: Item<'platform'> = {
  id: 'E9',
  async gather(scene) {
    const { snapshot, shape } = scene;
    if (snapshot === null) return null;
    const heartbeats = shape.has('job', 'job_type', 'state', 'latest_heartbeat', 'hostname')
      ? await scene.read(readHeartbeats)
      : [];
    const tasks = snapshot.unfinished?.tasks ?? [];
    const host = scene.incident.latest.carried.host;
    const poolName = poolNameOf(scene) ?? (await poolOfRun(scene));
    return {
      components: (snapshot.components ?? []).map(({ component, up, heartbeatAt }) => ({
        component,
        up,
        heartbeatAt: timeOf(heartbeatAt),
        host: hostOf(component, heartbeats),
      })),
      pool: poolName === null ? null : poolOf(poolName, snapshot),
      queue: queueOf(scene.incident.latest.carried.queue, tasks),
      host: host === null || host === '' ? null : hostUse(host, tasks),
      running: tasks.filter(({ state }) => state === 'running').length,
      queued: tasks.filter(({ state }) => state === 'queued').length,
      lostWorkers: shape.triesCountFromScheduling ? ((await scene.audit()).found?.lost ?? null) : null,
      openRuns: snapshot.openRuns.filter(({ dagId }) => dagId === scene.dagId).length,
      maxActiveRuns: snapshot.dags?.find(({ dagId }) => dagId === scene.dagId)?.maxActiveRuns ?? null,
    };
  },
  tell(part, at) {
    const { components, pool, queue, host, openRuns, maxActiveRuns } = part;
    const down = components.filter(({ up }) => !up);
    return [
      ...down.map((each) => downText(each, at)),
      ...(pool === null ? [] : poolTexts(pool)),
      ...(queue === null ? [] : [`queue ${queue.queue}: ${counted(queue.running, 'task')} running, ${queue.queued} queued`]),
      ...(host === null
        ? []
        : [
            `on ${hostName(host.host)} now ${counted(host.running, 'task')} running${host.retrying === 0 ? '' : `, ${host.retrying} waiting for a retry`}`,
          ]),
      ...(part.lostWorkers === null || part.lostWorkers === 0
        ? []
        : [`${counted(part.lostWorkers, 'worker')} lost within 15 minutes by heartbeat timeouts`]),
      ...(maxActiveRuns !== null && openRuns >= maxActiveRuns
        ? [`${openRuns} runs of the DAG are open, ${maxActiveRuns} may be`]
        : []),
      ...(components.length > 0 && down.length === 0
        ? [
            `${some(
              components.map(({ component }) => wordsOf(component)),
              4,
            )} ${components.length === 1 ? 'is' : 'are'} up`,
          ]
        : []),
      `${counted(part.running, 'task')} running and ${part.queued} queued in all`,
    ];
  },
};

/** `dag_processor` as people say it. */
export const wordsOf = (component: string): string => (component === 'dag_processor' ? 'DAG processor' : component);

export function downText({ component, heartbeatAt, host }: Platform['components'][number], at: Date): string {
  const where = host === null ? '' : ` (${hostName(host)})`;
  return heartbeatAt === null
    ? `the ${wordsOf(component)} never sent a heartbeat`
    : `the ${wordsOf(component)}${where} is down, last heartbeat ${ago(heartbeatAt, at)}`;
}

function poolTexts({
  pool,
  exists,
  open,
  running,
  queued,
  scheduled,
  holders,
  waiting,
}: NonNullable<Platform['pool']>): string[] {
  if (!exists) return [`the pool ${pool} does not exist`];
  const slots = open === null ? 'without limit' : `${Math.max(0, open)} slots open`;
  return [
    `pool ${pool}: ${slots}, ${running} running, ${queued} queued, ${scheduled} scheduled`,
    ...(open !== null && open <= 0 && holders.length > 0 ? [`its slots are held by ${some(holders.map(useText), 3)}`] : []),
    ...(open !== null && open <= 0 && waiting.length > 0
      ? [
          `${some(
            waiting.map(({ dagId, taskId }) => `${dagId}.${taskId}`),
            3,
          )} ${waiting.length === 1 ? 'waits' : 'wait'} for it`,
        ]
      : []),
  ];
}

/** `etl.load (2 slots)`. */
export const useText = ({ dagId, taskId, slots }: PoolUse): string => `${dagId}.${taskId} (${counted(slots, 'slot')})`;

/** The pool that it is about, the one that it waits in; of a try that ran the one it ran in. */
function poolNameOf({ incident: { subject, latest } }: Scene): string | null {
  if (subject.type === 'pool') return subject.pool;
  return latest.carried.pool === '' ? null : latest.carried.pool;
}

/** Of a run that is late: the pool that one of its tasks waits for. */
async function poolOfRun(scene: Scene): Promise<string | null> {
  const run = await scene.run();
  return run?.tasks.find(({ state }) => state === 'scheduled')?.pool ?? null;
}

/** Where the newest heartbeat came from. */
const hostOf = (component: string, rows: readonly HeartbeatRow[]): string | null =>
  rows.filter((row) => row.component === component).toSorted((a, b) => b.heartbeatAt.getTime() - a.heartbeatAt.getTime())[0]
    ?.hostname ?? null;

const holding: ReadonlySet<string> = new Set(['running', 'queued', 'restarting']);

function poolOf(name: string, { pools, unfinished }: Seen): Platform['pool'] {
  if (pools === undefined) return null;
  const pool = pools.find((each) => each.pool === name);
  const tasks = (unfinished?.tasks ?? []).filter((task) => task.pool === name);
  return {
    pool: name,
    exists: pool !== undefined,
    open: pool === undefined || pool.open === Infinity ? null : pool.open,
    running: pool?.running ?? 0,
    queued: pool?.queued ?? 0,
    scheduled: pool?.scheduled ?? tasks.filter(({ state }) => state === 'scheduled').length,
    deferred: pool?.deferred ?? 0,
    holders: usesOf(tasks.filter(({ state }) => holding.has(state))),
    waiting: usesOf(tasks.filter(({ state }) => state === 'scheduled')),
  };
}

/** By task, those with the most slots first. */
function usesOf(tasks: readonly UnfinishedTask[]): PoolUse[] {
  const groups = Map.groupBy(tasks, ({ dagId, taskId }) => `${dagId}\u0000${taskId}`);
  const uses = [...groups.values()].map((group): PoolUse => {
    const since = group.map(sinceOf).filter((at) => at !== null);
    const [first] = group as [UnfinishedTask];
    return {
      dagId: first.dagId,
      taskId: first.taskId,
      state: first.state,
      instances: group.length,
      slots: group.reduce((sum, { poolSlots }) => sum + poolSlots, 0),
      since: since.length === 0 ? null : new Date(Math.min(...since.map(Number))).toISOString(),
    };
  });
  return uses.toSorted((a, b) => b.slots - a.slots || ((a.since ?? '') < (b.since ?? '') ? -1 : 1)).slice(0, namedMost);
}

const sinceOf = ({ state, startDate, queuedAt, scheduledAt }: UnfinishedTask): Date | null =>
  state === 'scheduled' ? scheduledAt : state === 'queued' ? queuedAt : startDate;

function queueOf(queue: string | null, tasks: readonly UnfinishedTask[]): Platform['queue'] {
  if (queue === null || queue === '') return null;
  const here = tasks.filter((task) => task.queue === queue);
  return {
    queue,
    running: here.filter(({ state }) => state === 'running' || state === 'restarting').length,
    queued: here.filter(({ state }) => state === 'queued').length,
  };
}

function hostUse(host: string, tasks: readonly UnfinishedTask[]): Platform['host'] {
  const here = tasks.filter(({ hostname }) => hostname === host);
  return {
    host,
    running: here.filter(({ state }) => state === 'running' || state === 'restarting').length,
    retrying: here.filter(({ state }) => state === 'up_for_retry').length,
  };
}

/** How long a holder has held its slots, as people read it; empty where the rows do not say. */
export const heldFor = ({ since }: PoolUse, at: Date): string =>
  since === null ? '' : ` for ${spell((at.getTime() - Date.parse(since)) / 1000)}`;
