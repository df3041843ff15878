import { families } from '../../src/measure/catalogue.ts';
import type { Board } from '../frame.ts';
import { palette } from '../palette.ts';
import { bars, curves, number, rows } from '../panels.ts';
import { maxBy, now, observed, promql, quantile, sum, sumBy } from '../query.ts';
import { byRules, explanations, models } from './explaining.ts';
import { dagColumn, incidentMarks, incidentTable, noneIsGood } from '../shared.ts';

const perTask = ['airflow', 'dag_id', 'task_id'];
const expected = maxBy(perTask, now(families.taskExpectedDuration, { bound: '="middle"' }));
const score = maxBy(perTask, now(families.taskAnomalyScore));

export const incidents: Board = {
  uid: 'windsock-incidents',
  title: 'Windsock / Anomalies & incidents',
  description: 'What is unusual, how it is handled, and what explaining it takes.',
  from: 'now-24h',
  annotations: [incidentMarks()],
  rows: [
    {
      title: 'Incidents',
      panels: [
        number({
          title: 'Open',
          description: 'Incidents that nobody has acknowledged yet.',
          unit: 'none',
          empty: 'Windsock is silent',
          width: 4,
          expression: sum(now(families.incidents, { state: '="open"' })),
          steps: noneIsGood,
        }),
        number({
          title: 'Acknowledged',
          description: 'Incidents that somebody has taken up.',
          unit: 'none',
          empty: 'Windsock is silent',
          width: 4,
          expression: sum(now(families.incidents, { state: '="acknowledged"' })),
        }),
        number({
          title: 'Critical',
          description: 'Critical incidents that stand, acknowledged or not.',
          unit: 'none',
          empty: 'Windsock is silent',
          width: 4,
          expression: sum(now(families.incidents, { severity: '="critical"' })),
          steps: noneIsGood,
        }),
        number({
          title: 'Time to acknowledge',
          description: 'Median time until a person first acknowledged an incident, of those of the time shown.',
          unit: 's',
          empty: 'Nobody acknowledged one',
          width: 4,
          over: 'range',
          expression: quantile(0.5, families.incidentTimeToAcknowledge, { window: '$__range' }),
        }),
        number({
          title: 'Time to resolve',
          description: 'Median time until an incident was resolved, whatever resolved it, of those of the time shown.',
          unit: 's',
          empty: 'No incident was resolved',
          width: 4,
          over: 'range',
          expression: quantile(0.5, families.incidentTimeToResolve, { window: '$__range' }),
        }),
        number({
          title: 'Unusual tasks',
          description: 'Tasks whose last successful attempt took unusually long for their own history.',
          unit: 'none',
          empty: 'No task has a history yet',
          width: 4,
          expression: sum(promql`${now(families.taskAnomalyScore)} >= bool 0.5`),
          steps: [
            [null, palette.good],
            [1, palette.warn],
          ],
        }),
        incidentTable({
          title: 'Incidents that stand',
          description: 'One line per cause. The last column leads to its evidence and what to do.',
          width: 16,
        }),
        bars({
          title: 'By kind',
          description: 'Incidents that stand, by kind.',
          unit: 'none',
          empty: 'No incident stands',
          width: 8,
          height: 9,
          expression: promql`${sumBy(['kind'], now(families.incidents))} > 0`,
          legend: '{{kind}}',
        }),
        curves({
          title: 'Incidents by severity',
          description: 'Incidents that stand, by severity, over time.',
          unit: 'none',
          empty: 'No incident stands',
          width: 12,
          stacked: true,
          min: 0,
          series: [{ legend: '{{severity}}', expression: sumBy(['severity'], now(families.incidents)) }],
        }),
        curves({
          title: 'Resolved incidents',
          description: 'Incidents that were resolved, by severity, each hour.',
          unit: 'none',
          empty: 'No incident was resolved',
          width: 12,
          bars: '1h',
          stacked: true,
          min: 0,
          series: [
            {
              legend: '{{severity}}',
              expression: observed(families.incidentTimeToResolve, { by: ['severity'], window: '$__interval' }),
            },
          ],
        }),
      ],
    },
    {
      title: 'Anomalies',
      panels: [
        rows({
          title: 'Tasks, the most unusual first',
          description:
            'The last successful attempt beside what the history of the task lets expect. A score of 0.5 is the bound of what is usual.',
          unit: 's',
          empty: 'No task has a history yet',
          width: 12,
          height: 10,
          labels: { dag_id: dagColumn, task_id: { title: 'Task' } },
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
              expression: promql`topk(20, ${score})`,
            },
            {
              title: 'Last took',
              unit: 's',
              expression: promql`${maxBy(perTask, now(families.taskLastDuration))} and topk(20, ${score})`,
            },
            { title: 'Expected', unit: 's', expression: promql`${expected} and topk(20, ${score})` },
          ],
          sort: 'Score',
        }),
        curves({
          title: 'Scores',
          description:
            'How unusually long last attempts took: none, the worst of all tasks and the hundredth worst. From 0.5 on it is reported.',
          unit: 'percentunit',
          empty: 'No task has a history yet',
          width: 12,
          height: 10,
          min: 0,
          max: 1,
          steps: [
            [null, palette.good],
            [0.5, palette.warn],
          ],
          series: [
            { legend: 'worst', expression: maxBy([], now(families.taskAnomalyScore)) },
            { legend: 'p99', expression: promql`quantile(0.99, ${now(families.taskAnomalyScore)})` },
            { legend: 'median', expression: promql`quantile(0.5, ${now(families.taskAnomalyScore)})` },
          ],
        }),
      ],
    },
    explanations,
    byRules,
    models,
  ],
};
