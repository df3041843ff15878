import type { PatternSources, SlaSources } from '../../src/http/sources.ts';
import type { ClusterSummary } from '../../src/patterns/list-clusters.ts';
import type { SlaStatus } from '../../src/sla/status.ts';
import { at } from './findings.ts';

const summaries: ClusterSummary[] = [
  {
    cluster: {
      id: 'f'.repeat(40),
      type: 'OSError',
      template: "[Errno 28] No space left on device: '<PATH>'",
      example: "[Errno 28] No space left on device: '/var/spool/exports/ledger.parquet'",
      count: 1284,
      firstSeenAt: at('00:10'),
      lastSeenAt: at('10:18'),
      cause: {
        incidentId: 'inc-disk',
        category: 'resource_error',
        text: 'The disk that holds /var/spool/exports on worker-2 is full.',
        docs: 'https://docs.python.org/3/library/errno.html',
      },
    },
    members: 2,
    places: [
      { dagId: 'ledger_export', taskId: 'write_parquet', count: 1250 },
      { dagId: 'invoices', taskId: 'render', count: 30 },
      { dagId: 'payroll', taskId: '', count: 4 },
    ],
    days: Array.from({ length: 20 }, (_, index) => ({
      day: new Date(at('00:00').getTime() - index * 86_400_000).toISOString().slice(0, 10),
      count: 4 + ((index * 17) % 90),
    })),
  },
  {
    cluster: {
      id: 'e'.repeat(40),
      type: 'OperationalError',
      template: 'connection to server at "<*>" (<IP>), port <NUM> failed: Connection refused',
      example: 'connection to server at "db" (10.0.0.9), port 5432 failed: Connection refused',
      count: 3,
      firstSeenAt: at('08:10'),
      lastSeenAt: at('09:18'),
      cause: null,
    },
    members: 1,
    places: [{ dagId: 'price_feed', taskId: 'read_prices', count: 3 }],
    days: [{ day: '2026-03-02', count: 3 }],
  },
];

/** Two clusters of errors, one of them explained, and what one of them goes with. */
export const samplePatterns: Pick<PatternSources, 'clusters' | 'cluster' | 'found'> = {
  clusters: async () => ({ items: summaries, next: null }),
  async cluster(id) {
    const summary = summaries.find(({ cluster }) => cluster.id === id) ?? summaries[0];
    if (summary === undefined) throw new Error('no sample');
    const { type, template, lastSeenAt } = summary.cluster;
    return {
      summary,
      members: [
        { fingerprint: id, type, template, frames: ['export', 'write_batch'], count: 1200, lastSeenAt },
        { fingerprint: 'd'.repeat(40), type, template: '[Errno 28] No space left on device', frames: [], count: 84, lastSeenAt },
      ],
      reports: [
        {
          at: lastSeenAt,
          source: 'incident',
          fingerprint: id,
          signature: 'c'.repeat(40),
          message: summary.cluster.example,
          trace: 'Traceback (most recent call last):\n  File "/opt/airflow/dags/ledger/export.py", line 88, in write_batch',
          environment: null,
          dagId: 'ledger_export',
          taskId: 'write_parquet',
          runId: 'scheduled__2026-03-02T10:00:00+00:00',
          tryNumber: 3,
        },
      ],
    };
  },
  found: async () => ({
    at: at('10:00'),
    tries: 4200,
    failures: 310,
    tasks: 40,
    tests: 90,
    untested: [],
    patterns: [
      {
        clusterId: 'f'.repeat(40),
        key: 'host',
        value: 'worker-2',
        also: [],
        oddsRatio: 63,
        low: 18,
        high: 210,
        p: 1e-9,
        q: 1e-7,
        failedWith: 24,
        triesWith: 48,
        failedWithout: 3,
        triesWithout: 192,
        tasks: 6,
      },
    ],
  }),
};

const met: SlaStatus = {
  sla: 'ledger-by-eleven',
  kind: 'deadline',
  dagId: 'ledger_export',
  taskId: '',
  owner: 'finance',
  severity: 'error',
  sentence: 'ledger_export is done by 11:00 Europe/Berlin on weekdays, in 99 % of runs over 30 days',
  standing: '1 of 22 runs was late',
  present: null,
  state: 'met',
  since: at('00:00'),
  value: -3300,
  threshold: 0,
  thresholds: [],
  unit: 'seconds',
  compliance: 0.9545,
  complianceByDays: { 7: 1, 30: 0.9545, 90: 0.97 },
  objective: 0.95,
  windowSeconds: 2_592_000,
  total: 22,
  bad: 1,
  significant: false,
  budgetLeftRatio: 0.1,
  budgetLeftRuns: 1,
  burns: [],
  violations: 3,
  lastViolation: null,
};

/** SLAs in each state. */
export const sampleSlas: SlaSources = {
  list: async ({ states }) => {
    const all: SlaStatus[] = [
      {
        ...met,
        sla: 'prices-succeed',
        kind: 'success_ratio',
        dagId: 'price_feed',
        taskId: 'publish_prices',
        owner: 'stores',
        sentence: 'price_feed.publish_prices succeeds in 99 % of runs over 7 days',
        standing: '31 of 5,040 runs failed: 99.4 %, and 12 of them within the last hour',
        state: 'breached',
        since: at('09:40'),
        value: 0.982,
        threshold: 0.99,
        unit: 'ratio',
        compliance: 0.982,
        objective: 0.99,
        budgetLeftRuns: 0,
        budgetLeftRatio: -0.8,
        burns: [{ window: '12 runs', rate: 14.2, alert: 'page', bad: 12, total: 30 }],
      },
      met,
      {
        ...met,
        sla: 'board-fresh',
        kind: 'freshness',
        dagId: 'board_report',
        sentence: 'the last success of board_report is at most 26 hours old',
        standing: 'it has not succeeded since Windsock came',
        state: 'unknown',
        value: null,
        threshold: 93_600,
        compliance: null,
        budgetLeftRuns: null,
        budgetLeftRatio: null,
      },
    ];
    return { items: all.filter(({ state }) => states === undefined || states.includes(state)), next: null };
  },
};
