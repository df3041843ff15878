import { families } from '../../src/measure/catalogue.ts';
import type { Board } from '../frame.ts';
import { palette } from '../palette.ts';
import { curves, number, rows, states } from '../panels.ts';
import { age, countWhere, increase, maxBy, now, promql, ratio, sum, sumBy, top, withInfo } from '../query.ts';
import {
  attemptsEnded,
  chosenDags,
  dagColumn,
  dagsVariable,
  highIsGood,
  incidentMarks,
  incidentTable,
  noneIsGood,
  ownerVariable,
  runsEnded,
} from '../shared.ts';

const perDag = ['airflow', 'dag_id'];
const succeeded = increase(families.dagRunSuccess, '$__range', chosenDags);
const failed = increase(families.dagRunFailure, '$__range', chosenDags);

export const overview: Board = {
  uid: 'windsock-overview',
  title: 'Windsock / Overview',
  description: 'Is anything wrong now, and where? Start here.',
  variables: [ownerVariable(), dagsVariable()],
  from: 'now-6h',
  annotations: [incidentMarks()],
  rows: [
    {
      title: 'Now',
      panels: [
        number({
          title: 'Open incidents',
          description:
            'Incidents that are open or acknowledged. Members of another incident are not counted: one cause, one incident.',
          unit: 'none',
          empty: 'Windsock is silent',
          width: 4,
          expression: sum(now(families.incidents)),
          steps: noneIsGood,
        }),
        number({
          title: 'Failing DAGs',
          description: 'DAGs whose latest run failed.',
          unit: 'none',
          empty: 'No DAG has run',
          width: 4,
          expression: countWhere(now(families.dagConsecutiveFailures, chosenDags), '> bool 0'),
          steps: noneIsGood,
        }),
        number({
          title: 'Runs that succeeded',
          description: 'Share of the runs that ended in the time shown, and succeeded.',
          unit: 'percentunit',
          decimals: 1,
          empty: 'No run ended in this time',
          width: 4,
          over: 'range',
          expression: ratio(sum(succeeded), promql`${sum(succeeded)} + ${sum(failed)}`),
          steps: highIsGood,
        }),
        number({
          title: 'Longest in the queue',
          description: 'How long the oldest queued task instance has been waiting for a worker.',
          unit: 's',
          empty: 'Nothing is queued',
          width: 4,
          expression: age(maxBy([], now(families.oldestQueuedTask))),
          steps: [
            [null, palette.good],
            [300, palette.warn],
            [1800, palette.bad],
          ],
        }),
        number({
          title: 'Import errors',
          description: 'DAG files that Airflow cannot import now: their DAGs do not run.',
          unit: 'none',
          empty: 'Not known',
          width: 4,
          expression: sum(now(families.importErrors)),
          steps: noneIsGood,
        }),
        number({
          title: 'Age of the data',
          description: 'How long ago Airflow was read last. Everything else here is as old as that.',
          unit: 's',
          empty: 'Airflow is not being read',
          width: 4,
          expression: age(maxBy([], now(families.snapshotTimestamp))),
          steps: [
            [null, palette.good],
            [60, palette.warn],
            [120, palette.bad],
          ],
        }),
        incidentTable({
          title: 'Incidents',
          description: 'What is wrong now, one line per cause. The last column leads to the cause, its evidence and what to do.',
          width: 16,
        }),
        states({
          title: 'Components of Airflow',
          description: 'Which components had a fresh heartbeat. Without a scheduler nothing starts.',
          unit: 'none',
          empty: 'No component has reported',
          width: 8,
          height: 9,
          expression: now(families.componentUp),
          legend: '{{component}}',
          words: { '0': ['down', palette.bad], '1': ['up', palette.good] },
        }),
      ],
    },
    {
      title: 'What ran',
      panels: [
        runsEnded(
          { title: 'Runs that ended', description: 'Runs that succeeded and that failed.', width: 12, bars: '5m' },
          chosenDags,
        ),
        attemptsEnded(
          {
            title: 'Attempts that ended',
            description: 'How attempts of tasks ended. A retry is an attempt that failed and is tried again.',
            width: 12,
            bars: '5m',
          },
          chosenDags,
        ),
        curves({
          title: 'Unfinished task instances',
          description: 'Task instances by state. Many scheduled or queued beside few running: slots or workers are short.',
          unit: 'none',
          empty: 'Nothing is under way',
          width: 12,
          stacked: true,
          min: 0,
          series: [{ legend: '{{state}}', expression: sumBy(['state'], now(families.taskInstances)) }],
        }),
        curves({
          title: 'Incidents by severity',
          description: 'Incidents that stand, by severity.',
          unit: 'none',
          empty: 'No incident stands',
          width: 12,
          stacked: true,
          min: 0,
          series: [{ legend: '{{severity}}', expression: sumBy(['severity'], now(families.incidents)) }],
        }),
      ],
    },
    {
      title: 'Where',
      panels: [
        rows({
          title: 'DAGs, the worst first',
          description:
            'Failures since the last success, what became of the runs in the time shown, and when a run last succeeded.',
          unit: 'none',
          empty: 'No DAG has run',
          width: 14,
          height: 12,
          labels: { dag_id: dagColumn, dag_owner: { title: 'Owner' } },
          values: [
            {
              title: 'Failed in a row',
              expression: withInfo(maxBy(perDag, now(families.dagConsecutiveFailures, chosenDags)), families.dagInfo, perDag, [
                'dag_owner',
              ]),
              steps: noneIsGood,
            },
            {
              title: 'Succeeded',
              unit: 'percentunit',
              decimals: 1,
              steps: highIsGood,
              expression: withInfo(
                ratio(sumBy(perDag, succeeded), promql`${sumBy(perDag, succeeded)} + ${sumBy(perDag, failed)}`),
                families.dagInfo,
                perDag,
                ['dag_owner'],
              ),
            },
            {
              title: 'Last success',
              unit: 's',
              expression: withInfo(age(maxBy(perDag, now(families.dagLastSuccess, chosenDags))), families.dagInfo, perDag, [
                'dag_owner',
              ]),
            },
          ],
          sort: 'Failed in a row',
        }),
        rows({
          title: 'Tasks that fail most',
          description: 'Attempts that failed in the time shown, retries included.',
          unit: 'none',
          empty: 'No attempt failed in this time',
          width: 10,
          height: 12,
          labels: { dag_id: dagColumn, task_id: { title: 'Task' } },
          values: [
            {
              title: 'Failed attempts',
              decimals: 0,
              expression: promql`${top(
                20,
                sumBy(
                  ['dag_id', 'task_id'],
                  promql`${increase(families.taskFailure, '$__range', chosenDags)} + ${increase(families.taskRetry, '$__range', chosenDags)}`,
                ),
              )} > 0`,
            },
          ],
          sort: 'Failed attempts',
        }),
      ],
    },
  ],
};
