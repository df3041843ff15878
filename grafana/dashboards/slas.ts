import { families } from '../../src/measure/catalogue.ts';
import { labelVariable, type Board } from '../frame.ts';
import { dagOfSeries } from '../links.ts';
import { palette } from '../palette.ts';
import { bars, curves, number, rows } from '../panels.ts';
import { age, bottom, countWhere, increase, maxBy, now, promql, ratio, sum, sumBy, top } from '../query.ts';
import { budgetSteps, dagColumn, breachWords, incidentMarks, noneIsGood } from '../shared.ts';

const chosen = { sla: '=~"$sla"' } as const;
const perTarget = ['sla', 'dag_id', 'task_id'];
const legend = '{{sla}} {{dag_id}} {{task_id}}';
const met = now(families.slaMet, chosen);

export const slas: Board = {
  uid: 'windsock-slas',
  title: 'Windsock / SLA compliance',
  description: 'Which promises are kept, and how much may still go wrong?',
  variables: [
    labelVariable('sla', {
      label: 'SLA',
      of: `${families.slaObjective.name}{airflow=~"$airflow"}, sla`,
      hint: 'SLAs of the configuration.',
      every: 'any',
    }),
  ],
  from: 'now-7d',
  annotations: [incidentMarks()],
  rows: [
    {
      title: 'Now',
      panels: [
        number({
          title: 'SLAs that are met',
          description:
            'Share of the SLAs, counted per DAG or task that they are about, that are met now. Unknown ones are left out.',
          unit: 'percentunit',
          decimals: 1,
          empty: 'No SLA is configured, or too little is known',
          width: 5,
          expression: ratio(sum(met), promql`count(${met})`),
          steps: [
            [null, palette.bad],
            [0.9, palette.warn],
            [1, palette.good],
          ],
        }),
        number({
          title: 'Breached',
          description: 'SLAs that are not met now.',
          unit: 'none',
          empty: 'No SLA is known to be met or not',
          width: 5,
          expression: countWhere(met, '== bool 0'),
          steps: noneIsGood,
        }),
        number({
          title: 'Budgets that are spent',
          description: 'SLAs that may not have one more bad run in their window.',
          unit: 'none',
          empty: 'No budget is known',
          width: 5,
          expression: countWhere(now(families.slaBudgetRuns, chosen), '< bool 1'),
          steps: noneIsGood,
        }),
        number({
          title: 'Fastest burn',
          description: 'How many times as fast as promised the fastest budget is being spent. At 1 it lasts just for the window.',
          unit: 'none',
          decimals: 1,
          empty: 'Nothing burns',
          width: 4,
          expression: maxBy([], now(families.slaBurnRate, chosen)),
          steps: [
            [null, palette.good],
            [1, palette.warn],
            [6, palette.bad],
          ],
        }),
        number({
          title: 'Bad runs',
          description: 'Runs, or slices of time, that went bad in the time shown.',
          unit: 'none',
          decimals: 0,
          empty: 'No SLA is configured',
          width: 5,
          over: 'range',
          expression: sum(increase(families.slaViolations, '$__range', chosen)),
          steps: noneIsGood,
        }),
        rows({
          title: 'Compliance',
          description:
            'Each SLA on each of its targets, the least budget first. Without a DAG it is about all of its targets together. The value and what it is held against are shares, seconds, or what was posted.',
          unit: 'percentunit',
          empty: 'No SLA is configured',
          width: 24,
          height: 10,
          labels: { sla: { title: 'SLA' }, dag_id: dagColumn, task_id: { title: 'Task' } },
          values: [
            { title: 'State', words: breachWords, expression: maxBy(perTarget, now(families.slaSeverity, chosen)) },
            {
              title: 'Promised',
              unit: 'percentunit',
              decimals: 2,
              expression: maxBy(perTarget, now(families.slaObjective, chosen)),
            },
            {
              title: 'Kept',
              unit: 'percentunit',
              decimals: 2,
              expression: maxBy(perTarget, now(families.slaCompliance, chosen)),
            },
            {
              title: 'Budget spent',
              unit: 'percentunit',
              decimals: 0,
              steps: [
                [null, palette.good],
                [0.75, palette.warn],
                [1, palette.bad],
              ],
              expression: promql`1 - ${maxBy(perTarget, now(families.slaBudgetRatio, chosen))}`,
            },
            { title: 'Bad runs left', decimals: 0, expression: maxBy(perTarget, now(families.slaBudgetRuns, chosen)) },
            { title: 'Burn', decimals: 1, expression: maxBy(perTarget, now(families.slaBurnRate, chosen)) },
            { title: 'Value', decimals: 3, expression: maxBy(perTarget, now(families.slaValue, chosen)) },
            { title: 'Held against', decimals: 3, expression: maxBy(perTarget, now(families.slaThreshold, chosen)) },
            {
              title: 'Critical at',
              decimals: 3,
              expression: maxBy(perTarget, now(families.slaSeverityThreshold, { ...chosen, severity: '="critical"' })),
            },
            { title: 'Window', unit: 's', expression: maxBy(perTarget, now(families.slaWindow, chosen)) },
          ],
          sort: 'Budget spent',
        }),
      ],
    },
    {
      title: 'Over time',
      panels: [
        curves({
          title: 'Budget left',
          description: 'Share of the error budget that is left, of the twelve SLAs with the least. Below 0 it is overspent.',
          unit: 'percentunit',
          empty: 'No budget is known',
          width: 12,
          steps: budgetSteps,
          links: dagOfSeries,
          series: [{ legend, expression: bottom(12, maxBy(perTarget, now(families.slaBudgetRatio, chosen))) }],
        }),
        curves({
          title: 'Burn',
          description:
            'How many times as fast as promised budgets are spent, of the twelve fastest. Windows count runs, or time for SLAs about time.',
          unit: 'none',
          empty: 'Nothing burns',
          width: 12,
          min: 0,
          links: dagOfSeries,
          series: [
            {
              legend: `${legend} ({{window}})`,
              expression: top(12, maxBy([...perTarget, 'window'], now(families.slaBurnRate, chosen))),
            },
          ],
        }),
        curves({
          title: 'Kept',
          description: 'Share of good runs, or good time, in the window of each SLA, of the twelve worst.',
          unit: 'percentunit',
          empty: 'Nothing was counted yet',
          width: 12,
          max: 1,
          links: dagOfSeries,
          series: [{ legend, expression: bottom(12, maxBy(perTarget, now(families.slaCompliance, chosen))) }],
        }),
        curves({
          title: 'Bad runs by SLA',
          description: 'Runs, or slices of time, that went bad, by SLA.',
          unit: 'none',
          empty: 'No SLA is configured',
          width: 12,
          bars: '1h',
          stacked: true,
          min: 0,
          series: [
            { legend: 'SLA {{sla}}', expression: sumBy(['sla'], increase(families.slaViolations, '$__interval', chosen)) },
          ],
        }),
      ],
    },
    {
      title: 'Deadlines and freshness',
      panels: [
        curves({
          title: "Airflow's own deadlines",
          description: 'Deadline alerts of the last 7 days by state (Airflow 3.1 and later), and SLA misses (Airflow 2).',
          unit: 'none',
          empty: 'No DAG has a deadline',
          width: 8,
          min: 0,
          series: [
            { legend: '{{state}}', expression: sumBy(['state'], now(families.deadlines)) },
            { legend: 'SLA misses of Airflow 2', expression: sum(now(families.slaMisses)) },
          ],
        }),
        bars({
          title: 'DAGs by time since their last success',
          description: 'The fifteen DAGs whose last success is the longest ago. Weekly ones stand here rightly.',
          unit: 's',
          empty: 'No DAG has succeeded',
          width: 8,
          expression: top(15, age(maxBy(['dag_id'], now(families.dagLastSuccess)))),
          legend: '{{dag_id}}',
        }),
        bars({
          title: 'Assets by age',
          description: 'The fifteen assets that were updated the longest ago (Airflow 2: datasets).',
          unit: 's',
          empty: 'No asset was updated',
          width: 8,
          expression: top(15, age(maxBy(['asset'], now(families.assetLastEvent)))),
          legend: '{{asset}}',
        }),
      ],
    },
  ],
};
