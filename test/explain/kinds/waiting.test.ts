import { describe, expect, test } from 'vitest';
import type { Incident } from '../../../src/incident/incident.ts';
import { at, incident } from '../../kit/findings.ts';
import { attempt, explained, near, neighbours, platform } from '../kit.ts';

const stuck: Incident = incident(
  {},
  { kind: 'task_stuck_queued', observed: { value: 900, unit: 'seconds' }, title: 'etl.load has been queued for 15m' },
);
const queued = attempt({ state: 'queued', durationSeconds: null, queuedSeconds: 900, host: null });
const use = (parts = {}) => ({
  dagId: 'crm',
  taskId: 'sync',
  state: 'running',
  instances: 1,
  slots: 2,
  since: at('10:00').toISOString(),
  ...parts,
});
const pool = (parts = {}) => ({
  pool: 'tight',
  exists: true,
  open: 0,
  running: 2,
  queued: 0,
  scheduled: 1,
  deferred: 0,
  holders: [use()],
  waiting: [use({ dagId: 'etl', taskId: 'load', state: 'scheduled' })],
  ...parts,
});

describe('why a task does not start', () => {
  test('nothing runs at all: no worker', () => {
    const found = explained(stuck, { attempt: queued, platform: platform({ running: 0, queued: 3 }) });
    expect(found).toMatchObject({ category: 'platform', subcategory: 'no_worker' });
    expect(found.rootCause).toBe(
      'etl.load has been queued for 15m, and so are 3 tasks in all, while none runs at all: no worker takes tasks.',
    );
    expect(found.confidence).toBeGreaterThan(
      explained(stuck, { attempt: queued, platform: platform({ running: 0, queued: 2 }) }).confidence,
    );
  });

  test.each([
    [0, 'no_worker_on_queue'],
    [1, 'lost_task'],
  ])('%i tasks run from its queue while others run elsewhere: %s', (running, subcategory) => {
    const found = explained(stuck, { attempt: queued, platform: platform({ queue: { queue: 'gpu', running, queued: 1 } }) });
    expect(found.subcategory).toBe(subcategory);
  });

  test.each([
    [3, 'lost_task'],
    [4, 'workers_busy'],
  ])('%i queued beside it while others start: %s', (count, subcategory) => {
    const found = explained(stuck, {
      attempt: queued,
      platform: platform({ queue: { queue: 'default', running: 4, queued: count } }),
    });
    expect(found.subcategory).toBe(subcategory);
  });

  test('Airflow found it stuck itself', () => {
    const events = [{ at: at('11:55').toISOString(), event: 'stuck in queued reschedule' }];
    const found = explained(stuck, {
      attempt: { ...queued, events },
      platform: platform({ queue: { queue: 'default', running: 4, queued: 1 } }),
    });
    expect(found).toMatchObject({ category: 'platform', subcategory: 'stuck_in_queued' });
  });

  test('a full pool holds back what is scheduled, not what is queued, which has its slots', () => {
    const scheduled = attempt({ state: 'scheduled', durationSeconds: null });
    expect(explained(stuck, { attempt: scheduled, platform: platform({ pool: pool() }) }).subcategory).toBe('pool_full');
    expect(explained(stuck, { attempt: scheduled, platform: platform({ pool: pool({ open: 1 }) }) }).subcategory).toBe('limits');
    expect(explained(stuck, { attempt: queued, platform: platform({ pool: pool() }) }).subcategory).not.toBe('pool_full');
  });

  test('a pool that does not exist is a mistake that no waiting mends', () => {
    const found = explained(stuck, {
      attempt: attempt({ state: 'scheduled' }),
      platform: platform({ pool: pool({ exists: false, open: null }) }),
    });
    expect(found).toMatchObject({ category: 'configuration_error', subcategory: 'pool_missing', transient: 'no' });
    expect(found.rootCause).toBe('The pool tight does not exist, so etl.load can never start.');
  });
});

describe('why a pool is starved', () => {
  const starved: Incident = incident(
    {},
    { kind: 'pool_starved', subject: { type: 'pool', pool: 'tight' }, occasion: null, event: 'since:1' },
  );

  test('who holds it longest is named', () => {
    const found = explained(starved, { platform: platform({ pool: pool() }) });
    expect(found).toMatchObject({ category: 'contention', subcategory: 'pool_full', confidence: 0.9 });
    expect(found.rootCause).toBe(
      'All slots of pool tight are held by crm.sync (2 slots), longest by crm.sync for 2h, while 1 task waits.',
    );
    expect(found.evidence.map(({ ref }) => ref)).toEqual(['E9', 'E9']);
  });

  test('slots that queued tasks hold point at the workers', () => {
    const held = explained(starved, { platform: platform({ pool: pool({ running: 1, queued: 2 }) }) });
    expect(held.subcategory).toBe('held_by_queued');
    expect(held.nextSteps[0]).toContain('no worker has taken');
    expect(explained(starved, { platform: platform({ pool: pool({ running: 2, queued: 2 }) }) }).subcategory).toBe('pool_full');
  });

  test('without a look at the pool nothing is claimed', () => {
    expect(explained(starved, { neighbours: neighbours([near()]) })).toMatchObject({
      subcategory: 'too_few_slots',
      evidence: [],
    });
  });
});
