// From the truth about attempts and runs to the series that Windsock must show for it (families of the metrics reference).
import type { Expected } from './compare.ts';
import type { Attempt, RunEnd, Truth } from './ground-truth.ts';

const BOUNDS = [1, 5, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 86_400, Infinity];
const MARKS = ['success', 'failed', 'skipped'];
/** Sums of many fractions differ in their last digits by the order of addition. */
const ROUNDING = 1e-6;

type Labels = Record<string, string>;

const exact = (name: string, labels: Labels, value: number): Expected => ({ name, labels, value, tolerance: 0 });

function histogram(name: string, labels: Labels, values: readonly number[]): Expected[] {
  const sum = values.reduce((total, value) => total + value, 0);
  return [
    ...BOUNDS.map((bound) =>
      exact(`${name}_bucket`, { ...labels, le: String(bound) }, values.filter((value) => value <= bound).length),
    ),
    { name: `${name}_sum`, labels, value: sum, tolerance: ROUNDING },
    exact(`${name}_count`, labels, values.length),
  ];
}

/** Seconds between two times, free of what epoch seconds lose as floating point numbers; both have milliseconds. */
const between = (start: number, end: number): number => Math.round((end - start) * 1000) / 1000;

const present = (values: readonly (number | null)[]): number[] => values.filter((value) => value !== null);

function latest<T extends { end: number | null }>(items: readonly T[]): T | undefined {
  return items.reduce<T | undefined>(
    (last, item) => (last === undefined || (item.end ?? 0) >= (last.end ?? 0) ? item : last),
    undefined,
  );
}

function taskSeries(truth: Truth, dag: string, task: string): Expected[] {
  const labels = { dag_id: dag, task_id: task };
  const own = <T extends { dag: string; task: string }>(items: readonly T[]): T[] =>
    items.filter((i) => i.dag === dag && i.task === task);
  const attempts = own(truth.attempts);
  const ended = (outcome: Attempt['outcome']): Attempt[] => attempts.filter((a) => a.outcome === outcome);
  const entered = (state: string): number => own(truth.entered).filter((e) => e.state === state).length;
  const successes = ended('success');
  const last = latest(successes);
  return [
    exact('airflow_task_success_total', labels, successes.length),
    exact('airflow_task_failure_total', labels, ended('failure').length),
    exact('airflow_task_retry_total', labels, ended('retry').length),
    exact('airflow_task_upstream_failed_total', labels, entered('upstream_failed')),
    exact('airflow_task_skipped_total', labels, entered('skipped')),
    ...MARKS.map((state) =>
      exact('airflow_task_marked_total', { ...labels, state }, own(truth.marked).filter((m) => m.state === state).length),
    ),
    ...histogram('airflow_task_duration_seconds', labels, present(successes.map((a) => a.duration))),
    ...(last ? [{ name: 'airflow_task_last_duration_seconds', labels, value: last.duration ?? 0, tolerance: ROUNDING }] : []),
    ...(last ? [{ name: 'airflow_task_last_success_timestamp_seconds', labels, value: last.end ?? 0, tolerance: ROUNDING }] : []),
  ];
}

function failuresInARow(ends: readonly RunEnd[]): number {
  const last = ends.findLastIndex(({ state }) => state === 'success');
  return ends.length - 1 - last;
}

function dagSeries(truth: Truth, dag: string): Expected[] {
  const labels = { dag_id: dag };
  const ends = truth.runEnds.filter((end) => end.dag === dag);
  const byItself = (state: string): RunEnd[] => ends.filter((end) => end.state === state && !end.byPerson);
  const durations = byItself('success').map(({ start, end }) => (start === null || end === null ? null : between(start, end)));
  const lastSuccess = latest(ends.filter(({ state }) => state === 'success'));
  const delays = truth.delays.filter((delay) => delay.dag === dag).map(({ due, start }) => between(due, start));
  return [
    exact('airflow_dag_run_success_total', labels, byItself('success').length),
    exact('airflow_dag_run_failure_total', labels, byItself('failed').length),
    ...histogram('airflow_dag_duration_seconds', labels, present(durations)),
    ...histogram('airflow_dag_schedule_delay_seconds', labels, delays),
    exact('airflow_dag_consecutive_failures', labels, failuresInARow(ends)),
    ...truth.lastRuns
      .filter((run) => run.dag === dag)
      .map(({ state }) => exact('airflow_dag_last_run_state', { ...labels, state }, 1)),
    ...(lastSuccess
      ? [{ name: 'airflow_dag_last_success_timestamp_seconds', labels, value: lastSuccess.end ?? 0, tolerance: ROUNDING }]
      : []),
  ];
}

/** Waits between queue and start; after a deferral the queue time is that of the resume, later than the start, and tells nothing. */
function queueSeries(truth: Truth): Expected[] {
  const queues = new Set(truth.attempts.map(({ queue }) => queue).filter((queue) => queue !== null));
  return [...queues].flatMap((queue) => {
    const waits = truth.attempts
      .filter((a) => a.queue === queue && a.start !== null && a.queued !== null)
      .map((a) => between(a.queued ?? 0, a.start ?? 0))
      .filter((seconds) => seconds >= 0);
    return histogram('airflow_task_queue_wait_seconds', { queue }, waits);
  });
}

/** Every series of the families that count and measure what ended. */
export function expectedCounters(truth: Truth, dags: readonly string[]): Expected[] {
  return [
    ...truth.tasks.flatMap(({ dag, task }) => taskSeries(truth, dag, task)),
    ...dags.flatMap((dag) => dagSeries(truth, dag)),
    ...queueSeries(truth),
  ];
}
