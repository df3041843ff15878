import { families } from '../../src/measure/catalogue.ts';
import { textVariable, type Board } from '../frame.ts';
import { palette } from '../palette.ts';
import { curves, number, rows } from '../panels.ts';
import { added, increase, maxBy, mean, now, observed, promql, ratio, sum, sumBy, withInfo, type Expression } from '../query.ts';
import { chosenDags, dagColumn, dagsVariable, highIsGood, noneIsGood, ownerVariable, runsEnded } from '../shared.ts';

const perDag = ['airflow', 'dag_id'];
const runs = (window: string): { succeeded: Expression; ended: Expression } => {
  const succeeded = increase(families.dagRunSuccess, window, chosenDags);
  return { succeeded, ended: promql`${succeeded} + ${increase(families.dagRunFailure, window, chosenDags)}` };
};
const shareOf = (window: string): Expression => ratio(sum(runs(window).succeeded), sum(runs(window).ended));

/** Hours for which successful attempts held a slot. */
const slotHours = (window: string, by: readonly ('airflow' | 'dag_id')[]): Expression =>
  promql`${added(families.taskDuration, { by, window, matchers: chosenDags })} / 3600`;
const cost = (hours: Expression): Expression => promql`${hours} * $slot_hour_rate`;
const owned = (inner: Expression): Expression => withInfo(inner, families.dagInfo, perDag, ['dag_owner']);
const byOwner = (inner: Expression): Expression => sumBy(['dag_owner'], owned(inner));
const hours = slotHours('$__range', ['airflow', 'dag_id']);

export const executive: Board = {
  uid: 'windsock-executive',
  title: 'Windsock / Executive',
  description: 'How reliable is the platform, how fast is it repaired, and what does it cost?',
  variables: [
    ownerVariable(),
    dagsVariable(),
    textVariable(
      'slot_hour_rate',
      'Cost of a slot-hour',
      '0.10',
      'What one task slot costs for an hour, in your currency: the cost of the workers, divided by their slots.',
    ),
  ],
  from: 'now-30d',
  rows: [
    {
      title: 'In the time shown',
      panels: [
        number({
          title: 'Runs that succeeded',
          description: 'Share of the runs that ended, and succeeded.',
          unit: 'percentunit',
          decimals: 2,
          empty: 'No run ended in this time',
          width: 4,
          over: 'range',
          expression: shareOf('$__range'),
          steps: highIsGood,
        }),
        number({
          title: 'Time to resolve',
          description: 'MTTR: mean time from the opening of an incident until it was resolved, whatever resolved it.',
          unit: 's',
          empty: 'No incident was resolved',
          width: 4,
          over: 'range',
          expression: mean(families.incidentTimeToResolve, { window: '$__range' }),
        }),
        number({
          title: 'Time to acknowledge',
          description: 'MTTA: mean time from the opening of an incident until a person first acknowledged it.',
          unit: 's',
          empty: 'Nobody acknowledged one',
          width: 4,
          over: 'range',
          expression: mean(families.incidentTimeToAcknowledge, { window: '$__range' }),
        }),
        number({
          title: 'SLAs that are met',
          description: 'Share of the SLAs that are met now; unknown ones are left out.',
          unit: 'percentunit',
          decimals: 1,
          empty: 'No SLA is known to be met or not',
          width: 4,
          expression: ratio(sum(now(families.slaMet)), promql`count(${now(families.slaMet)})`),
          steps: highIsGood,
        }),
        number({
          title: 'Slot-hours',
          description: 'Hours for which successful attempts of tasks held a worker slot.',
          unit: 'h',
          decimals: 1,
          empty: 'No attempt succeeded in this time',
          width: 4,
          over: 'range',
          expression: slotHours('$__range', []),
        }),
        number({
          title: 'Cost',
          description: 'Slot-hours by the cost of a slot-hour that stands above, in its currency.',
          unit: 'short',
          decimals: 2,
          empty: 'No attempt succeeded in this time',
          width: 4,
          over: 'range',
          expression: cost(slotHours('$__range', [])),
        }),
      ],
    },
    {
      title: 'Trend',
      panels: [
        curves({
          title: 'Success by day',
          description: 'Share of the runs of each day that succeeded.',
          unit: 'percentunit',
          empty: 'No run ended in this time',
          width: 12,
          bars: '1d',
          max: 1,
          series: [{ legend: 'runs that succeeded', expression: shareOf('$__interval') }],
        }),
        runsEnded(
          { title: 'Runs by day', description: 'Runs that succeeded and that failed, each day.', width: 12, bars: '1d' },
          chosenDags,
        ),
        curves({
          title: 'Time to resolve by day',
          description: 'Mean time until incidents were resolved, of those that were resolved that day.',
          unit: 's',
          empty: 'No incident was resolved',
          width: 8,
          bars: '1d',
          min: 0,
          series: [{ legend: 'time to resolve', expression: mean(families.incidentTimeToResolve, { window: '$__interval' }) }],
        }),
        curves({
          title: 'Resolved incidents by day',
          description:
            'Incidents that were resolved, by severity. Rises with the number of incidents, and with how fast they are closed.',
          unit: 'none',
          empty: 'No incident was resolved',
          width: 8,
          bars: '1d',
          stacked: true,
          min: 0,
          series: [
            {
              legend: '{{severity}}',
              expression: observed(families.incidentTimeToResolve, { by: ['severity'], window: '$__interval' }),
            },
          ],
        }),
        curves({
          title: 'Slot-hours by day',
          description: 'Hours for which successful attempts held a worker slot, each day.',
          unit: 'h',
          empty: 'No attempt succeeded in this time',
          width: 8,
          bars: '1d',
          min: 0,
          series: [{ legend: 'slot-hours', expression: slotHours('$__interval', []) }],
        }),
      ],
    },
    {
      title: 'Who',
      panels: [
        rows({
          title: 'Cost by DAG',
          description: 'Slot-hours, cost and success of each DAG in the time shown. What costs much and fails often pays first.',
          unit: 'h',
          empty: 'No attempt succeeded in this time',
          width: 14,
          height: 12,
          labels: { dag_id: dagColumn, dag_owner: { title: 'Owner' } },
          values: [
            { title: 'Slot-hours', unit: 'h', decimals: 2, expression: owned(hours) },
            { title: 'Cost', unit: 'short', decimals: 2, expression: owned(cost(hours)) },
            {
              title: 'Succeeded',
              unit: 'percentunit',
              decimals: 1,
              steps: highIsGood,
              expression: owned(ratio(sumBy(perDag, runs('$__range').succeeded), sumBy(perDag, runs('$__range').ended))),
            },
            {
              title: 'Failed runs',
              decimals: 0,
              steps: noneIsGood,
              expression: owned(maxBy(perDag, increase(families.dagRunFailure, '$__range', chosenDags))),
            },
          ],
          sort: 'Cost',
        }),
        rows({
          title: 'Cost by owner',
          description: 'Slot-hours and cost of the DAGs of each owner in the time shown.',
          unit: 'h',
          empty: 'No attempt succeeded in this time',
          width: 10,
          height: 12,
          labels: { dag_owner: { title: 'Owner' } },
          values: [
            { title: 'Slot-hours', unit: 'h', decimals: 2, expression: byOwner(hours) },
            { title: 'Cost', unit: 'short', decimals: 2, expression: byOwner(cost(hours)), steps: [[null, palette.plain]] },
          ],
          sort: 'Cost',
        }),
      ],
    },
  ],
};
