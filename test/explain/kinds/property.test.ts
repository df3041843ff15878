import fc from 'fast-check';
import { expect, test } from 'vitest';
import { tellEvidence } from '../../../src/explain/evidence/gather.ts';
import type { Circumstances } from '../../../src/explain/evidence/circumstances.ts';
import { explainFinding } from '../../../src/explain/explain-finding.ts';
import type { Incident } from '../../../src/incident/incident.ts';
import { at, incident } from '../../kit/findings.ts';
import { attempt, changes, circumstances, history, near, neighbours, platform, posted, run, standing } from '../kit.ts';

const kinds: Incident['kind'][] = [
  'task_failed',
  'dag_run_failed',
  'task_slow',
  'task_running_long',
  'task_stuck_queued',
  'trend',
  'pattern_broken',
  'failure_rate_high',
  'dag_late',
  'dag_silent',
  'component_down',
  'pool_starved',
  'import_error',
  'sla_breached',
  'error_budget_burn',
  'deadline_missed',
];
const subjects: Incident['subject'][] = [
  { type: 'task', dagId: 'etl', taskId: 'load' },
  { type: 'dag', dagId: 'etl' },
  { type: 'pool', pool: 'tight' },
  { type: 'component', component: 'dag_processor' },
  { type: 'file', file: 'etl.py' },
  { type: 'sla', sla: 'mornings', dagId: '', taskId: '' },
  { type: 'asset', asset: 'orders' },
  { type: 'deadline', dagId: 'etl' },
  { type: 'deployment' },
];
const states = [
  'none',
  'scheduled',
  'queued',
  'running',
  'deferred',
  'up_for_retry',
  'up_for_reschedule',
  'success',
  'failed',
  'upstream_failed',
  'skipped',
];
// With what breaks sentences and clauses.
const name = fc.constantFrom('load', 'a; b', 'x'.repeat(250), '(.*', 'résumé');
const seconds = fc.option(fc.double({ min: 0, max: 1e6, noNaN: true }));
const amount = fc.double({ min: -1e6, max: 1e6, noNaN: true });
const time = fc.option(fc.integer({ min: 0, max: 86_400 }).map((s) => new Date(at('00:00').getTime() + s * 1000).toISOString()));
const task = fc
  .record({
    taskId: name,
    state: fc.constantFrom(...states),
    operator: fc.constantFrom('', 'FileSensor'),
    host: fc.option(name),
    seconds,
    usualSeconds: seconds,
    since: time,
  })
  .map((each) => standing(each));
const tasks = fc.array(task, { maxLength: 4 });
const share = fc.subarray(['signature', 'host', 'pool', 'operator', 'dag', 'task', 'platform', 'upstream_dag'] as const);
const other = fc
  .record({
    kind: fc.constantFrom(...kinds),
    title: name,
    dagId: fc.option(name),
    taskId: fc.option(name),
    shares: share.map((each) => [...each]),
  })
  .map((each) => near(each));
const use = fc.record({
  dagId: name,
  taskId: name,
  state: fc.constant('running'),
  instances: fc.nat(9),
  slots: fc.nat(9),
  since: time,
});
const uses = fc.array(use, { maxLength: 4 });
const version = fc.option(fc.record({ number: fc.option(fc.nat(9)), bundleVersion: fc.option(name), hash: fc.option(name) }));
const action = fc.record({
  at: time.map((each) => each ?? at('10:00').toISOString()),
  deed: fc.constantFrom('variable', 'connection', 'pool', 'clear', 'mark', 'trigger', 'pause', 'delete', 'backfill', 'asset'),
  event: name,
  dagId: fc.option(name),
  taskId: fc.option(name),
  runId: fc.option(fc.constant('scheduled__2026-03-02')),
  who: fc.option(fc.oneof(name, fc.constant('scheduler'))),
});

const parts: fc.Arbitrary<Partial<Circumstances>> = fc.record(
  {
    attempt: fc
      .record({
        taskId: name,
        state: fc.constantFrom(...states),
        operator: name,
        host: fc.option(name),
        durationSeconds: seconds,
        deferredSeconds: seconds,
        startedAt: time,
        lastHeartbeatAt: time,
        events: fc.array(
          fc.record({
            at: fc.constant(at('11:00').toISOString()),
            event: fc.constantFrom('heartbeat timeout', 'stuck in queued', 'x'),
          }),
        ),
      })
      .map((each) => attempt(each)),
    history: fc
      .record({
        runs: fc.nat(30),
        successes: fc.nat(30),
        medianSeconds: seconds,
        medianInstances: fc.option(fc.nat(20)),
        lastSuccessAt: time,
      })
      .map((each) => history(each)),
    run: fc
      .record({
        state: fc.constantFrom('queued', 'running', 'success', 'failed'),
        failed: tasks,
        holding: tasks,
        upstream: tasks,
        ended: tasks,
        startedAt: time,
        instances: fc.option(fc.nat(99)),
        states: fc.dictionary(fc.constantFrom(...states), fc.nat(9)),
      })
      .map((each) => run(each)),
    neighbours: fc
      .record({
        near: fc.array(other, { maxLength: 5 }),
        root: fc.option(other),
        common: fc.option(
          fc.record({
            what: fc.constantFrom('signature', 'host', 'pool', 'operator'),
            value: name,
            count: fc.nat(9),
            of: fc.nat(9),
          }),
        ),
      })
      .map((each) => neighbours(each.near, each)),
    changes: fc
      .record({
        version: fc.option(fc.record({ before: version, now: version, changed: fc.boolean() })),
        importError: fc.option(
          fc.record({
            file: name,
            at: time,
            type: name,
            message: name,
            count: fc.nat(3),
            place: fc.option(fc.record({ file: name, line: fc.nat(99), code: fc.option(name) })),
          }),
        ),
        actions: fc.array(action, { maxLength: 6 }),
        pausedAt: time,
        goneAt: time,
        nextRunAt: time,
        versions: fc.array(
          fc.record({
            number: fc.option(fc.nat(9)),
            bundleVersion: fc.option(name),
            createdAt: fc.constant(at('09:00').toISOString()),
          }),
          { maxLength: 3 },
        ),
      })
      .map((each) => changes(each)),
    platform: fc
      .record({
        components: fc.array(
          fc.record({
            component: fc.constantFrom('scheduler', 'triggerer', 'dag_processor'),
            up: fc.boolean(),
            heartbeatAt: time,
            host: fc.option(name),
          }),
          { maxLength: 3 },
        ),
        pool: fc.option(
          fc.record({
            pool: name,
            exists: fc.boolean(),
            open: fc.option(fc.integer({ min: -3, max: 3 })),
            running: fc.nat(5),
            queued: fc.nat(5),
            scheduled: fc.nat(5),
            deferred: fc.nat(5),
            holders: uses,
            waiting: uses,
          }),
        ),
        queue: fc.option(fc.record({ queue: name, running: fc.nat(3), queued: fc.nat(9) })),
        running: fc.nat(3),
        openRuns: fc.nat(20),
      })
      .map((each) => platform(each)),
    posted: fc
      .record({
        metric: name,
        unit: fc.constantFrom('seconds', 'ratio', 'value'),
        statistic: fc.constantFrom('p95', 'sum'),
        values: fc.array(fc.record({ atMs: fc.constant(at('11:00').getTime()), value: amount, good: fc.boolean() }), {
          minLength: 1,
          maxLength: 6,
        }),
        usual: fc.option(fc.record({ median: amount, low: amount, high: amount, slices: fc.constant(9), good: fc.boolean() })),
        count: fc.option(fc.record({ now: fc.nat(200), usual: fc.option(fc.double({ min: 0, max: 100, noNaN: true })) })),
        part: fc.option(
          fc.record({
            label: name,
            value: name,
            bad: fc.nat(9),
            badTotal: fc.nat(9),
            of: fc.option(amount),
            ofTotal: fc.option(amount),
            by: fc.constantFrom('beyond', 'share', 'sum', 'missing'),
          }),
        ),
        lastPostedAtMs: fc.option(fc.constant(at('11:00').getTime())),
      })
      .map((each) => posted(each)),
    impact: fc.constant({ tasks: ['publish'], dags: [], assets: [], deadlines: [], slas: [] }),
    known: fc.constant({ issue: { ticket: 'OPS-1', until: null }, runbook: 'https://wiki.example/etl' }),
  },
  { requiredKeys: [] },
);

const measured = fc.option(
  fc.record({
    value: fc.double({ min: 0, max: 1e6, noNaN: true }),
    unit: fc.constantFrom('seconds', 'runs', 'ratio', 'percent_per_run', 'tasks'),
  }),
);

test('whatever is known, an explanation cites only evidence that is there, and keeps its bounds', () => {
  const scene = fc.record({
    kind: fc.constantFrom(...kinds),
    subject: fc.constantFrom(...subjects),
    parts,
    observed: measured,
    event: fc.constantFrom('run:1:load:1', 'since:1000', `since:${at('09:30').getTime()}:level`, 'error:x'),
  });
  fc.assert(
    fc.property(scene, ({ kind, subject, parts: known, observed, event }) => {
      const of = incident(
        {},
        { kind, subject, observed, event, expected: { lower: null, middle: 60, upper: null }, title: `${kind}; of something.` },
      );
      const around = circumstances(known);
      const told = new Map(tellEvidence(around).map(({ id, text }) => [id as string, text]));
      const found = explainFinding(of, around);
      for (const { ref, quote, verified } of found.evidence) {
        expect(told.get(ref)).toContain(quote);
        expect([verified, quote.length > 0]).toEqual([true, true]);
      }
      expect(found.rootCause.length).toBeLessThanOrEqual(240);
      expect(found.rootCause.length).toBeGreaterThan(10);
      expect(found.rootCause).not.toMatch(/undefined|null|NaN|Infinity/);
      expect(found.nextSteps.length).toBeGreaterThan(0);
      expect(found.nextSteps.length).toBeLessThanOrEqual(3);
      for (const step of found.nextSteps) expect(step.length).toBeLessThanOrEqual(160);
      expect(found.alternatives.length).toBeLessThanOrEqual(2);
      expect(found.confidence).toBeGreaterThanOrEqual(0);
      expect(found.confidence).toBeLessThanOrEqual(0.95);
      // Nothing shows it: then nobody may be sure of it.
      if (found.evidence.length === 0) expect(found.confidence).toBeLessThan(0.4);
    }),
    { numRuns: 500 },
  );
}, 60_000);
