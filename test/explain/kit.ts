import type {
  Attempt,
  Circumstances,
  History,
  Posted,
  RunStanding,
  TaskStanding,
} from '../../src/explain/evidence/circumstances.ts';
import type { Changes, Neighbours, Platform } from '../../src/explain/evidence/surroundings.ts';
import { slowTasks } from '../../src/explain/evidence/items/neighbours.ts';
import { explainFinding } from '../../src/explain/explain-finding.ts';
import type { Explanation } from '../../src/explain/explanation.ts';
import type { Incident } from '../../src/incident/incident.ts';
import { at, incident } from '../kit/findings.ts';

export const now = at('12:00');

export const circumstances = (parts: Partial<Circumstances> = {}): Circumstances => ({
  at: now.toISOString(),
  missing: [],
  ...parts,
});

export const attempt = (parts: Partial<Attempt> = {}): Attempt => ({
  dagId: 'etl',
  taskId: 'load',
  runId: 'scheduled__2026-03-02',
  mapIndex: null,
  state: 'success',
  operator: 'PythonOperator',
  tryNumber: 1,
  maxTries: 1,
  pool: 'default_pool',
  queue: 'default',
  host: 'worker-1',
  executor: null,
  startedAt: at('11:40').toISOString(),
  endedAt: at('11:50').toISOString(),
  durationSeconds: 600,
  queuedSeconds: 2,
  deferredSeconds: null,
  lastHeartbeatAt: null,
  version: { number: 4, bundleVersion: null, hash: null },
  note: null,
  events: [],
  ...parts,
});

export const history = (parts: Partial<History> = {}): History => ({
  of: 'task',
  runs: 30,
  successes: 30,
  failureStreak: 0,
  medianSeconds: 120,
  longestSeconds: 150,
  medianQueueSeconds: 2,
  byHost: [
    { name: 'worker-1', n: 15, medianSeconds: 120 },
    { name: 'worker-2', n: 15, medianSeconds: 121 },
  ],
  byVersion: [{ name: 'version 4', n: 30, medianSeconds: 120 }],
  medianInstances: null,
  lastSuccessAt: at('11:00').toISOString(),
  lastSuccessStartedAt: at('10:58').toISOString(),
  lastVersion: { number: 4, bundleVersion: null, hash: null },
  errors: [],
  firstSeenAt: at('11:50').toISOString(),
  recurrences: 0,
  ...parts,
});

export const standing = (parts: Partial<TaskStanding> = {}): TaskStanding => ({
  taskId: 'extract',
  state: 'success',
  instances: 1,
  operator: 'PythonOperator',
  pool: 'default_pool',
  host: 'worker-1',
  since: at('11:30').toISOString(),
  seconds: 60,
  usualSeconds: 60,
  ...parts,
});

export const run = (parts: Partial<RunStanding> = {}): RunStanding => ({
  runId: 'scheduled__2026-03-02',
  runPk: 1,
  runType: 'scheduled',
  state: 'running',
  dueAt: at('11:30').toISOString(),
  queuedAt: at('11:30').toISOString(),
  startedAt: at('11:30').toISOString(),
  endedAt: null,
  states: { success: 2, running: 1 },
  complete: true,
  failed: [],
  holding: [],
  above: [],
  upstream: [],
  ended: [],
  instances: null,
  ...parts,
});

export const changes = (parts: Partial<Changes> = {}): Changes => ({
  since: at('10:58').toISOString(),
  version: {
    before: { number: 4, bundleVersion: null, hash: null },
    now: { number: 4, bundleVersion: null, hash: null },
    changed: false,
  },
  versions: [],
  importError: null,
  actions: [],
  readBackTo: at('00:00').toISOString(),
  pausedAt: null,
  goneAt: null,
  file: 'etl.py',
  schedule: '0 * * * *',
  nextRunAt: null,
  ...parts,
});

export const platform = (parts: Partial<Platform> = {}): Platform => ({
  components: [
    { component: 'scheduler', up: true, heartbeatAt: now.toISOString(), host: 'scheduler-0' },
    { component: 'triggerer', up: true, heartbeatAt: now.toISOString(), host: 'triggerer-0' },
  ],
  pool: null,
  queue: null,
  host: null,
  running: 5,
  queued: 1,
  lostWorkers: null,
  openRuns: 1,
  maxActiveRuns: 16,
  ...parts,
});

const minute = 60_000;

/** A latency that went from 1.1 s to 4.2 s half an hour ago; nothing tells which part of it. */
export const posted = (parts: Partial<Posted> = {}): Posted => ({
  metric: 'llm_latency (p95 over 15m)',
  promised: 'at most 3s (critical above 5s)',
  unit: 'seconds',
  statistic: 'p95',
  overMs: 15 * minute,
  values: [4.2, 4.1, 1.2].map((value, index) => ({ atMs: now.getTime() - index * minute, value, good: value <= 3 })),
  usual: { median: 1.1, low: 0.9, high: 1.4, slices: 46, good: true },
  count: { now: 120, usual: 118.25 },
  part: null,
  lastPostedAtMs: now.getTime() - 20_000,
  since: at('11:59').toISOString(),
  ...parts,
});

export type Near = Neighbours['near'][number];
export const near = (parts: Partial<Near> = {}): Near => ({
  incidentId: 'other',
  kind: 'task_slow',
  title: 'crm.sync took 20m, expected 2m',
  dagId: 'crm',
  taskId: 'sync',
  openedAt: at('11:52').toISOString(),
  shares: [],
  cause: null,
  ...parts,
});

export function neighbours(each: readonly Near[], parts: Partial<Neighbours> = {}): Neighbours {
  const slow = slowTasks(each);
  const sharing = (what: 'host' | 'pool') => slow.filter(({ shares }) => shares.includes(what)).length;
  return {
    root: null,
    near: [...each],
    count: each.length,
    slow: { tasks: slow.length, onHost: sharing('host'), inPool: sharing('pool') },
    common: null,
    ...parts,
  };
}

/** A try that took 10 minutes, usually 2. */
export const slow = (parts: Partial<Incident['latest']> = {}): Incident =>
  incident(
    {},
    {
      kind: 'task_slow',
      observed: { value: 600, unit: 'seconds' },
      expected: { lower: null, middle: 120, upper: 180 },
      n: 30,
      since: at('11:50'),
      carried: { host: 'worker-1', pool: 'default_pool', queue: 'default', operator: 'PythonOperator' },
      ...parts,
    },
  );

export const explained = (of: Incident, parts: Partial<Circumstances> = {}): Explanation =>
  explainFinding(of, circumstances(parts));
