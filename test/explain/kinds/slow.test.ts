import { describe, expect, test } from 'vitest';
import { at } from '../../kit/findings.ts';
import { attempt, changes, explained, history, near, neighbours, now, type Near, platform, run, slow, standing } from '../kit.ts';

const version = (number: number) => ({ number, bundleVersion: null, hash: null });
const newCode = changes({ version: { before: version(4), now: version(5), changed: true } });

describe('why a task is slow', () => {
  test('with nothing round it that differs, what was looked at is said, and the cause is not guessed', () => {
    const found = explained(slow(), {
      attempt: attempt(),
      history: history(),
      changes: changes(),
      run: run({ ended: [standing(), standing({ taskId: 'load' })] }),
    });
    expect(found).toMatchObject({ category: 'unknown', rule: null, alternatives: [] });
    expect(found.confidence).toBeLessThan(0.4);
    expect(found.rootCause).toBe(
      'etl.load took 10m, usually 2m, with the same code, its usual host worker-1, the other tasks of the run as usual and no other task slow at the time: most likely more input, or a slow outside system.',
    );
  });

  test('the first run of new code is suspected of it', () => {
    const found = explained(slow(), { attempt: attempt({ version: version(5) }), history: history(), changes: newCode });
    expect(found).toMatchObject({ category: 'slower_code', subcategory: 'new_code', transient: 'no' });
    expect(found.rootCause).toContain('in the first run of version 5 of the code (before: version 4)');
  });

  test.each([
    [2, 179, 'unknown'],
    [2, 180, 'slower_code'],
    [1, 179, 'slower_code'],
  ])('%i runs of the new code with a median of %i s: %s', (n, medianSeconds, category) => {
    const byVersion = [
      { name: 'version 5', n, medianSeconds },
      { name: 'version 4', n: 20, medianSeconds: 120 },
    ];
    expect(explained(slow(), { attempt: attempt(), history: history({ byVersion }), changes: newCode }).category).toBe(category);
  });

  test.each([
    [239, 'unknown'],
    [240, 'upstream_late'],
  ])('of 480 s too much, %i s deferred: %s', (deferredSeconds, category) => {
    expect(explained(slow(), { attempt: attempt({ deferredSeconds }) }).category).toBe(category);
  });

  test('a sensor is late because what it waits for is', () => {
    const found = explained(slow(), { attempt: attempt({ operator: 'S3KeySensor' }), history: history() });
    expect(found).toMatchObject({ category: 'upstream_late', subcategory: 'sensor_wait' });
  });

  test('what is deferred while the triggerer is down waits for that', () => {
    const down = { component: 'triggerer', up: false, heartbeatAt: at('11:30').toISOString(), host: 'triggerer-0' };
    const found = explained(slow({ kind: 'task_running_long' }), {
      attempt: attempt({ state: 'deferred', deferredSeconds: 400, durationSeconds: null }),
      platform: platform({ components: [down] }),
    });
    expect(found).toMatchObject({ category: 'platform', subcategory: 'triggerer_down', transient: 'yes' });
    expect(found.evidence[0]?.quote).toBe('the triggerer (triggerer-0) is down, last heartbeat 30m ago');
  });

  test.each([
    [119, 'unknown'],
    [120, 'platform'],
  ])('a worker that has not been heard of for %i s: %s', (silentSeconds, category) => {
    const lastHeartbeatAt = new Date(now.getTime() - silentSeconds * 1000).toISOString();
    const running = attempt({ state: 'running', durationSeconds: null, endedAt: null, lastHeartbeatAt });
    expect(explained(slow(), { attempt: running }).category).toBe(category);
  });

  test.each([
    [14, 'unknown'],
    [15, 'more_input'],
  ])('%i mapped instances, usually 10: %s', (instances, category) => {
    const found = explained(slow(), {
      attempt: attempt({ mapIndex: 0 }),
      run: run({ instances }),
      history: history({ medianInstances: 10 }),
    });
    expect(found.category).toBe(category);
  });

  test.each([
    [179, 'unknown'],
    [180, 'platform'],
  ])('two runs on its host with a median of %i s, elsewhere 120 s: %s', (medianSeconds, category) => {
    const byHost = [
      { name: 'worker-1', n: 2, medianSeconds },
      { name: 'worker-2', n: 3, medianSeconds: 120 },
    ];
    expect(explained(slow(), { attempt: attempt(), history: history({ byHost }) }).category).toBe(category);
  });

  test('others that are slow on the same host point at the host: one by itself hardly, its own incident not at all', () => {
    const beside = (...each: Near[]) => explained(slow(), { attempt: attempt(), neighbours: neighbours(each) });
    const there = (name: string) => near({ taskId: name, shares: ['host'] });
    expect(beside(there('a'), there('b'))).toMatchObject({ category: 'platform', subcategory: 'slow_host', confidence: 0.7 });
    expect(beside(there('a'), near({ kind: 'task_running_long', taskId: 'a', shares: ['host'] })).confidence).toBe(0.45);
    expect(beside(near({ shares: ['host', 'task'] })).category).toBe('unknown');
  });

  test.each([
    [4, 'slow_host'],
    [3, 'same_time'],
  ])('%i slow on its host and one elsewhere: %s', (count, subcategory) => {
    const there = Array.from({ length: count }, (_, index) => near({ taskId: `t${index}`, shares: ['host'] }));
    expect(
      explained(slow(), { attempt: attempt(), neighbours: neighbours([...there, near({ taskId: 'far' })]) }).subcategory,
    ).toBe(subcategory);
  });

  test('a full pool whose tasks are all slow explains them, whatever their hosts', () => {
    const pool = {
      pool: 'tight',
      exists: true,
      open: 0,
      running: 3,
      queued: 0,
      scheduled: 1,
      deferred: 0,
      holders: [],
      waiting: [],
    };
    const inPool = [near({ taskId: 'a', shares: ['pool', 'host'] }), near({ taskId: 'b', shares: ['pool'] })];
    const found = explained(slow(), {
      attempt: attempt({ pool: 'tight' }),
      neighbours: neighbours(inPool),
      platform: platform({ pool }),
    });
    expect(found).toMatchObject({ category: 'contention', subcategory: 'same_pool', confidence: 0.7 });
    expect(found.evidence.map(({ ref }) => ref)).toEqual(['E7', 'E9']);
  });

  test('that the other tasks of the run are as usual is said only when none is slower', () => {
    const of = (seconds: number) =>
      explained(slow(), {
        attempt: attempt(),
        run: run({ ended: [standing({ seconds }), standing({ taskId: 'b' }), standing({ taskId: 'c' })] }),
      }).rootCause;
    expect(of(89)).toContain('the other tasks of the run as usual');
    expect(of(90)).not.toContain('the other tasks of the run as usual');
  });

  test('most tasks of the run slower than usual speak for more input, one of them does not', () => {
    const late = standing({ seconds: 90 });
    const of = (...ended: (typeof late)[]) => explained(slow(), { attempt: attempt(), run: run({ ended }) });
    expect(of(late, standing({ taskId: 'clean', seconds: 90 }), standing({ taskId: 'check' })).subcategory).toBe('whole_run');
    expect(of(late, standing({ taskId: 'clean', seconds: 89 }), standing({ taskId: 'check' })).category).toBe('unknown');
  });

  test('tasks of two other DAGs that became slow at the same time compete for something', () => {
    const one = near();
    const two = near({ incidentId: 'b', dagId: 'web', taskId: 'ship' });
    expect(explained(slow(), { attempt: attempt(), neighbours: neighbours([one, two]) })).toMatchObject({
      category: 'contention',
    });
    expect(explained(slow(), { attempt: attempt(), neighbours: neighbours([one]) }).category).toBe('unknown');
    expect(explained(slow(), { attempt: attempt(), neighbours: neighbours([near({ shares: ['pool'] })]) })).toMatchObject({
      category: 'contention',
      subcategory: 'same_pool',
    });
  });

  test.each([
    [86_399, ['configuration_error']],
    [86_400, []],
    [-1, []],
  ])('a variable that was changed %i s before stands beside what else is said: %o', (seconds, alternatives) => {
    const changedAt = new Date(at('11:50').getTime() - seconds * 1000).toISOString();
    const action = {
      at: changedAt,
      deed: 'variable',
      event: 'patch_variable',
      dagId: null,
      taskId: null,
      runId: null,
      who: 'Ann',
    } as const;
    const found = explained(slow(), { attempt: attempt(), changes: changes({ actions: [action] }) });
    expect(found).toMatchObject({ category: 'unknown', subcategory: 'itself' });
    expect(found.alternatives.map(({ category }) => category)).toEqual(alternatives);
  });

  test('a host on which it never ran is worth a look, and not the cause', () => {
    const byHost = [{ name: 'worker-2', n: 5, medianSeconds: 120 }];
    const found = explained(slow(), { attempt: attempt(), history: history({ byHost }) });
    expect([found.subcategory, found.alternatives[0]?.category]).toEqual(['itself', 'platform']);
    const four = [{ name: 'worker-2', n: 4, medianSeconds: 120 }];
    expect(explained(slow(), { attempt: attempt(), history: history({ byHost: four }) }).alternatives).toEqual([]);
  });

  test('a rival of another category makes the first less sure, and stands beside it', () => {
    const alone = explained(slow(), { attempt: attempt(), history: history(), changes: newCode });
    const both = explained(slow(), {
      attempt: attempt(),
      history: history(),
      changes: newCode,
      neighbours: neighbours([near({ shares: ['pool'] })]),
    });
    expect(both.confidence).toBeLessThan(alone.confidence);
    expect(both.alternatives.map(({ category }) => category)).toEqual(['contention']);
  });

  test('a try that was too fast may have had nothing to do', () => {
    const fast = slow({ observed: { value: 5, unit: 'seconds' } });
    expect(explained(fast, { attempt: attempt({ durationSeconds: 5 }), history: history() })).toMatchObject({
      category: 'data_quality',
      subcategory: 'less_input',
    });
  });
});

describe('why durations changed', () => {
  const shift = slow({ kind: 'trend', event: `since:${at('06:00').getTime()}:level` });
  const deployed = (hoursBefore: number) => ({
    changes: changes({
      versions: [
        { number: 5, bundleVersion: null, createdAt: new Date(at('06:00').getTime() - hoursBefore * 3_600_000).toISOString() },
      ],
    }),
  });

  test.each([
    [36, 'slower_code'],
    [37, 'unknown'],
    [-1, 'unknown'],
  ])('a version that came %i h before the new level: %s', (hours, category) => {
    expect(explained(shift, deployed(hours)).category).toBe(category);
  });

  test('steady growth is put down to growing input, with care', () => {
    const drift = slow({ kind: 'trend', event: 'since:1', observed: { value: 1.5, unit: 'percent_per_run' }, n: 90 });
    const found = explained(drift, { history: history() });
    expect(found).toMatchObject({ category: 'more_input', subcategory: 'growing_input' });
    expect(found.confidence).toBeLessThan(0.75);
  });
});
