import type { ClosedTry, TaskRow } from '../../../airflow/read-tasks.ts';
import { readTryEvents } from '../../../airflow/read-try.ts';
import type { Attempt } from '../circumstances.ts';
import type { Item } from '../item.ts';
import { timeOf } from '../scene.ts';
import { ago, hostName, quoted, spell, versionText } from '../words.ts';

/** E1: the try itself. */
export const attempt: Item<'attempt'> = {
  id: 'E1',
  async gather(scene) {
    const { taskId, mapIndex, shape, now, incident } = scene;
    const run = await scene.run();
    const row = run?.tasks.find((each) => each.taskId === taskId && each.mapIndex === mapIndex);
    if (run === null || row === undefined) return null;
    const wanted = incident.latest.occasion?.tryNumber ?? row.tryNumber;
    // It may have been tried again since.
    const closed = wanted < row.tryNumber ? (await scene.closedTries()).find(({ tryNumber }) => tryNumber === wanted) : undefined;
    const details = await scene.details();
    const events = await scene.read((read) => readTryEvents(read, shape, row, wanted));
    return {
      ...tryOf(row, closed, now),
      executor: details?.executor ?? null,
      lastHeartbeatAt: closed === undefined ? timeOf(details?.lastHeartbeatAt) : null,
      version: details?.version ?? null,
      note: details?.note == null || details.note.trim() === '' ? null : quoted(details.note, 200),
      events: events.map(({ at, event }) => ({ at: at.toISOString(), event })),
    };
  },
  tell(part, at) {
    const { state, tryNumber, maxTries, operator, pool, queue, host, executor, note, events, mapIndex, version } = part;
    const own = part.durationSeconds ?? runningSeconds(part, at);
    const times = [
      ...(own === null ? [] : [`${part.durationSeconds === null ? 'runs for' : 'ran for'} ${spell(own)}`]),
      ...(part.queuedSeconds === null ? [] : [`queued for ${spell(part.queuedSeconds)} before`]),
      ...(part.deferredSeconds === null ? [] : [`deferred for up to ${spell(part.deferredSeconds)} of it`]),
    ];
    const tried = maxTries < 0 ? `try ${tryNumber}` : `try ${tryNumber} of ${Math.max(tryNumber, maxTries + 1)}`;
    return [
      `${state}, ${tried}${mapIndex === null ? '' : `, map index ${mapIndex}`}`,
      ...events.map(({ event }) => `the scheduler noted "${event}"`),
      ...(times.length === 0 ? [] : [times.join(', ')]),
      ...(part.lastHeartbeatAt !== null && runningSeconds(part, at) !== null && part.state !== 'deferred'
        ? [`last heartbeat ${ago(part.lastHeartbeatAt, at)}`]
        : []),
      `${operator || 'unknown operator'} on ${host === null ? 'no host' : hostName(host)}, pool ${pool}, queue ${queue || 'default'}${executor === null || executor === '' ? '' : `, executor ${executor}`}`,
      ...(version === null ? [] : [versionText(version)]),
      ...(note === null ? [] : [`note: ${note}`]),
    ];
  },
};

/** How long what has not ended runs. */
export function runningSeconds({ state, startedAt }: Pick<Attempt, 'state' | 'startedAt'>, at: Date): number | null {
  if (startedAt === null || !/^(?:running|restarting|deferred)$/.test(state)) return null;
  return Math.max(0, (at.getTime() - Date.parse(startedAt)) / 1000);
}

type Told = Omit<Attempt, 'executor' | 'lastHeartbeatAt' | 'version' | 'note' | 'events'>;

function tryOf(row: TaskRow, closed: ClosedTry | undefined, now: Date): Told {
  const of = closed ?? row;
  const times = timesOf(of, now);
  return {
    dagId: row.dagId,
    taskId: row.taskId,
    runId: row.runId,
    mapIndex: row.mapIndex < 0 ? null : row.mapIndex,
    state: of.state ?? 'none',
    operator: of.operator ?? row.operator ?? '',
    tryNumber: closed?.tryNumber ?? row.tryNumber,
    maxTries: row.maxTries,
    pool: of.pool ?? row.pool,
    queue: of.queue ?? row.queue ?? '',
    host: of.hostname === '' ? null : of.hostname,
    ...times,
  };
}

/**
 * A resume from deferral is queued anew: then the time from the start to that is what it was deferred for, at most, and how long
 * it was queued at first is forgotten (facts §2.5).
 */
function timesOf(of: Pick<TaskRow, 'startDate' | 'endDate' | 'durationSeconds' | 'queuedAt' | 'state'>, now: Date) {
  const { startDate, endDate, queuedAt, state } = of;
  const waiting = state === 'queued' || state === 'scheduled' || state === null;
  // A clear leaves the times of the try before (facts §2.3).
  const began = waiting ? null : startDate;
  const resumed = began !== null && queuedAt !== null && queuedAt > began;
  const queuedMs =
    state === 'queued' && queuedAt !== null
      ? now.getTime() - queuedAt.getTime()
      : began !== null && queuedAt !== null && !resumed
        ? began.getTime() - queuedAt.getTime()
        : null;
  const running = state === 'running' || state === 'restarting' || state === 'deferred';
  const deferredMs =
    state === 'deferred' && began !== null
      ? now.getTime() - began.getTime()
      : resumed
        ? queuedAt.getTime() - began.getTime()
        : null;
  return {
    startedAt: timeOf(began),
    endedAt: running || waiting ? null : timeOf(endDate),
    durationSeconds: running || waiting ? null : of.durationSeconds,
    queuedSeconds: queuedMs === null ? null : Math.max(0, queuedMs / 1000),
    deferredSeconds: deferredMs === null ? null : deferredMs / 1000,
  };
}
