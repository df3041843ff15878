import { dag, every, task, type DagSpec } from './dag.ts';

const hour = 3600;
const day = 86_400;

/** Daily and weekly DAGs, with a weekly profile: Mondays carry the weekend's load. */
export const financeDags: readonly DagSpec[] = [
  dag(
    'warehouse_daily',
    every(day, 2 * hour, '0 2 * * *', 'At 02:00'),
    [
      task('snapshot', [], { medianSeconds: 240 }),
      task('load_orders', ['snapshot'], { medianSeconds: 900, retries: 2, retryDelaySeconds: 300, failRate: 0.01 }),
      task('load_customers', ['snapshot'], { medianSeconds: 420, retries: 2, retryDelaySeconds: 300 }),
      task('load_stock', ['snapshot'], { medianSeconds: 600, retries: 2, retryDelaySeconds: 300 }),
      task('build_marts', ['load_orders', 'load_customers', 'load_stock'], { medianSeconds: 1500, spread: 0.1 }),
      task('refresh_dashboards', ['build_marts'], { medianSeconds: 120, operator: 'BashOperator' }),
      task('clean_up', ['refresh_dashboards'], { medianSeconds: 30, triggerRule: 'all_done' }),
    ],
    {
      owner: 'warehouse',
      tags: ['warehouse', 'daily', 'tier-1'],
      weekday: [0.7, 1.7, 1, 1, 1, 1.05, 0.75],
      deadlineSeconds: 2 * hour,
      maxActiveRuns: 1,
    },
  ),
  dag(
    'finance_close',
    every(day, 5 * hour, '0 5 * * *', 'At 05:00'),
    [
      task('collect_ledgers', [], { medianSeconds: 300 }),
      task('reconcile', ['collect_ledgers'], { medianSeconds: 700, retries: 0, failRate: 0.03 }),
      task('post_entries', ['reconcile'], { medianSeconds: 200, retries: 0 }),
      task('mail_summary', ['post_entries'], { medianSeconds: 5, operator: 'EmailOperator' }),
    ],
    {
      owner: 'finance',
      tags: ['finance', 'Buchhaltung', '会計'],
      deadlineSeconds: 1800,
      weekday: [0.8, 1.4, 1, 1, 1, 1.2, 0.8],
      maxActiveRuns: 1,
    },
  ),
  dag(
    'churn_model_train',
    every(7 * day, 3 * day + 3 * hour, '0 3 * * 0', 'At 03:00, only on Sunday'),
    [
      task('gather_features', [], { medianSeconds: 1200, outlets: ['customer_features'] }),
      task('train', ['gather_features'], { medianSeconds: 4 * hour, spread: 0.1, queue: 'gpu', retries: 0 }),
      task('evaluate', ['train'], { medianSeconds: 600 }),
      task('register_model', ['evaluate'], { medianSeconds: 20, skipRate: 0.2 }),
    ],
    { owner: 'machine-learning', tags: ['ml', 'weekly', 'gpu'], maxActiveRuns: 1 },
  ),
  dag(
    'feature_export',
    { kind: 'assets', assets: ['customer_features', 'sales_orders'] },
    [task('export', [], { medianSeconds: 90 }), task('announce', ['export'], { medianSeconds: 3 })],
    {
      owner: 'machine-learning',
      tags: ['ml', 'export'],
    },
  ),
];
