import type { Incident } from '../../src/incident/incident.ts';
import type { PastIncident } from '../../src/incident/read-period.ts';
import { periodAsked, periodBefore, type ReportKind } from '../../src/report/period.ts';
import type { Report, ToldIncident } from '../../src/report/report.ts';

/** A moment on which the week of 16 November 2026 is the last one that is over. */
const reportedAt = new Date('2026-11-23T07:00:00Z');

const pastIncident = (partial: Partial<PastIncident> = {}): PastIncident => ({
  id: 'inc-disk',
  kind: 'task_failed',
  subject: { type: 'task', dagId: 'ledger_export', taskId: 'write_parquet' },
  dagId: 'ledger_export',
  severity: 'error',
  title: 'ledger_export.write_parquet failed',
  state: 'resolved',
  openedAt: new Date('2026-11-18T04:10:00Z'),
  resolvedAt: new Date('2026-11-18T06:15:00Z'),
  recurrences: 2,
  ...partial,
});

const disk: ToldIncident = {
  ...pastIncident(),
  cause: {
    category: 'resource_error',
    subcategory: 'disk_full',
    cause: 'The disk of /var/spool/exports is full.',
    certainty: 'high',
    source: 'rules',
    proof: "L118: OSError: [Errno 28] No space left on device: '/var/spool/exports/ledger.parquet'",
    nextStep: 'Free space on the worker.',
    impact: null,
    madeAt: new Date('2026-11-18T04:10:01Z'),
  },
};
const slow: ToldIncident = {
  ...pastIncident({
    id: 'inc-slow',
    kind: 'task_slow',
    severity: 'warning',
    subject: { type: 'task', dagId: 'price_feed', taskId: 'publish_prices' },
    recurrences: 0,
    state: 'open',
    resolvedAt: null,
  }),
  cause: null,
};
const task = {
  dagId: 'price_feed',
  taskId: 'publish_prices',
  success: 160,
  failure: 1,
  retry: 12,
  healed: 11,
  seconds: 9000,
  failedSeconds: 1300,
};
const down: Incident['subject'] = { type: 'component', component: 'scheduler' };

/** A week with something in each of its parts. */
export function sampleReport(partial: Partial<Report> = {}, kind: ReportKind = 'weekly', date: string | null = null): Report {
  const period = periodAsked(kind, date, 'Europe/Berlin', reportedAt);
  const before = periodBefore(period);
  return {
    deployment: 'production',
    period,
    before,
    madeAt: reportedAt,
    isOver: true,
    triesSince: new Date('2026-10-20T00:00:00Z'),
    incidentsSince: new Date('2026-09-01T00:00:00Z'),
    failures: {
      incidents: { now: 43, before: 31 },
      groups: [
        { category: 'resource_error', incidents: { now: 42, before: 30 }, count: 42, items: [disk] },
        {
          category: 'unknown',
          incidents: { now: 1, before: 1 },
          count: 1,
          items: [
            { ...pastIncident({ id: 'inc-down', kind: 'component_down', subject: down, severity: 'critical' }), cause: null },
          ],
        },
      ],
      unread: 0,
    },
    slower: {
      shifts: {
        compared: { now: 1, before: 0 },
        count: 1,
        items: [
          {
            dagId: 'price_feed',
            taskId: 'publish_prices',
            mapped: '',
            at: new Date('2026-11-17T10:00:00Z'),
            fromSeconds: 10.4,
            toSeconds: 31,
          },
        ],
      },
      incidents: { compared: { now: 1, before: 3 }, count: 1, items: [slow] },
      tasks: {
        count: 12,
        items: [
          {
            dagId: 'price_feed',
            taskId: 'publish_prices',
            now: { seconds: 31, n: 160 },
            before: { seconds: 10.4, n: 158 },
            baseline: { seconds: 10.2, n: 120 },
            lostSeconds: 3296,
          },
        ],
      },
    },
    slas: {
      counts: { targets: 3, judged: 2, below: 1, judgedBefore: 2, belowBefore: 0 },
      count: 3,
      items: [
        {
          sla: 'prices are fresh',
          kind: 'success_ratio',
          dagId: 'price_feed',
          taskId: '',
          state: 'breached',
          budgetLeftRuns: -2,
          standing: '148 of 160 did',
          objective: 0.99,
          total: 160,
          bad: 12,
          totalBefore: 158,
          badBefore: 1,
        },
        {
          sla: 'ledger by six',
          kind: 'deadline',
          dagId: 'ledger_export',
          taskId: '',
          state: 'met',
          budgetLeftRuns: 1,
          standing: '7 of 7 did',
          objective: 0.95,
          total: 7,
          bad: 0,
          totalBefore: 7,
          badBefore: 0,
        },
        {
          sla: 'orders succeed',
          kind: 'success_ratio',
          dagId: 'orders',
          taskId: '',
          state: 'unknown',
          budgetLeftRuns: null,
          standing: 'nothing counted yet',
          objective: 0.95,
          total: 0,
          bad: 0,
          totalBefore: 0,
          badBefore: 0,
        },
      ],
    },
    acknowledge: {
      count: { now: 12, before: 20 },
      meanSeconds: { now: 780, before: 540 },
      medianSeconds: { now: 300, before: 420 },
    },
    resolve: {
      count: { now: 40, before: 31 },
      meanSeconds: { now: 7500, before: 7200 },
      medianSeconds: { now: 3600, before: 3600 },
    },
    ignored: {
      told: { now: 38, before: 30 },
      compared: { now: 26, before: 8 },
      count: 26,
      items: [pastIncident()],
    },
    forgotten: {
      count: 1,
      items: [
        {
          ...pastIncident({ id: 'inc-old', state: 'acknowledged', resolvedAt: null }),
          acknowledgedAt: new Date('2026-11-19T09:00:00Z'),
          acknowledgedBy: 'robin',
        },
      ],
      givenBack: { now: 2, before: 0 },
    },
    quiet: {
      count: 2,
      items: [
        { reason: 'maintenance: night', incidents: 7 },
        { reason: 'known issue: OPS-41', incidents: 1 },
      ],
    },
    noisiest: {
      count: 30,
      items: [
        {
          subject: { type: 'task', dagId: 'ledger_export', taskId: 'write_parquet' },
          dagId: 'ledger_export',
          incidents: 4,
          times: 19,
        },
        { subject: down, dagId: null, incidents: 1, times: 1 },
      ],
    },
    flakiest: { count: 1, items: [task], healed: { now: 11, before: 4 } },
    tries: {
      all: { now: 12_408, before: 12_120 },
      failed: { now: 61, before: 33 },
      final: { now: 12, before: 9 },
      successRatio: { now: 0.99902, before: 0.9992 },
      seconds: { now: 410_000, before: 400_000 },
      failedSeconds: { now: 9000, before: 3600 },
      failedShare: { now: 0.02195, before: 0.009 },
      costliest: { count: 1, items: [task] },
    },
    models: {
      calls: { now: 14, before: 9 },
      tokens: { now: 41_230, before: 25_100 },
      cost: { now: 0.0431, before: 0.0312 },
      byModel: [{ provider: 'anthropic', model: 'small-1', calls: 14, inputTokens: 38_000, outputTokens: 3230, cost: 0.0431 }],
      isCut: false,
    },
    ...partial,
  };
}

const nothing = { now: null, before: null };
const none = { now: 0, before: null };

/** A day of a Windsock that has just come, of which nothing is known. */
export const emptyReport = (): Report => ({
  ...sampleReport({}, 'daily'),
  triesSince: null,
  incidentsSince: null,
  failures: { incidents: nothing, groups: [], unread: 0 },
  slower: {
    shifts: { compared: nothing, count: 0, items: [] },
    incidents: { compared: nothing, count: 0, items: [] },
    tasks: { count: 0, items: [] },
  },
  slas: { counts: { targets: 0, judged: 0, below: 0, judgedBefore: 0, belowBefore: 0 }, count: 0, items: [] },
  acknowledge: { count: nothing, meanSeconds: nothing, medianSeconds: nothing },
  resolve: { count: nothing, meanSeconds: nothing, medianSeconds: nothing },
  ignored: { told: nothing, compared: nothing, count: 0, items: [] },
  forgotten: { count: 0, items: [], givenBack: nothing },
  quiet: { count: 0, items: [] },
  noisiest: { count: 0, items: [] },
  flakiest: { count: 0, items: [], healed: nothing },
  tries: {
    all: nothing,
    failed: nothing,
    final: nothing,
    successRatio: nothing,
    seconds: nothing,
    failedSeconds: nothing,
    failedShare: nothing,
    costliest: { count: 0, items: [] },
  },
  models: { calls: none, tokens: none, cost: none, byModel: [], isCut: false },
});

/** What somebody may have called a DAG, or written to a log, to see what becomes of it. */
const hostileText =
  '<script>alert(1)</script> "><img src=x onerror=alert(1)> | [a](javascript:alert(1)) `x` **b** _c_ https://evil.example www.evil.example @here <!channel> &amp; \u001b[31m \u202e';

/** A week of which every text that others write is this. */
export function hostileReport(hostile = hostileText): Report {
  const report = sampleReport();
  const subject = { type: 'task', dagId: hostile, taskId: hostile } as const;
  const incident: ToldIncident = {
    ...disk,
    id: hostile,
    subject,
    dagId: hostile,
    cause: { ...(disk.cause as NonNullable<ToldIncident['cause']>), cause: hostile, proof: `L1: ${hostile}` },
  };
  const names = { dagId: hostile, taskId: hostile };
  return {
    ...report,
    deployment: hostile,
    failures: { ...report.failures, groups: report.failures.groups.map((group) => ({ ...group, items: [incident] })) },
    slower: {
      shifts: {
        ...report.slower.shifts,
        items: report.slower.shifts.items.map((each) => ({ ...each, ...names, mapped: hostile })),
      },
      incidents: { ...report.slower.incidents, items: [{ ...incident, kind: 'task_slow' }] },
      tasks: { ...report.slower.tasks, items: report.slower.tasks.items.map((each) => ({ ...each, ...names })) },
    },
    slas: { ...report.slas, items: report.slas.items.map((each) => ({ ...each, ...names, sla: hostile, standing: hostile })) },
    ignored: { ...report.ignored, items: [incident] },
    forgotten: {
      ...report.forgotten,
      items: report.forgotten.items.map((each) => ({ ...each, ...incident, acknowledgedBy: hostile })),
    },
    quiet: { count: 1, items: [{ reason: hostile, incidents: 1 }] },
    noisiest: { count: 1, items: [{ subject, dagId: hostile, incidents: 1, times: 1 }] },
    flakiest: { ...report.flakiest, items: report.flakiest.items.map((each) => ({ ...each, ...names })) },
    tries: {
      ...report.tries,
      costliest: { count: 1, items: report.tries.costliest.items.map((each) => ({ ...each, ...names })) },
    },
    models: { ...report.models, byModel: report.models.byModel.map((each) => ({ ...each, provider: hostile, model: hostile })) },
  };
}
