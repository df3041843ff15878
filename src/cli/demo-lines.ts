import type { FaultAnswer } from '../demo/fault-box.ts';
import { faultEffects, faultKinds, type FaultKind } from '../demo/config.ts';
import type { DemoFolder } from '../demo/folder.ts';
import type { LiveEvent } from '../demo/live-events.ts';
import { formatDuration } from '../lib/durations.ts';

/** Where a demo is, unless it is told otherwise. */
export const defaultFolder = './windsock-data/demo';

const plural = (n: number, what: string): string => `${n.toLocaleString('en-US')} ${what}${n === 1 ? '' : 's'}`;
const clock = (ms: number): string => new Date(ms).toISOString().slice(11, 19);

export interface Welcome {
  url: string;
  folder: DemoFolder;
  /** Airflow's database; its password is not shown. */
  databaseUrl: string;
  size: { dags: number; runs: number; tries: number };
  tookMs: number;
  /** How this person calls the demo. */
  command: string;
  /** What `inject` needs to find a demo in a folder of its own; empty where it is the usual one. */
  folderOption: string;
}

/** What a person sees when the demo is up: first where to look, then how to break something, then all else. */
export function welcomeLines({ url, folder, databaseUrl, size, tookMs, command, folderOption }: Welcome): string[] {
  const { host, pathname, username } = new URL(databaseUrl);
  const inject = `${command} inject`;
  const option = folderOption === '' ? '' : ` ${folderOption}`;
  const kinds = faultKinds.map((kind) => `  ${inject} ${kind.padEnd(9)}${option}  ${faultEffects[kind]}`);
  return [
    `${plural(size.dags, 'DAG')}, ${plural(size.runs, 'run')} and ${plural(size.tries, 'task')} of history, in ${formatDuration(tookMs)}.`,
    '',
    `Open this page:  ${url}`,
    '',
    'Then break something, from another terminal in this folder:',
    '',
    ...kinds,
    '',
    'Within half a minute to three minutes the page says what broke, why, who is affected and what to do.',
    '',
    `Metrics    ${url}/metrics`,
    `Task logs  ${folder.logs}`,
    `Airflow    postgresql://${username}@${host}${pathname} (password in ${folder.password})`,
    '',
    'Stop with Ctrl-C. What happens in the simulated Airflow:',
    '',
  ];
}

/** A line about what happens in the simulated Airflow; undefined for what is not worth one. */
export function eventLine(event: LiveEvent, nowMs: number): string | undefined {
  const at = clock(nowMs);
  switch (event.kind) {
    case 'try_failed': {
      const name = `${event.dagId}.${event.taskId}${event.mapIndex < 0 ? '' : `[${event.mapIndex}]`}`;
      return `${at}  ${name} failed in try ${event.tryNumber}${event.willRetry ? ', and will be tried again' : ' for good'}`;
    }
    case 'fault_began':
      return `${at}  fault: ${faultText(event)}, until ${clock(event.untilMs)}`;
    case 'fault_over':
      return `${at}  fault over: ${faultText(event)}`;
    case 'lately': {
      const { seconds, succeeded, failed, retried, runsSucceeded, runsFailed } = event;
      const tasks = `${plural(succeeded, 'task')} succeeded, ${failed} failed, ${retried} retried`;
      return `${at}  in the last ${formatDuration(seconds * 1000)}: ${tasks}; ${plural(runsSucceeded, 'run')} succeeded, ${runsFailed} failed`;
    }
  }
}

function faultText({
  fault,
  dagId,
  taskId,
}: {
  fault: FaultKind;
  dagId?: string | undefined;
  taskId?: string | undefined;
}): string {
  const victim = [dagId, taskId].filter((each) => each !== undefined).join('.');
  return `${fault}${victim === '' ? '' : ` on ${victim}`} (${faultEffects[fault]})`;
}

/** What the asker reads when the demo took the fault. */
export const takenLine = ({ kind, dagId, taskId, untilMs }: Extract<FaultAnswer, { ok: true }>): string =>
  `${faultText({ fault: kind, dagId, taskId })}, until ${clock(untilMs)} UTC`;
