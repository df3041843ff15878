import type { Mishap } from './log-line.ts';
import {
  accessDenied,
  checkFailed,
  commandFailed,
  deadlock,
  diskFull,
  killed,
  mailTimeout,
  missingColumn,
  missingConnection,
  timedOut,
  unavailable,
  warehouseDown,
  type Make,
} from './mishaps.ts';
import { hash32 } from './random.ts';
import type { TryEvent } from './try-event.ts';

const ofOperator: Partial<Record<string, readonly Make[]>> = {
  HttpOperator: [unavailable],
  SQLExecuteQueryOperator: [deadlock, warehouseDown],
  SQLCheckOperator: [checkFailed],
  BashOperator: [commandFailed],
  EmailOperator: [mailTimeout],
};
const ofPython: readonly Make[] = [missingColumn, timedOut, accessDenied, killed, missingConnection, diskFull];

/**
 * Why a try fails. A task fails for the same reason again and again, most of the time; a surge has one cause for all;
 * `fail` is a change that a person made, so it does not go away by itself.
 */
export function mishapOf(event: TryEvent, seed: number): Mishap {
  if (event.fault === 'surge') return warehouseDown(event);
  const { dagId, runId, task, tryNumber } = event;
  const makes = ofOperator[task.operator] ?? ofPython;
  const own = hash32(`${seed}|${dagId}|${task.taskId}`);
  if (event.fault === 'fail') return (task.operator === 'PythonOperator' ? missingColumn : (makes[0] ?? missingColumn))(event);
  const another = hash32(`${seed}|${dagId}|${task.taskId}|${runId}|${tryNumber}`);
  return (makes[(another % 5 === 0 ? another >>> 3 : own) % makes.length] ?? missingColumn)(event);
}
