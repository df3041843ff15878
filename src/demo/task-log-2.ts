import { iso, pythonIso } from './change.ts';
import type { LogLine, Mishap } from './log-line.ts';
import { mishapOf } from './mishap-of.ts';
import { randomOf } from './random.ts';
import { traceback, waysIn, waysToRunner } from './traceback.ts';
import type { TryEvent } from './try-event.ts';
import { beginLines, pokeLine, successLines } from './work-lines.ts';

/** What Airflow 2.11 appends to the log file of a try when this happens to it. */
export function logText2(event: TryEvent, seed: number): string {
  const random = randomOf(seed, 'log', event.dagId, event.runId, event.task.taskId, event.mapIndex, event.tryNumber, event.kind);
  switch (event.kind) {
    case 'began':
    case 'resumed':
      return prelude(event) + spread(beginLines(event), event.spellMs + 620, event.spellMs + 700);
    case 'poked':
      return (
        spread([pokeLine(event.task.taskId)], event.atMs - 40, event.atMs - 40) +
        say(event.atMs, 'taskinstance.py', 318, 'Rescheduling task, marking task as UP_FOR_RESCHEDULE') +
        postlude(event, 'Task exited with return code 0', '')
      );
    case 'deferred':
      return (
        say(
          event.atMs,
          'taskinstance.py',
          297,
          `Pausing task as DEFERRED. ${named(event)}, start_date=${compact(event.startMs)}`,
        ) + postlude(event, 'Task exited with return code 100 (task deferral)', '')
      );
    case 'fired':
      return firedText(event);
    case 'stopped':
      return stoppedText(event);
    case 'ended':
      return event.ending === 'failed' ? failure(event, mishapOf(event, seed)) : goodEnd(event, successLines(event, random));
  }
}

const levels = { info: 'INFO', warning: 'WARNING', error: 'ERROR' } as const;

const say = (atMs: number, file: string, line: number, text: string, level: LogLine['level'] = 'info'): string =>
  `[${iso(atMs).replace('Z', '+0000')}] {${file}:${line}} ${levels[level]} - ${text}\n`;

/** Lines spread evenly over a stretch of time. */
function spread(lines: readonly LogLine[], fromMs: number, toMs: number): string {
  const step = lines.length > 1 ? Math.max(0, toMs - fromMs) / (lines.length - 1) : 0;
  return lines.map((line, index) => say(Math.round(fromMs + index * step), line.file, line.line, line.text, line.level)).join('');
}

const compact = (ms: number): string => iso(ms).slice(0, 19).replaceAll(/[-:]/g, '');
const ofMap = ({ mapIndex }: TryEvent): string => (mapIndex < 0 ? '' : ` map_index=${mapIndex}`);
const named = ({ dagId, task, runId, mapIndex, dateMs }: TryEvent): string =>
  `dag_id=${dagId}, task_id=${task.taskId}, run_id=${runId}, ${mapIndex < 0 ? '' : `map_index=${mapIndex}, `}execution_date=${compact(dateMs)}`;

function prelude(event: TryEvent): string {
  const { spellMs, dagId, task, runId, tryNumber, maxTries, dateMs, pid, jobId, host, owner, file, mapIndex } = event;
  const instance = (state: string) => `<TaskInstance: ${dagId}.${task.taskId} ${runId}${ofMap(event)} [${state}]>`;
  const attempt =
    event.kind === 'resumed'
      ? say(spellMs + 90, 'taskinstance.py', 2883, 'Resuming after deferral')
      : say(spellMs + 90, 'taskinstance.py', 2885, `Starting attempt ${tryNumber} of ${maxTries + 1}`);
  const mapped = mapIndex < 0 ? '' : ` '--map-index', '${mapIndex}',`;
  return [
    say(spellMs + 10, 'local_task_job_runner.py', 123, '::group::Pre task execution logs'),
    say(
      spellMs + 60,
      'taskinstance.py',
      2632,
      `Dependencies all met for dep_context=non-requeueable deps ti=${instance('queued')}`,
    ),
    say(spellMs + 88, 'taskinstance.py', 2632, `Dependencies all met for dep_context=requeueable deps ti=${instance('queued')}`),
    attempt,
    say(
      spellMs + 110,
      'taskinstance.py',
      2908,
      `Executing <Task(${task.operator}): ${task.taskId}> on ${pythonIso(dateMs).replace('T', ' ')}`,
    ),
    say(spellMs + 125, 'standard_task_runner.py', 72, `Started process ${pid} to run task`),
    say(
      spellMs + 131,
      'standard_task_runner.py',
      104,
      `Running: ['airflow', 'tasks', 'run', '${dagId}', '${task.taskId}', '${runId}', '--job-id', '${jobId}', '--raw', '--subdir', 'DAGS_FOLDER/${file}', '--cfg-path', '/tmp/tmp${pid.toString(36)}',${mapped}]`.replace(
        ',]',
        ']',
      ),
    ),
    say(spellMs + 132, 'standard_task_runner.py', 105, `Job ${jobId}: Subtask ${task.taskId}`),
    say(spellMs + 320, 'task_command.py', 467, `Running ${instance('running')} on host ${host}`),
    say(
      spellMs + 600,
      'taskinstance.py',
      3158,
      `Exporting env vars: AIRFLOW_CTX_DAG_OWNER='${owner}' AIRFLOW_CTX_DAG_ID='${dagId}' AIRFLOW_CTX_TASK_ID='${task.taskId}' AIRFLOW_CTX_EXECUTION_DATE='${pythonIso(dateMs)}' AIRFLOW_CTX_TRY_NUMBER='${tryNumber}' AIRFLOW_CTX_DAG_RUN_ID='${runId}'`,
    ),
    say(spellMs + 602, 'taskinstance.py', 740, '::endgroup::'),
  ].join('');
}

function postlude({ atMs, downstream, ending }: TryEvent, exited: string, marked: string): string {
  const followOn = ending === 'success' ? downstream.length : 0;
  return (
    say(atMs, 'taskinstance.py', 349, '::group::Post task execution logs') +
    marked +
    say(atMs + 40, 'local_task_job_runner.py', 266, exited) +
    say(atMs + 60, 'taskinstance.py', 3925, `${followOn} downstream tasks scheduled from follow-on schedule check`) +
    say(atMs + 62, 'local_task_job_runner.py', 245, '::endgroup::')
  );
}

const marking = (event: TryEvent, state: string, line: number): string =>
  say(
    event.atMs,
    'taskinstance.py',
    line,
    `Marking task as ${state}. ${named(event)}, start_date=${compact(event.startMs)}, end_date=${compact(event.atMs)}`,
  );

function goodEnd(event: TryEvent, lines: readonly LogLine[]): string {
  const { atMs, spellMs } = event;
  if (event.ending === 'skipped') {
    const nothing = say(atMs - 5, 'taskinstance.py', 310, 'nothing to do');
    return nothing + postlude(event, 'Task exited with return code 0', marking(event, 'SKIPPED', 361));
  }
  return (
    spread(lines, Math.min(spellMs + 800, atMs), atMs) +
    postlude(event, 'Task exited with return code 0', marking(event, 'SUCCESS', 361))
  );
}

function failure(event: TryEvent, mishap: Mishap): string {
  const { atMs, spellMs, pid, jobId, task } = event;
  const before = spread(mishap.lines, Math.min(spellMs + 900, atMs - 5), atMs - 5);
  const [last] = mishap.raised;
  if (last === undefined) {
    const exited =
      'Task exited with return code -9. For more information, see https://airflow.apache.org/docs/apache-airflow/stable/troubleshooting.html#LocalTaskJob-killed';
    return (
      before +
      say(atMs, 'local_task_job_runner.py', 266, exited) +
      say(atMs + 20, 'local_task_job_runner.py', 245, '::endgroup::')
    );
  }
  const value = last.value.trimEnd().split('\n')[0] ?? '';
  return (
    before +
    say(atMs, 'taskinstance.py', 3337, 'Task failed with exception', 'error') +
    traceback(mishap, waysIn) +
    marking(event, event.willRetry ? 'UP_FOR_RETRY' : 'FAILED', 1242) +
    postlude(
      event,
      'Task exited with return code 1',
      say(
        atMs + 30,
        'standard_task_runner.py',
        124,
        `Failed to execute job ${jobId} for task ${task.taskId} (${value}; ${pid})`,
        'error',
      ) + traceback(mishap, [...waysToRunner, ...waysIn]),
    )
  );
}

function stoppedText({ atMs, pid }: TryEvent): string {
  return (
    say(
      atMs + 900,
      'local_task_job_runner.py',
      346,
      'State of this instance has been externally set. Terminating instance.',
      'warning',
    ) +
    say(atMs + 901, 'local_task_job_runner.py', 245, '::endgroup::') +
    say(atMs + 904, 'process_utils.py', 132, `Sending 15 to group ${pid}. PIDs of all processes in the group: [${pid}]`) +
    say(atMs + 905, 'taskinstance.py', 3118, 'Received SIGTERM. Terminating subprocesses.', 'error')
  );
}

function firedText({ atMs, dagId, runId, task, mapIndex, tryNumber, triggerId }: TryEvent): string {
  const event = `TriggerEvent<DateTime(${iso(atMs)})>`;
  return (
    say(atMs - 2, 'temporal.py', 85, `yielding event with payload ${iso(atMs)}`) +
    say(
      atMs,
      'triggerer_job_runner.py',
      631,
      `Trigger ${dagId}/${runId}/${task.taskId}/${mapIndex}/${tryNumber} (ID ${triggerId}) fired: ${event}`,
    )
  );
}
