import { families } from '../../src/measure/catalogue.ts';
import type { Board } from '../frame.ts';
import { dagOfSeries } from '../links.ts';
import { palette } from '../palette.ts';
import { bars, curves, heat, number, rows, states } from '../panels.ts';
import { age, buckets, countWhere, maxBy, now, promql, quantile, rate, ratio, sum, sumBy, top } from '../query.ts';
import { incidentMarks, noneIsGood } from '../shared.ts';

const slots = (state: 'open' | 'running' | 'queued' | 'scheduled' | 'deferred') =>
  maxBy(['airflow', 'pool'], now(families.poolSlots, { state: `="${state}"` }));
const used = promql`${slots('running')} + ${slots('queued')}`;
const poolUse = ratio(used, promql`${used} + ${slots('open')}`);
const ended = [families.taskSuccess, families.taskRetry, families.taskFailure].map((family) => sum(rate(family)));

const waitSteps = [
  [null, palette.good],
  [60, palette.warn],
  [600, palette.bad],
] as const;

export const scheduler: Board = {
  uid: 'windsock-scheduler',
  title: 'Windsock / Scheduler & capacity',
  description: 'Does Airflow itself keep up: scheduler, queue, pools, workers?',
  from: 'now-6h',
  annotations: [incidentMarks()],
  rows: [
    {
      title: 'Now',
      panels: [
        number({
          title: 'Components down',
          description: 'Components whose heartbeat is too old or that do not run.',
          unit: 'none',
          empty: 'No component has reported',
          width: 4,
          expression: countWhere(now(families.componentUp), '== bool 0'),
          steps: noneIsGood,
        }),
        number({
          title: 'Running task instances',
          description: 'Task instances that run now.',
          unit: 'none',
          empty: 'Not known',
          width: 4,
          expression: sum(now(families.taskInstances, { state: '="running"' })),
        }),
        number({
          title: 'Queued task instances',
          description: 'Task instances that wait for a worker now.',
          unit: 'none',
          empty: 'Not known',
          width: 4,
          expression: sum(now(families.taskQueueSize)),
        }),
        number({
          title: 'Longest in the queue',
          description: 'How long the oldest queued task instance has been waiting.',
          unit: 's',
          empty: 'Nothing is queued',
          width: 4,
          expression: age(maxBy([], now(families.oldestQueuedTask))),
          steps: waitSteps,
        }),
        number({
          title: 'Fullest pool',
          description: 'Share of the slots in use of the pool that is fullest; pools without a limit are left out.',
          unit: 'percentunit',
          decimals: 0,
          empty: 'No pool has a limit',
          width: 4,
          expression: maxBy([], poolUse),
          steps: [
            [null, palette.good],
            [0.8, palette.warn],
            [1, palette.bad],
          ],
        }),
        number({
          title: 'Import errors',
          description: 'DAG files that Airflow cannot import now.',
          unit: 'none',
          empty: 'Not known',
          width: 4,
          expression: sum(now(families.importErrors)),
          steps: noneIsGood,
        }),
      ],
    },
    {
      title: 'Scheduler',
      panels: [
        states({
          title: 'Components',
          description: 'Which components had a fresh heartbeat.',
          unit: 'none',
          empty: 'No component has reported',
          width: 8,
          expression: now(families.componentUp),
          legend: '{{component}}',
          words: { '0': ['down', palette.bad], '1': ['up', palette.good] },
        }),
        curves({
          title: 'Age of heartbeats',
          description: 'How long ago each component last gave a heartbeat. A sawtooth of a few seconds is healthy.',
          unit: 's',
          empty: 'No component has reported',
          width: 8,
          min: 0,
          series: [{ legend: '{{component}}', expression: age(maxBy(['component'], now(families.componentHeartbeat))) }],
        }),
        curves({
          title: 'How late runs start',
          description:
            'From when scheduled runs were due until they started. It rises when the scheduler does not keep up, or when runs wait for max_active_runs.',
          unit: 's',
          empty: 'No scheduled run started',
          width: 8,
          min: 0,
          series: [
            { legend: 'median', expression: quantile(0.5, families.dagScheduleDelay, { window: '1h' }) },
            { legend: 'p95', expression: quantile(0.95, families.dagScheduleDelay, { window: '1h' }) },
            { legend: 'p99', expression: quantile(0.99, families.dagScheduleDelay, { window: '1h' }) },
          ],
        }),
      ],
    },
    {
      title: 'Queue',
      panels: [
        curves({
          title: 'Task instances by state',
          description:
            'Unfinished task instances. Scheduled ones wait for a pool slot or a concurrency limit, queued ones for a worker.',
          unit: 'none',
          empty: 'Nothing is under way',
          width: 8,
          stacked: true,
          min: 0,
          series: [{ legend: '{{state}}', expression: sumBy(['state'], now(families.taskInstances)) }],
        }),
        curves({
          title: 'Wait in the queue',
          description:
            'How long attempts had been queued before they started: one in twenty waited longer. Rises when workers are short.',
          unit: 's',
          empty: 'No attempt ended',
          width: 8,
          min: 0,
          series: [
            { legend: 'queue {{queue}}', expression: quantile(0.95, families.taskQueueWait, { by: ['queue'], window: '15m' }) },
          ],
        }),
        heat({
          title: 'Waits in the queue',
          description: 'How many attempts waited how long before they started.',
          unit: 's',
          empty: 'No attempt ended',
          width: 8,
          expression: buckets(families.taskQueueWait),
        }),
      ],
    },
    {
      title: 'Capacity',
      panels: [
        bars({
          title: 'Pools by use',
          description: 'Share of the slots of each pool that run or are queued. A full pool holds its tasks back.',
          unit: 'percentunit',
          empty: 'No pool has a limit',
          width: 8,
          expression: poolUse,
          legend: '{{pool}}',
          max: 1,
          steps: [
            [null, palette.good],
            [0.8, palette.warn],
            [1, palette.bad],
          ],
        }),
        rows({
          title: 'Pool slots',
          description: 'Slots by pool. Scheduled ones wait for a slot: where they wait and none is open, the pool is too small.',
          unit: 'none',
          empty: 'There is no pool',
          width: 8,
          labels: { pool: { title: 'Pool' } },
          values: [
            { title: 'Waiting', expression: slots('scheduled'), steps: [[null, palette.plain]] },
            { title: 'Open', expression: slots('open') },
            { title: 'Running', expression: slots('running') },
            { title: 'Queued', expression: slots('queued') },
            { title: 'Deferred', expression: slots('deferred') },
          ],
          sort: 'Waiting',
        }),
        curves({
          title: 'Use of pools',
          description: 'Share of the slots of each pool that run or are queued, over time.',
          unit: 'percentunit',
          empty: 'No pool has a limit',
          width: 8,
          min: 0,
          max: 1,
          series: [{ legend: 'pool {{pool}}', expression: poolUse }],
        }),
        curves({
          title: 'Throughput',
          description: 'Attempts that ended, per minute: what Airflow gets done.',
          unit: 'cpm',
          empty: 'No attempt ended',
          width: 8,
          min: 0,
          series: [
            {
              legend: 'attempts',
              expression: promql`60 * (${ended[0] ?? sum(rate(families.taskSuccess))} + ${ended[1] ?? 0} + ${ended[2] ?? 0})`,
            },
          ],
        }),
        curves({
          title: 'Runs under way',
          description:
            'Runs that are running or queued, of the ten DAGs with the most. A DAG that gathers runs does not keep up.',
          unit: 'none',
          empty: 'No run is under way',
          width: 8,
          stacked: true,
          min: 0,
          links: dagOfSeries,
          series: [
            { legend: 'DAG {{dag_id}}', expression: promql`${top(10, maxBy(['dag_id'], now(families.activeDagRuns)))} > 0` },
          ],
        }),
        rows({
          title: 'Versions of Airflow',
          description: 'What each deployment runs, by the revision of its schema. Several patch releases share one.',
          unit: 'none',
          empty: 'Airflow is not being read',
          width: 8,
          labels: { airflow: { title: 'Airflow' }, version: { title: 'Version' }, revision: { title: 'Schema' } },
          values: [
            {
              title: 'Database',
              words: { '0': ['does not answer', palette.bad], '1': ['answers', palette.good] },
              expression: promql`${now(families.info)} * on (airflow) group_left () ${maxBy(['airflow'], now(families.up))}`,
            },
          ],
          sort: 'Version',
        }),
      ],
    },
  ],
};
