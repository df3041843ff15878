import { describe, expect, test } from 'vitest';
import type { Incident } from '../../../src/incident/incident.ts';
import { at, incident } from '../../kit/findings.ts';
import { changes, explained, history, near, neighbours, platform, run, standing } from '../kit.ts';

const about = (kind: Incident['kind'], title = 'etl is late'): Incident =>
  incident({}, { kind, subject: { type: 'dag', dagId: 'etl' }, occasion: null, event: 'since:1', title });
const late = about('dag_late');
const down = (component: string) => ({
  component,
  up: false,
  heartbeatAt: at('11:40').toISOString(),
  host: `${component}-0.local`,
});

describe('why a success that was expected is not there', () => {
  test('while the scheduler is down nothing else is looked for', () => {
    const found = explained(late, {
      platform: platform({ components: [down('scheduler')] }),
      run: run({ holding: [standing({ state: 'none', seconds: null })] }),
      changes: changes(),
    });
    expect(found).toMatchObject({ category: 'platform', subcategory: 'scheduler_down', transient: 'yes' });
    expect(found.rootCause).toBe('Nothing is scheduled: the scheduler (scheduler-0) is down, last heartbeat 20m ago.');
    expect(found.evidence).toEqual([
      { ref: 'E9', quote: 'the scheduler (scheduler-0) is down, last heartbeat 20m ago', verified: true },
    ]);
  });

  test.each([
    [15, 'unknown'],
    [16, 'contention'],
  ])('with %i of 16 runs open a run that was not created is put down to %s', (openRuns, category) => {
    expect(explained(late, { platform: platform({ openRuns, maxActiveRuns: 16 }) }).category).toBe(category);
  });

  test('a run that runs already is not held back by how many may be open', () => {
    const holding = [standing({ taskId: 'load', state: 'running', seconds: 900, usualSeconds: 300 })];
    const found = explained(late, { platform: platform({ openRuns: 16 }), run: run({ holding }) });
    expect(found).toMatchObject({ category: 'upstream_late', subcategory: 'slow_task' });
    expect(found.rootCause).toBe('Run scheduled__2026-03-02 of etl waits for load, which has been running for 15m, usually 5m.');
  });

  test.each([
    [{ state: 'running', seconds: 450, usualSeconds: 300 }, 'upstream_late/started_late'],
    [{ state: 'running', seconds: 451, usualSeconds: 300 }, 'upstream_late/slow_task'],
    [{ state: 'running', operator: 'S3KeySensor' }, 'upstream_late/sensor_wait'],
    [{ state: 'deferred' }, 'upstream_late/sensor_wait'],
    [{ state: 'up_for_reschedule' }, 'upstream_late/sensor_wait'],
    [{ state: 'up_for_retry' }, 'upstream_late/retrying'],
    [{ state: 'queued' }, 'contention/task_queued'],
    [{ state: 'scheduled' }, 'contention/task_scheduled'],
    [{ state: 'none', seconds: null }, 'platform/not_scheduled'],
  ])('what holds the run says why: %o is %s', (task, cause) => {
    const found = explained(late, { run: run({ holding: [standing({ taskId: 'load', ...task })] }), platform: platform() });
    expect(`${found.category}/${found.subcategory}`).toBe(cause);
    expect(found.rootCause).toContain('waits for load');
    expect(found.evidence[0]).toMatchObject({ ref: 'E6', quote: expect.stringMatching(/^the run waits for load/) });
  });

  test('a queued task while nothing runs at all lacks a worker', () => {
    const found = explained(late, {
      run: run({ holding: [standing({ state: 'queued' })] }),
      platform: platform({ running: 0, queued: 3 }),
    });
    expect(found).toMatchObject({ category: 'platform', subcategory: 'no_worker' });
  });

  test('a task that waits for a full pool names who holds it', () => {
    const use = { dagId: 'crm', taskId: 'sync', state: 'running', instances: 1, slots: 3, since: at('10:00').toISOString() };
    const pool = {
      pool: 'tight',
      exists: true,
      open: 0,
      running: 3,
      queued: 0,
      scheduled: 1,
      deferred: 0,
      holders: [use],
      waiting: [],
    };
    const found = explained(late, {
      run: run({ holding: [standing({ state: 'scheduled', pool: 'tight' })] }),
      platform: platform({ pool }),
    });
    expect(found).toMatchObject({ category: 'contention', subcategory: 'pool_full' });
    expect(found.rootCause).toContain('pool tight is full, its slots held by crm.sync (3 slots)');
  });

  test('a failed run names its failed task, and why that failed where it is explained', () => {
    const failed = run({ state: 'failed', failed: [standing({ taskId: 'load', state: 'failed' })] });
    expect(explained(late, { run: failed })).toMatchObject({ category: 'upstream_late', subcategory: 'task_failed' });
    const cause = { category: 'resource_error', subcategory: 'disk_full', text: 'No space left on device on worker-1.' } as const;
    const known = near({ kind: 'task_failed', dagId: 'etl', taskId: 'load', shares: ['dag'], cause });
    const found = explained(late, { run: failed, neighbours: neighbours([known]) });
    expect(found).toMatchObject({ category: 'resource_error', subcategory: 'disk_full' });
    expect(found.rootCause).toBe('Run scheduled__2026-03-02 of etl failed in load: No space left on device on worker-1.');
  });

  test('a DAG upstream that is in trouble is the cause only while there is no run', () => {
    const upstream = neighbours([
      near({ kind: 'dag_late', dagId: 'sales', taskId: null, title: 'sales is late', shares: ['upstream_dag'] }),
    ]);
    expect(explained(late, { neighbours: upstream })).toMatchObject({ category: 'upstream_late', subcategory: 'upstream_dag' });
    expect(explained(late, { neighbours: neighbours([near({ kind: 'dag_late', dagId: 'sales', taskId: null })]) }).category).toBe(
      'unknown',
    );
    const waiting = { neighbours: upstream, run: run({ holding: [standing({ state: 'queued' })] }) };
    expect(explained(late, waiting).subcategory).toBe('task_queued');
  });

  test('nothing found is said as that, with when a run was due', () => {
    const found = explained(late, { changes: changes({ nextRunAt: at('11:00').toISOString() }), platform: platform() });
    expect(found).toMatchObject({ category: 'unknown', subcategory: 'not_created', rule: null });
    expect(found.rootCause).toContain('though one was due at 11:00 UTC, and the scheduler is up');
    expect(found.confidence).toBeLessThan(0.4);
  });

  test('a missed deadline and a broken promise are explained by the run that broke them', () => {
    const holding = [standing({ taskId: 'load', state: 'up_for_retry' })];
    for (const kind of ['deadline_missed', 'sla_breached', 'error_budget_burn'] as const)
      expect(explained(about(kind), { run: run({ holding }) })).toMatchObject({
        category: 'upstream_late',
        subcategory: 'retrying',
      });
  });

  test('without such a run a promise is held against the history', () => {
    const found = explained(about('sla_breached'), { history: history({ of: 'dag', runs: 30, successes: 27 }) });
    expect(found.rootCause).toBe('etl is not kept: 3 of the last 30 runs failed.');
    expect(explained(about('sla_breached'), { history: history({ of: 'dag' }) }).subcategory).toBe('not_met');
    const errors = [
      { taskId: 'load', category: 'resource_error', cause: 'The disk is full.', times: 3, lastAt: at('10:00').toISOString() },
    ] as const;
    const known = explained(about('error_budget_burn'), { history: history({ of: 'dag', successes: 27, errors: [...errors] }) });
    expect(known).toMatchObject({
      category: 'resource_error',
      rootCause: 'etl is not kept: 3 of the last 30 runs failed, most often in load: The disk is full.',
    });
    expect(known.evidence.map(({ quote }) => quote)).toContain('load failed 3 times before, last 2h ago: The disk is full');
  });
});

describe('why a DAG is silent', () => {
  const silent = about('dag_silent', 'etl has been silent');
  const action = {
    at: at('09:00').toISOString(),
    deed: 'pause',
    event: 'paused',
    dagId: 'etl',
    taskId: null,
    runId: null,
  } as const;
  const pausedAt = at('09:00').toISOString();

  test('a person paused it', () => {
    const found = explained(silent, { changes: changes({ pausedAt, actions: [{ ...action, who: 'Ann' }] }) });
    expect(found).toMatchObject({ category: 'configuration_error', subcategory: 'paused' });
    expect(found.rootCause).toBe('etl is paused since 09:00 UTC by Ann.');
    expect(found.nextSteps[0]).toBe('Ask Ann whether this was meant, and resume it if not');
  });

  test('Airflow itself paused it after too many failures', () => {
    const found = explained(silent, { changes: changes({ pausedAt, actions: [{ ...action, who: 'scheduler' }] }) });
    expect(found.subcategory).toBe('auto_paused');
  });

  test('its file does not parse, or is gone', () => {
    const error = {
      file: 'etl.py',
      at: null,
      type: 'SyntaxError',
      message: 'invalid syntax',
      count: 1,
      place: { file: '/dags/etl.py', line: 7, code: 'def (' },
    };
    const broken = explained(silent, { changes: changes({ importError: error, goneAt: pausedAt }) });
    expect(broken).toMatchObject({ category: 'configuration_error', subcategory: 'import_error', confidence: 0.9 });
    expect(broken.rootCause).toContain('SyntaxError: invalid syntax at /dags/etl.py:7 (def ()');
    expect(explained(silent, { changes: changes({ goneAt: pausedAt }) }).subcategory).toBe('dag_removed');
  });

  test('nothing of the kind: it has no next run', () => {
    const found = explained(silent, { changes: changes() });
    expect(found).toMatchObject({ category: 'configuration_error', subcategory: 'no_next_run' });
    expect(found.rootCause).toContain('has the schedule 0 * * * * and no next run');
  });

  test('files that nobody parses are put down to the DAG processor', () => {
    const found = explained(silent, { platform: platform({ components: [down('dag_processor')] }), changes: changes() });
    expect(found).toMatchObject({ category: 'platform', subcategory: 'dag_processor_down' });
  });
});
