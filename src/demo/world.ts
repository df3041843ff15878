import { dag, every, task, type World } from './dag.ts';
import { financeDags } from './world-finance.ts';
import { platformDags } from './world-platform.ts';

const minute = 60;
const hour = 3600;

/** The shop whose Airflow the demo simulates: about 75 000 task instances in 30 days. */
export const shop: World = {
  parallelism: 32,
  hosts: ['airflow-worker-0.airflow-worker', 'airflow-worker-1.airflow-worker', 'airflow-worker-2.airflow-worker'],
  pools: [
    { pool: 'default_pool', slots: 128, description: 'Default pool', includeDeferred: false },
    { pool: 'warehouse', slots: 3, description: 'Connections to the warehouse', includeDeferred: false },
    { pool: 'partner_api', slots: 8, description: 'Rate limit of the partner API', includeDeferred: true },
  ],
  assets: [
    { name: 'sales_orders', uri: 's3://lake/sales/orders' },
    { name: 'price_list', uri: 's3://lake/prices/list' },
    { name: 'customer_features', uri: 's3://lake/features/customers' },
  ],
  dags: [
    dag(
      'sales_hourly_etl',
      every(hour, 0, '0 * * * *', 'At 0 minutes past the hour'),
      [
        task('start', [], { kind: 'empty' }),
        task('extract_orders', ['start'], { medianSeconds: 45, retries: 2, failRate: 0.01 }),
        task('extract_customers', ['start'], { medianSeconds: 30, retries: 2, failRate: 0.005 }),
        task('extract_payments', ['start'], { medianSeconds: 60, spread: 0.25, retries: 2, failRate: 0.008 }),
        task('join_orders', ['extract_orders', 'extract_customers', 'extract_payments'], {
          medianSeconds: 90,
          operator: 'SQLExecuteQueryOperator',
        }),
        task('check_totals', ['join_orders'], { medianSeconds: 12, operator: 'SQLCheckOperator', failRate: 0.004, retries: 0 }),
        task('publish', ['check_totals'], { medianSeconds: 20, outlets: ['sales_orders'] }),
        task('end', ['publish'], { kind: 'empty' }),
      ],
      {
        owner: 'data-platform',
        ownerLink: 'mailto:data-platform@shop.example',
        tags: ['etl', 'sales', 'tier-1'],
        description: 'Orders, customers and payments into the lake',
        deadlineSeconds: 900,
      },
    ),
    dag(
      'events_micro_batch',
      every(5 * minute, 0, '*/5 * * * *', 'Every 5 minutes'),
      [
        task('fetch_events', [], { medianSeconds: 8, spread: 0.2, retries: 2, retryDelaySeconds: 20, failRate: 0.004 }),
        task('load_events', ['fetch_events'], { medianSeconds: 15, spread: 0.2, retries: 1, retryDelaySeconds: 20 }),
      ],
      {
        owner: 'streaming',
        tags: ['events', 'micro-batch'],
        maxActiveRuns: 2,
        description: 'Click events, five minutes at a time',
      },
    ),
    dag(
      'stock_levels',
      every(minute, 0, '* * * * *', 'Every minute'),
      [
        task('read_tills', [], { medianSeconds: 4, spread: 0.2, retryDelaySeconds: 10, failRate: 0.01 }),
        task('update_stock', ['read_tills'], { medianSeconds: 8, spread: 0.15, retryDelaySeconds: 10 }),
      ],
      {
        owner: 'stores',
        tags: ['stock', 'every-minute'],
        description: 'What the tills sold, into the stock levels',
        deployedDaysAgo: 3,
        deadlineSeconds: 45,
        maxActiveRuns: 2,
      },
    ),
    dag(
      'price_feed',
      every(2 * minute, 0, '*/2 * * * *', 'Every 2 minutes'),
      [
        task('fetch_prices', [], {
          medianSeconds: 6,
          spread: 0.3,
          retryDelaySeconds: 15,
          failRate: 0.02,
          operator: 'HttpOperator',
        }),
        task('check_prices', ['fetch_prices'], { medianSeconds: 3 }),
        task('publish_prices', ['check_prices'], { medianSeconds: 10, outlets: ['price_list'] }),
      ],
      { owner: 'stores', tags: ['prices'], description: 'Prices of the wholesalers', deployedDaysAgo: 5 },
    ),
    dag(
      'sales_report',
      { kind: 'assets', assets: ['sales_orders'] },
      [
        task('read_orders', [], { medianSeconds: 25 }),
        task('aggregate', ['read_orders'], { medianSeconds: 70, spread: 0.2 }),
        task('render_report', ['aggregate'], { medianSeconds: 18, operator: 'BashOperator' }),
      ],
      { owner: 'analytics', tags: ['reporting', 'sales'], description: 'Follows every update of the orders' },
    ),
    dag(
      'image_tiles',
      every(2 * hour, 20 * minute, '20 */2 * * *', 'At 20 minutes past the hour, every 2 hours'),
      [
        task('list_images', [], { medianSeconds: 10 }),
        task('render_tile', ['list_images'], {
          medianSeconds: 40,
          spread: 0.3,
          mapped: { min: 4, max: 18 },
          queue: 'gpu',
          failRate: 0.006,
          retries: 2,
        }),
        task('publish_tiles', ['render_tile'], { medianSeconds: 15 }),
      ],
      { owner: 'media', tags: ['images', 'gpu'], weekday: [0.5, 1.2, 1, 1, 1, 1.1, 0.6] },
    ),
    dag(
      'partner_files',
      every(4 * hour, 15 * minute, '15 */4 * * *', 'At 15 minutes past the hour, every 4 hours'),
      [
        task('wait_for_file', [], {
          kind: 'sensor',
          medianSeconds: 420,
          spread: 0.4,
          pokeSeconds: 60,
          pool: 'partner_api',
          retries: 0,
        }),
        task('import_file', ['wait_for_file'], { medianSeconds: 120, spread: 0.2 }),
        task('notify_partner', ['import_file'], { medianSeconds: 4, retries: 3, failRate: 0.02, operator: 'HttpOperator' }),
      ],
      { owner: 'integrations', tags: ['partner', 'sensor'] },
    ),
    dag(
      'quality_gate',
      every(hour, 40 * minute, '40 * * * *', 'At 40 minutes past the hour'),
      [
        task('profile_tables', [], { medianSeconds: 35 }),
        task('choose_path', ['profile_tables'], { kind: 'branch', medianSeconds: 2 }),
        task('full_check', ['choose_path'], { medianSeconds: 150, spread: 0.25 }),
        task('quick_check', ['choose_path'], { medianSeconds: 30, skipRate: 0.02 }),
        task('summarise', ['full_check', 'quick_check'], { medianSeconds: 8, triggerRule: 'none_failed_min_one_success' }),
      ],
      { owner: 'data-quality', tags: ['quality', 'données'], ownerLink: 'https://wiki.shop.example/data-quality' },
    ),
    ...financeDags,
    ...platformDags,
  ],
};
