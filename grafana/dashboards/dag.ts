import { families } from '../../src/measure/catalogue.ts';
import { labelVariable, type Board } from '../frame.ts';
import { palette } from '../palette.ts';
import { curves, heat, number, rows, states } from '../panels.ts';
import { age, buckets, increase, maxBy, now, promql, quantile, ratio, stateNumber, sum, sumBy } from '../query.ts';
import {
  attemptsEnded,
  budgetSteps,
  chosenDag,
  dagVariable,
  highIsGood,
  incidentMarks,
  incidentTable,
  metWords,
  noneIsGood,
  ownerVariable,
  runsEnded,
} from '../shared.ts';

const chosenTasks = { ...chosenDag, task_id: '=~"$task_id"' } as const;
const perTask = ['task_id'];
const perSla = ['sla', 'task_id'];

const runWords = {
  '1': ['queued', 'yellow'],
  '2': ['running', palette.calm],
  '3': ['success', palette.good],
  '4': ['failed', palette.bad],
} as const;

const expected = (bound: 'lower' | 'middle' | 'upper') =>
  maxBy(perTask, now(families.taskExpectedDuration, { ...chosenTasks, bound: `="${bound}"` }));

const succeeded = sum(increase(families.dagRunSuccess, '$__range', chosenDag));
const failed = sum(increase(families.dagRunFailure, '$__range', chosenDag));

export const dag: Board = {
  uid: 'windsock-dag',
  title: 'Windsock / DAG',
  description: 'How is this DAG doing, and which of its tasks is not as usual?',
  variables: [
    ownerVariable(),
    dagVariable(),
    labelVariable('task_id', {
      label: 'Task',
      of: `${families.taskSuccess.name}{airflow=~"$airflow", dag_id="$dag_id"}, task_id`,
      hint: 'Tasks of the DAG.',
      every: 'any',
    }),
  ],
  from: 'now-24h',
  annotations: [incidentMarks(chosenDag)],
  rows: [
    {
      title: 'State',
      panels: [
        number({
          title: 'Latest run',
          description: 'State of the latest run by due time.',
          unit: 'none',
          empty: 'Never ran',
          width: 4,
          expression: stateNumber(families.dagLastRunState, [], chosenDag),
          words: runWords,
        }),
        number({
          title: 'Last success',
          description: 'How long ago a run last succeeded.',
          unit: 's',
          empty: 'Never',
          width: 4,
          expression: age(maxBy([], now(families.dagLastSuccess, chosenDag))),
        }),
        number({
          title: 'Next run',
          description: 'In how long the scheduler may make the next run; negative when that is overdue.',
          unit: 's',
          empty: 'No schedule',
          width: 4,
          expression: promql`${maxBy([], now(families.dagNextRun, chosenDag))} - time()`,
          steps: [
            [null, palette.bad],
            [-60, palette.plain],
          ],
        }),
        number({
          title: 'Failed in a row',
          description: 'Runs that failed since the last one that succeeded.',
          unit: 'none',
          empty: 'Never ran',
          width: 3,
          expression: maxBy([], now(families.dagConsecutiveFailures, chosenDag)),
          steps: noneIsGood,
        }),
        number({
          title: 'Under way',
          description: 'Runs that are running or queued now.',
          unit: 'none',
          empty: 'None',
          width: 3,
          expression: maxBy([], now(families.activeDagRuns, chosenDag)),
        }),
        number({
          title: 'Runs that succeeded',
          description: 'Share of the runs that ended in the time shown, and succeeded.',
          unit: 'percentunit',
          decimals: 1,
          empty: 'No run ended',
          width: 3,
          over: 'range',
          expression: ratio(succeeded, promql`${succeeded} + ${failed}`),
          steps: highIsGood,
        }),
        number({
          title: 'Paused',
          description: 'Whether the DAG is paused: then no run is made.',
          unit: 'none',
          empty: 'Not known',
          width: 3,
          expression: maxBy([], now(families.dagPaused, chosenDag)),
          words: { '0': ['no', palette.good], '1': ['yes', palette.warn] },
        }),
        states({
          title: 'State of the latest run',
          description: 'What the latest run was in, over time.',
          unit: 'none',
          empty: 'Never ran',
          width: 24,
          height: 4,
          expression: stateNumber(families.dagLastRunState, ['dag_id'], chosenDag),
          legend: '{{dag_id}}',
          words: runWords,
        }),
        incidentTable(
          { title: 'Incidents of this DAG', description: 'What is wrong now in this DAG and its tasks.', width: 24, height: 6 },
          chosenDag,
        ),
      ],
    },
    {
      title: 'Runs',
      panels: [
        runsEnded(
          { title: 'Runs that ended', description: 'Runs that succeeded and that failed.', width: 12, bars: '15m' },
          chosenDag,
        ),
        curves({
          title: 'How long runs take',
          description:
            'Successful runs of the day before each point, from start to end: half took longer than the median, one in twenty longer than p95.',
          unit: 's',
          empty: 'No run succeeded in a day',
          width: 12,
          min: 0,
          series: [
            { legend: 'median', expression: quantile(0.5, families.dagDuration, { window: '1d', matchers: chosenDag }) },
            { legend: 'p95', expression: quantile(0.95, families.dagDuration, { window: '1d', matchers: chosenDag }) },
          ],
        }),
        heat({
          title: 'Durations of runs',
          description: 'How many successful runs took how long. A second band, or one that rises, is worth a look.',
          unit: 's',
          empty: 'No run succeeded in this time',
          width: 12,
          expression: buckets(families.dagDuration, { matchers: chosenDag }),
        }),
        curves({
          title: 'How late runs start',
          description: 'From when scheduled runs were due until they started, over the day before each point.',
          unit: 's',
          empty: 'No scheduled run started in a day',
          width: 12,
          min: 0,
          series: [
            { legend: 'median', expression: quantile(0.5, families.dagScheduleDelay, { window: '1d', matchers: chosenDag }) },
            { legend: 'p95', expression: quantile(0.95, families.dagScheduleDelay, { window: '1d', matchers: chosenDag }) },
          ],
        }),
      ],
    },
    {
      title: 'Tasks',
      panels: [
        rows({
          title: 'Tasks, the most unusual first',
          description:
            'The last successful attempt beside what the history of the task lets expect. A score of 0.5 is the bound of what is usual.',
          unit: 's',
          empty: 'No task has run',
          width: 24,
          height: 10,
          labels: { task_id: { title: 'Task' } },
          values: [
            {
              title: 'Score',
              unit: 'percentunit',
              decimals: 0,
              steps: [
                [null, palette.good],
                [0.5, palette.warn],
                [0.8, palette.bad],
              ],
              expression: maxBy(perTask, now(families.taskAnomalyScore, chosenTasks)),
            },
            { title: 'Last took', unit: 's', expression: maxBy(perTask, now(families.taskLastDuration, chosenTasks)) },
            { title: 'Expected', unit: 's', expression: expected('middle') },
            { title: 'Slow beyond', unit: 's', expression: expected('upper') },
            {
              title: 'Failed',
              decimals: 0,
              steps: noneIsGood,
              expression: sumBy(perTask, increase(families.taskFailure, '$__range', chosenTasks)),
            },
            { title: 'Retried', decimals: 0, expression: sumBy(perTask, increase(families.taskRetry, '$__range', chosenTasks)) },
            { title: 'Last success', unit: 's', expression: age(maxBy(perTask, now(families.taskLastSuccess, chosenTasks))) },
          ],
          sort: 'Score',
        }),
        curves({
          title: 'Durations and what is expected',
          description:
            'The last duration of each chosen task, and the bound beyond which it is reported as slow. Choose one task to read it well.',
          unit: 's',
          empty: 'No task has run',
          width: 12,
          height: 10,
          min: 0,
          series: [
            { legend: '{{task_id}}', expression: maxBy(perTask, now(families.taskLastDuration, chosenTasks)) },
            { legend: '{{task_id}} expected', expression: expected('middle') },
            { legend: '{{task_id}} slow beyond', expression: expected('upper') },
          ],
        }),
        attemptsEnded(
          {
            title: 'Attempts that ended',
            description: 'How attempts of its tasks ended, retries apart.',
            width: 7,
            bars: '15m',
          },
          chosenDag,
        ),
        curves({
          title: 'Marked by people',
          description: 'Task instances whose state a person set, by that state. They move no other counter.',
          unit: 'none',
          empty: 'Nobody marked any',
          width: 5,
          height: 8,
          bars: '15m',
          stacked: true,
          min: 0,
          series: [
            { legend: '{{state}}', expression: sumBy(['state'], increase(families.taskMarked, '$__interval', chosenTasks)) },
          ],
        }),
      ],
    },
    {
      title: 'Promises',
      panels: [
        rows({
          title: 'SLAs of this DAG',
          description:
            'Each SLA on this DAG or its tasks: whether it is met, how well it was kept in its window, and what is left of its budget.',
          unit: 'percentunit',
          empty: 'No SLA is about this DAG',
          width: 24,
          height: 6,
          labels: { sla: { title: 'SLA' }, task_id: { title: 'Task' } },
          values: [
            { title: 'Met', words: metWords, expression: maxBy(perSla, now(families.slaMet, chosenDag)) },
            {
              title: 'Promised',
              unit: 'percentunit',
              decimals: 2,
              expression: maxBy(perSla, now(families.slaObjective, chosenDag)),
            },
            {
              title: 'Kept',
              unit: 'percentunit',
              decimals: 2,
              expression: maxBy(perSla, now(families.slaCompliance, chosenDag)),
            },
            {
              title: 'Budget left',
              unit: 'percentunit',
              decimals: 0,
              steps: budgetSteps,
              expression: maxBy(perSla, now(families.slaBudgetRatio, chosenDag)),
            },
          ],
          sort: 'SLA',
        }),
      ],
    },
  ],
};
