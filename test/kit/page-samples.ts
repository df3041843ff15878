import type { ShortCause } from '../../src/explain/causes.ts';
import { shortOf } from '../../src/explain/causes.ts';
import type { KeptExplanation } from '../../src/explain/rows.ts';
import type { IncidentDetail, IncidentSources, DagSources } from '../../src/http/sources.ts';
import type { Incident, IncidentEvent } from '../../src/incident/incident.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { AppError } from '../../src/lib/errors.ts';
import type { TaskLearned } from '../../src/measure/read-task.ts';
import { explanation, keptExplanation } from './explanations.ts';
import { at, incident } from './findings.ts';

/** The moment at which the samples are looked at. */
export const sampleClock: Clock = { now: () => at('10:30'), monotonicMs: () => 0 };

const traceback = [
  [96, 'INFO - Exported 41,500 of 52,113 rows to /var/spool/exports/ledger.parquet', 'near'],
  [97, 'INFO - Exported 42,000 of 52,113 rows to /var/spool/exports/ledger.parquet', 'near'],
  [112, 'Traceback (most recent call last):', 'exception'],
  [116, '  File "/opt/airflow/dags/ledger/export.py", line 88, in write_batch', 'exception'],
  [117, '    sink.write(batch.to_parquet())', 'exception'],
  [118, "OSError: [Errno 28] No space left on device: '/var/spool/exports/ledger.parquet'", 'failure'],
  [121, 'ERROR - Task failed with exception', 'error'],
] as const;

/** A failure of a task, explained by a rule from a full disk in its log. */
const failed: Incident = incident(
  {
    id: 'inc-disk',
    labels: {
      dag_id: 'ledger_export',
      task_id: 'write_parquet',
      dag_owner: 'finance',
      team: 'finance-data',
      airflow: 'production',
    },
    openedAt: at('10:18'),
    recurrences: 2,
    signature: 'c'.repeat(40),
  },
  {
    subject: { type: 'task', dagId: 'ledger_export', taskId: 'write_parquet' },
    title: 'ledger_export.write_parquet failed for good on try 3 of run scheduled__2026-03-02T10:00:00+00:00',
    occasion: { runId: 'scheduled__2026-03-02T10:00:00+00:00', runPk: 160, runType: 'scheduled', mapIndex: null, tryNumber: 3 },
    observed: { value: 1, unit: 'tasks' },
    since: at('10:17:21'),
  },
);

const slow: Incident = incident(
  {
    id: 'inc-slow',
    state: 'acknowledged',
    acknowledgedAt: at('10:10'),
    acknowledgedBy: 'robin',
    labels: { dag_id: 'price_feed', task_id: 'publish_prices', dag_owner: 'stores' },
    openedAt: at('09:58'),
  },
  {
    kind: 'task_slow',
    severity: 'warning',
    subject: { type: 'task', dagId: 'price_feed', taskId: 'publish_prices' },
    title: 'price_feed.publish_prices took 1m11s, expected 10s, at most 18s by 120 runs; less than 1 in a million is so slow',
    observed: { value: 71.5, unit: 'seconds' },
    expected: { lower: null, middle: 10.4, upper: 18.2 },
    n: 120,
    since: at('09:57:40'),
  },
);

const down: Incident = incident(
  { id: 'inc-down', openedAt: at('10:28'), alertSeverity: 'critical', severity: 'critical' },
  {
    kind: 'component_down',
    severity: 'critical',
    subject: { type: 'component', component: 'scheduler' },
    title: 'The scheduler is down: its last heartbeat was 2m10s ago, the limit is 30s',
    occasion: null,
    since: at('10:27:50'),
  },
);

const late: Incident = incident(
  { id: 'inc-late', rootId: 'inc-disk', memberReason: 'downstream of ledger_export', openedAt: at('10:20') },
  {
    kind: 'dag_late',
    severity: 'warning',
    subject: { type: 'dag', dagId: 'board_report' },
    title: 'board_report is late: it waits for ledger_export',
    occasion: null,
    since: at('10:20'),
  },
);

const before: Incident = incident(
  {
    id: 'inc-before',
    state: 'resolved',
    resolvedAt: at('04:31'),
    endReason: 'cleared',
    openedAt: at('04:02'),
    labels: { dag_owner: 'finance' },
    signature: 'c'.repeat(40),
  },
  {
    subject: { type: 'task', dagId: 'ledger_export', taskId: 'write_parquet' },
    since: at('04:02'),
    title: 'ledger_export.write_parquet failed for good on try 3',
  },
);

const explained: KeptExplanation = keptExplanation({
  incidentId: failed.id,
  event: failed.latest.event,
  madeAt: at('10:18:01'),
  resultA: explanation({
    rootCause: 'The disk that holds /var/spool/exports on worker-2 is full: the export could not be written.',
    evidence: [
      { ref: 'L118', quote: "OSError: [Errno 28] No space left on device: '/var/spool/exports/ledger.parquet'", verified: true },
      { ref: 'E7', quote: '3 other tasks on worker-2 failed with the same error within 10 minutes', verified: true },
    ],
    nextSteps: [
      'Free space on worker-2: du -xh /var/spool/exports | sort -h | tail.',
      'Clear the task once there is room; its input is still there.',
      'Give exports a volume of their own, or a retention.',
    ],
    alternatives: [{ category: 'configuration_error', cause: 'The export folder points at a small volume.', source: 'rules' }],
    confidence: 0.92,
    docs: 'https://docs.python.org/3/library/errno.html',
  }),
  evidence: [
    { id: 'E1', text: 'try 3 of 3 ran for 4m12s on worker-2 in pool exports' },
    { id: 'E3', text: 'tries 1 and 2 failed with the same error' },
    { id: 'E5', text: '27 of the last 30 runs succeeded; the same error was seen on 2 March 04:02' },
    { id: 'E7', text: '3 other tasks on worker-2 failed with the same error within 10 minutes' },
    { id: 'E8', text: 'DAG version 14 since 08:40: batch_size 500 → 50,000' },
    { id: 'E10', text: '4 tasks downstream wait, and board_report, which is due at 11:00' },
  ],
  log: {
    found: true,
    place: 'dag_id=ledger_export/run_id=scheduled__2026-03-02T10:00:00+00:00/task_id=write_parquet/attempt=3.log',
    lineCount: 131,
    failure: null,
    lines: traceback.map(([line, text, why]) => ({ line, text, why, ...(line === 96 ? { count: 84, lastLine: 95 } : {}) })),
    summary: '112 lines as in successful runs',
    missing: ['INFO - Export done: <*> rows'],
    baselineRuns: 5,
    signature: 'c'.repeat(40),
    redactions: { password: 1 },
  },
  circumstances: { known: { issue: null, runbook: 'https://wiki.example/runbooks/exports' } },
  signature: 'c'.repeat(40),
  outcome: null,
});

const events: IncidentEvent[] = (
  [
    ['10:18', 'opened', 'windsock', failed.title],
    ['10:18:01', 'explained', 'windsock', explained.resultA.rootCause],
    ['10:20', 'joined', 'windsock', 'board_report is late: downstream of ledger_export'],
    ['10:24', 'noted', 'robin', 'Asked infra for a bigger volume.'],
  ] as const
).map(([time, kind, who, text], index) => ({ id: index + 1, incidentId: failed.id, at: at(time), kind, who, text }));

const causes = new Map<string, ShortCause>([
  [failed.id, shortOf(explained.resultA, { impact: null, madeAt: explained.madeAt })],
  [before.id, shortOf(explained.resultA, { impact: null, madeAt: at('04:02') })],
  [
    slow.id,
    shortOf(
      explanation({
        category: 'contention',
        subcategory: 'host_shared',
        rootCause: 'worker-1 ran 14 tasks at once, 4 is usual; the task itself did no more than before.',
        confidence: 0.55,
      }),
      {
        impact: null,
        madeAt: at('09:58'),
      },
    ),
  ],
]);

export const sampleDetail: IncidentDetail = {
  incident: failed,
  members: [late],
  events,
  alerts: new Map([['error', { state: 'active', silencedBy: [], inhibitedBy: [] }]]),
  explanation: explained,
  similar: [before],
  modelCalls: [],
};

const details = new Map<string, IncidentDetail>([
  [failed.id, sampleDetail],
  ...[slow, down, late, before].map((each): [string, IncidentDetail] => [
    each.id,
    {
      incident: each,
      members: [],
      events: [{ id: 9, incidentId: each.id, at: each.openedAt, kind: 'opened', who: 'windsock', text: each.title }],
      alerts: new Map(),
      explanation: undefined,
      similar: [],
      modelCalls: [],
    },
  ]),
]);

/** A few incidents of every sort; acts are answered with the incident as it is. */
export const sampleIncidents: IncidentSources = {
  async list({ states }) {
    const items = [down, failed, slow, before].filter(({ state }) => states === undefined || states.includes(state));
    return { items, next: null };
  },
  async read(id) {
    const found = details.get(id);
    if (found === undefined) throw new AppError('NOT_FOUND', `there is no incident ${id}`);
    return found;
  },
  causes: async () => causes,
  memberCounts: async () => new Map([[failed.id, 1]]),
  act: async (id) => details.get(id)?.incident ?? failed,
};

const learnedOf = (task: { dagId: string; taskId: string }): TaskLearned[] => [
  {
    mapped: '',
    baseline: {
      dag_id: task.dagId,
      task_id: task.taskId,
      mapped: '',
      n: 120,
      median_seconds: 212,
      lower_seconds: 170,
      upper_seconds: 281,
      scale: 0.1,
      since: at('00:00').toISOString(),
      profile: null,
      level_shift: null,
      mapped_instances: null,
    },
    tries: Array.from({ length: 61 }, (_, index) => {
      const last = index === 60;
      const bad = last || index === 24;
      return {
        endedAt: new Date(at('10:17').getTime() - (60 - index) * 3_600_000),
        runPk: 100 + index,
        tryNumber: last ? 3 : 1,
        mapIndex: -1,
        outcome: bad ? ('failure' as const) : index % 17 === 5 ? ('retry' as const) : ('success' as const),
        seconds: bad ? 251 : 205 + ((index * 37) % 41) - (index % 17 === 5 ? 90 : 0),
        queueWaitSeconds: 2 + ((index * 7) % 11),
        counted: true,
        score: 0.1,
      };
    }),
  },
];

const taskIds = ['read_ledger', 'check_balance', 'write_parquet', 'upload', 'notify'];

/** One DAG with a chain of tasks. */
export const sampleDags: DagSources = {
  list: async () => ({ items: [summaryOf('ledger_export'), summaryOf('price_feed'), summaryOf('board_report')], next: null }),
  read: async (dagId) => ({
    summary: summaryOf(dagId),
    tasks: taskIds.map((taskId, index) => ({
      taskId,
      operator: 'PythonOperator',
      downstream: taskIds.slice(index + 1, index + 2),
      counts: {
        taskId,
        success: 310,
        failure: index === 2 ? 3 : 0,
        retry: 4,
        lastDurationSeconds: 12 + index * 40,
        lastSuccessAt: at('09:04'),
      },
    })),
  }),
  baseline: async (task) => learnedOf(task),
};

function summaryOf(dagId: string): Awaited<ReturnType<DagSources['read']>>['summary'] {
  const hour = 3_600_000;
  const isBad = dagId === 'ledger_export';
  return {
    dag: {
      dagId,
      file: `${dagId}.py`,
      owners: 'finance, data-platform',
      tags: ['ledger', 'tier-1'],
      schedule: '0 * * * *',
      nextRunAt: at('11:00'),
      seenAt: at('00:00'),
      pausedAt: dagId === 'board_report' ? at('08:00') : null,
      hiddenAt: null,
      resumedAt: null,
      goneAt: null,
    },
    counts: { dagId, success: 310, failure: 3, consecutiveFailures: isBad ? 1 : 0, lastSuccessAt: at('09:04') },
    activeRuns: isBad ? 0 : 1,
    openIncidents: isBad ? 2 : 0,
    lastRuns: Array.from({ length: 50 }, (_, index) => {
      const dueAt = new Date(at('10:00').getTime() - index * hour);
      const running = index === 0 && !isBad;
      return {
        runId: `scheduled__${dueAt.toISOString()}`,
        runType: index === 7 ? 'manual' : 'scheduled',
        state: running ? 'running' : (isBad && index === 0) || index === 19 ? 'failed' : 'success',
        dueAt,
        startedAt: new Date(dueAt.getTime() + 4000 + ((index * 13) % 20) * 1000),
        endedAt: running ? null : new Date(dueAt.getTime() + 420_000 + ((index * 7919) % 90) * 1000),
      };
    }),
  };
}
