import { iso } from './change.ts';
import type { LogLine, Mishap, Raised } from './log-line.ts';
import { mishapOf } from './mishap-of.ts';
import { randomOf } from './random.ts';
import type { TryEvent } from './try-event.ts';
import { beginLines, pokeLine, successLines } from './work-lines.ts';

const site = '/home/airflow/.local/lib/python3.12/site-packages/airflow';

type Fields = Record<string, unknown>;

/** What Airflow 3 appends to the log file of a try when this happens to it: JSON lines. */
export function logText3(event: TryEvent, seed: number): string {
  const { kind, atMs, spellMs, task } = event;
  const random = randomOf(seed, 'log', event.dagId, event.runId, task.taskId, event.mapIndex, event.tryNumber, kind);
  const say = (at: number, level: string, text: string, source: Fields, extra: Fields = {}): string =>
    `${JSON.stringify({ timestamp: micros(at, random.next()), level, event: text, ...extra, ...identity(event), ...source })}\n`;
  const spread = (lines: readonly LogLine[], fromMs: number, toMs: number): string => {
    const step = lines.length > 1 ? Math.max(0, toMs - fromMs) / (lines.length - 1) : 0;
    return lines
      .map((line, index) =>
        say(fromMs + index * step, line.level, line.text, { logger: line.logger, filename: line.file, lineno: line.line }),
      )
      .join('');
  };
  const runner = (lineno: number): Fields => ({ logger: 'task', filename: 'task_runner.py', lineno });
  const post = (lineno: number, middle = ''): string =>
    say(atMs, 'info', '::group::Post Execute', runner(lineno)) + middle + say(atMs + 70, 'info', '::endgroup::', runner(2379));

  switch (kind) {
    case 'began':
    case 'resumed': {
      const parsed = {
        bundle_name: 'dags-folder',
        bundle_version: null,
        dag_file: event.file,
        bundle_prepare_ms: 18,
        dag_file_parse_ms: 142,
      };
      return (
        `${JSON.stringify({ timestamp: micros(spellMs + 5, random.next()), level: 'info', event: '::group::Pre Execute', ...runner(2412) })}\n` +
        say(spellMs + 60, 'info', 'DAG bundles loaded: dags-folder', {
          logger: 'airflow.dag_processing.bundles.manager.DagBundlesManager',
          filename: 'manager.py',
          lineno: 304,
        }) +
        say(spellMs + 61, 'info', `Filling up the DagBag from /opt/airflow/dags/${event.file}`, {
          logger: 'airflow.dag_processing.dagbag.BundleDagBag',
          filename: 'dagbag.py',
          lineno: 460,
        }) +
        say(spellMs + 203, 'info', 'Worker startup parse complete', runner(1073), parsed) +
        say(spellMs + 210, 'info', '::endgroup::', runner(2232)) +
        spread(beginLines(event), spellMs + 215, spellMs + 300)
      );
    }
    case 'poked':
      return (
        spread([pokeLine(task.taskId)], atMs - 40, atMs - 40) +
        post(1630, say(atMs, 'info', 'Rescheduling task, marking task as UP_FOR_RESCHEDULE', runner(1631)))
      );
    case 'deferred':
      return post(1614, say(atMs, 'info', 'Pausing task as DEFERRED. ', runner(1466)));
    case 'fired':
      return say(
        atMs,
        'info',
        `Trigger fired event name=${event.dagId}/${event.runId}/${task.taskId}/${event.mapIndex}/${event.tryNumber} (ID ${event.triggerId})`,
        { logger: 'airflow.jobs.triggerer_job_runner.TriggerRunner', filename: 'triggerer_job_runner.py', lineno: 1108 },
      );
    case 'stopped':
      return say(
        atMs + 900,
        'error',
        "Server indicated the task shouldn't be running anymore. Terminating process",
        { logger: 'task', filename: 'supervisor.py', lineno: 1220 },
        { detail: { reason: 'not_running', message: 'TI is no longer in the running state and task should terminate' } },
      );
    case 'ended':
      if (event.ending === 'failed') {
        const mishap = mishapOf(event, seed);
        const before = spread(mishap.lines, Math.min(spellMs + 400, atMs - 5), atMs - 5);
        if (mishap.raised.length === 0)
          return `${before}${JSON.stringify({ timestamp: micros(atMs, random.next()), level: 'critical', event: 'Process terminated by signal. Likely out of memory error (OOM). For more information, see https://airflow.apache.org/docs/apache-airflow/stable/troubleshooting.html#process-terminated-by-signal.', signal: -9, signal_name: 'SIGKILL', logger: 'task' })}\n`;
        return (
          before +
          say(atMs, 'error', 'Task failed with exception', { ...runner(1676), error_detail: details(mishap) }) +
          post(1677)
        );
      }
      if (event.ending === 'skipped')
        return post(1620, say(atMs, 'info', 'Skipping task.', runner(1622), { reason: 'nothing to do' }));
      return (
        spread(successLines(event, random), Math.min(spellMs + 400, atMs), atMs) +
        post(
          1580,
          triggered(event, (text, lineno) => say(atMs, 'info', text, runner(lineno), { trigger_dag_id: task.triggers })),
        )
      );
  }
}

const triggered = ({ task }: TryEvent, say: (text: string, lineno: number) => string): string =>
  task.triggers === undefined ? '' : say('Triggering Dag Run.', 1934) + say('Dag Run triggered successfully.', 1970);

/** Microseconds, as Python writes them. */
const micros = (ms: number, fraction: number): string =>
  `${iso(ms).slice(0, -1)}${Math.floor(fraction * 1000)
    .toString()
    .padStart(3, '0')}Z`;

const identity = ({ uuid, dagId, task, mapIndex, runId, tryNumber }: TryEvent): Fields => ({
  ti_id: uuid,
  dag_id: dagId,
  task_id: task.taskId,
  map_index: mapIndex,
  run_id: runId,
  try_number: tryNumber,
});

// How Airflow gets to the operator.
const waysIn = [
  { filename: `${site}/sdk/execution_time/task_runner.py`, lineno: 1579, name: '_run_task_and_map_outcome' },
  { filename: `${site}/sdk/execution_time/task_runner.py`, lineno: 2234, name: '_execute_task' },
  { filename: `${site}/sdk/execution_time/task_runner.py`, lineno: 2192, name: '_run_execute_callable' },
  { filename: `${site}/sdk/bases/operator.py`, lineno: 462, name: 'wrapper' },
];

/** The exception that ended the try first, then its causes. */
const details = ({ raised, explicit }: Mishap): Fields[] =>
  raised.map((each, index) => detail(each, index > 0 && explicit, index === 0 ? waysIn : []));

const detail = ({ type, value, frames }: Raised, isCause: boolean, ways: readonly Fields[]): Fields => ({
  exc_type: type.split('.').at(-1),
  exc_value: value,
  exc_notes: [],
  syntax_error: null,
  is_cause: isCause,
  frames: [...ways, ...frames.map(({ file, line, name }) => ({ filename: file, lineno: line, name }))],
  is_group: false,
  exceptions: [],
});
