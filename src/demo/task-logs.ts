import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { logText2 } from './task-log-2.ts';
import { logText3 } from './task-log-3.ts';
import type { TryEvent } from './try-event.ts';

export interface TaskLogs {
  /** Writes what happened to a try into its file, before it returns. */
  write(event: TryEvent): void;
  /** Keeps what happened in a history: of each task the failures and the latest successes. */
  remember(event: TryEvent): void;
  /** Writes what was remembered, and tries that are under way. */
  writeRemembered(): void;
}

const successesKept = 6;

/** Where Airflow puts the log of a try, by its default template. */
export function logPath({ dagId, runId, task, mapIndex, tryNumber }: TryEvent): string {
  const map = mapIndex < 0 ? '' : `map_index=${mapIndex}/`;
  return `dag_id=${dagId}/run_id=${runId}/task_id=${task.taskId}/${map}attempt=${tryNumber}.log`;
}

/** Task logs as files below `folder`, as the workers of a local Airflow write them. */
export function openTaskLogs(folder: string, seed: number): TaskLogs {
  const underWay = new Map<string, TryEvent[]>();
  const failures: TryEvent[][] = [];
  const successes = new Map<string, TryEvent[][]>();

  function write(event: TryEvent): void {
    const path = join(folder, logPath(event));
    const ofTrigger = event.kind === 'fired' ? `.trigger.${event.triggererId}.log` : '';
    mkdirSync(dirname(path), { recursive: true });
    appendFileSync(path + ofTrigger, event.airflow === '3' ? logText3(event, seed) : logText2(event, seed));
  }

  function remember(event: TryEvent): void {
    const path = logPath(event);
    const events = [...(underWay.get(path) ?? []), event];
    if (event.kind !== 'ended' && event.kind !== 'stopped') {
      underWay.set(path, events);
      return;
    }
    underWay.delete(path);
    if (event.ending === 'failed') {
      failures.push(events);
      return;
    }
    const task = `${event.dagId}.${event.task.taskId}`;
    successes.set(task, [...(successes.get(task) ?? []), events].slice(-successesKept));
  }

  return {
    write,
    remember,
    writeRemembered() {
      for (const events of [...failures, ...[...successes.values()].flat(), ...underWay.values()])
        for (const event of events) write(event);
      failures.length = 0;
      successes.clear();
      underWay.clear();
    },
  };
}
