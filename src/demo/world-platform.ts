import { dag, every, task, type DagSpec } from './dag.ts';

const minute = 60;
const hour = 3600;
const day = 86_400;

const exportTask = (table: string) =>
  task(`export_${table}`, [], { medianSeconds: 50, spread: 0.2, pool: 'warehouse', operator: 'SQLExecuteQueryOperator' });

/** The DAGs that show Airflow's less common sides. */
export const platformDags: readonly DagSpec[] = [
  dag(
    'warehouse_poll',
    every(30 * minute, 5 * minute, '5,35 * * * *', 'At 5 and 35 minutes past the hour'),
    [
      task('submit_query', [], { medianSeconds: 4 }),
      task('await_query', ['submit_query'], { kind: 'deferrable', medianSeconds: 180, spread: 0.3 }),
      task('fetch_result', ['await_query'], { medianSeconds: 10 }),
    ],
    { owner: 'warehouse', tags: ['deferrable'] },
  ),
  dag(
    'flaky_weather_api',
    every(20 * minute, 10 * minute, '10,30,50 * * * *', 'At 10, 30 and 50 minutes past the hour'),
    [
      task('call_api', [], {
        medianSeconds: 6,
        spread: 0.4,
        failRate: 0.22,
        retries: 3,
        retryDelaySeconds: 30,
        pool: 'partner_api',
        operator: 'HttpOperator',
      }),
      task('store_weather', ['call_api'], { medianSeconds: 5 }),
    ],
    { owner: 'integrations', tags: ['api', 'flaky', 'météo'] },
  ),
  dag(
    'db_exports',
    every(30 * minute, 0, '*/30 * * * *', 'Every 30 minutes'),
    [
      ...['orders', 'users', 'stock', 'prices', 'returns'].map(exportTask),
      task(
        'manifest',
        ['orders', 'users', 'stock', 'prices', 'returns'].map((table) => `export_${table}`),
        { medianSeconds: 5 },
      ),
    ],
    { owner: 'warehouse', tags: ['export', 'pool'], maxActiveRuns: 4 },
  ),
  dag(
    'calendar_markers',
    every(hour, 0, '0 * * * *', 'At 0 minutes past the hour'),
    [
      task('hour_begins', [], { kind: 'empty' }),
      task('business_day', ['hour_begins'], { kind: 'empty' }),
      task('hour_ends', ['business_day'], { kind: 'empty' }),
    ],
    { owner: 'data-platform', tags: ['markers'] },
  ),
  dag(
    'nightly_scrape',
    every(day, 23 * hour, '0 23 * * *', 'At 23:00'),
    [
      task('scrape', [], { medianSeconds: 1300, spread: 0.35, retries: 0 }),
      task('parse', ['scrape'], { medianSeconds: 300 }),
      task('store', ['parse'], { medianSeconds: 60 }),
    ],
    { owner: 'media', tags: ['scrape'], runTimeoutSeconds: 45 * minute, maxActiveRuns: 1 },
  ),
  dag(
    'orchestrate_rebuild',
    every(6 * hour, 50 * minute, '50 */6 * * *', 'At 50 minutes past the hour, every 6 hours'),
    [
      task('prepare', [], { medianSeconds: 15 }),
      task('trigger_rebuild', ['prepare'], { kind: 'trigger', medianSeconds: 2, triggers: 'rebuild_index' }),
    ],
    {
      owner: 'search',
      tags: ['search'],
    },
  ),
  dag(
    'rebuild_index',
    { kind: 'none' },
    [
      task('dump', [], { medianSeconds: 120 }),
      task('index', ['dump'], { medianSeconds: 400, spread: 0.2 }),
      task('swap', ['index'], { medianSeconds: 6 }),
    ],
    { owner: 'search', tags: ['search', 'triggered'] },
  ),
  dag(
    'one_off_backfill',
    { kind: 'none', manualEverySeconds: 3 * day },
    [task('plan', [], { medianSeconds: 10 }), task('apply', ['plan'], { medianSeconds: 300, spread: 0.5, failRate: 0.1 })],
    { owner: 'warehouse', tags: ['manual'] },
  ),
  dag('legacy_sync', every(hour, 0, '0 * * * *', 'At 0 minutes past the hour'), [task('sync', [], { medianSeconds: 60 })], {
    owner: 'nobody',
    tags: ['legacy', 'paused "for now"'],
    paused: true,
    description: 'Paused since the move',
  }),
  dag(
    'marketing_mails',
    every(hour, 25 * minute, '25 * * * *', 'At 25 minutes past the hour'),
    [task('segment', [], { medianSeconds: 30 }), task('send', ['segment'], { medianSeconds: 90 })],
    { owner: 'marketing', tags: ['mail'], broken: true },
  ),
];
