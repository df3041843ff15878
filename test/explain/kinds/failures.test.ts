import { describe, expect, test } from 'vitest';
import { explainFinding } from '../../../src/explain/explain-finding.ts';
import { adjustByCircumstances, tryFactsOf } from '../../../src/explain/kinds/task-failed.ts';
import type { Explanation } from '../../../src/explain/explanation.ts';
import type { Incident } from '../../../src/incident/incident.ts';
import { at, incident } from '../../kit/findings.ts';
import { attempt, changes, circumstances, explained, history, near, neighbours, platform, run, standing } from '../kit.ts';

const failedNear = (parts = {}) => near({ kind: 'task_failed', title: 'crm.sync failed for good', ...parts });

describe('why failures surge', () => {
  const surge: Incident = incident(
    {},
    { kind: 'failure_rate_high', subject: { type: 'deployment' }, occasion: null, since: at('11:30') },
  );
  const ofDag: Incident = incident(
    {},
    { kind: 'failure_rate_high', subject: { type: 'dag', dagId: 'crm' }, occasion: null, since: at('11:30') },
  );
  const cause = { category: 'dependency_failure', subcategory: 'refused', text: 'The warehouse refuses connections.' } as const;

  test('what most of them have in common is the cause', () => {
    const shared = (what: 'signature' | 'host' | 'pool' | 'operator' | 'cause', value: string) =>
      explained(surge, { neighbours: neighbours([failedNear({ cause })], { common: { what, value, count: 9, of: 10 } }) });
    expect(shared('signature', 'c0ffee00'.repeat(5))).toMatchObject({
      category: 'dependency_failure',
      subcategory: 'same_signature',
    });
    expect(shared('cause', 'dependency_failure/refused')).toMatchObject({
      category: 'dependency_failure',
      subcategory: 'refused',
    });
    expect(shared('host', 'worker-1')).toMatchObject({ category: 'platform', subcategory: 'same_host', transient: 'yes' });
    expect(shared('pool', 'tight').category).toBe('contention');
    expect(shared('cause', 'dependency_failure/refused').rootCause).toBe(
      '9 of 10 failures at the time have the cause “refused” in common, such as: The warehouse refuses connections.',
    );
    expect(shared('operator', 'HttpOperator').confidence).toBeLessThan(shared('signature', 'x').confidence);
  });

  test('nothing in common is said as that', () => {
    const found = explained(surge, { neighbours: neighbours([failedNear(), failedNear({ dagId: 'web' })]) });
    expect(found).toMatchObject({ category: 'unknown', subcategory: 'nothing_in_common' });
    expect(found.rootCause).toContain('2 failures in 2 DAGs (crm and web)');
  });

  test('of one DAG its failed task is the cause, with why where that is known', () => {
    const alone = explained(ofDag, { neighbours: neighbours([failedNear({ shares: ['dag'] })]) });
    expect(alone).toMatchObject({ category: 'upstream_late', subcategory: 'task_failed' });
    const known = explained(ofDag, { neighbours: neighbours([failedNear({ shares: ['dag'], cause })]) });
    expect(known).toMatchObject({ category: 'dependency_failure', subcategory: 'refused' });
    expect(known.rootCause).toBe('crm fails in sync: The warehouse refuses connections.');
  });

  test.each([
    [0, 'new_code'],
    [86_399, 'new_code'],
    [86_400, 'nothing_in_common'],
  ])('a version that came %i s before the failures: %s', (seconds, subcategory) => {
    const createdAt = new Date(at('11:30').getTime() - seconds * 1000).toISOString();
    const versions = [{ number: 5, bundleVersion: null, createdAt }];
    expect(explained(ofDag, { changes: changes({ versions }) }).subcategory).toBe(subcategory);
  });

  test.each([
    [7199, 'settings_changed'],
    [7200, 'nothing_in_common'],
    [-1, 'nothing_in_common'],
  ])('a connection that was changed %i s before: %s', (seconds, subcategory) => {
    const action = {
      at: new Date(at('11:30').getTime() - seconds * 1000).toISOString(),
      deed: 'connection',
      event: 'patch_connection',
      dagId: null,
      taskId: null,
      runId: null,
      who: 'Ann',
    } as const;
    expect(explained(surge, { changes: changes({ actions: [action] }) }).subcategory).toBe(subcategory);
  });
});

describe('a failed task in the light of what is known round it', () => {
  const failed: Incident = incident(
    {},
    { since: at('11:50'), carried: { host: 'worker-1', pool: 'default_pool', queue: 'default', operator: 'PythonOperator' } },
  );
  const lost = attempt({ state: 'failed', events: [{ at: at('11:50').toISOString(), event: 'heartbeat timeout' }] });
  const ofLog = (parts: Partial<Explanation> = {}): Explanation => ({
    source: 'rules',
    category: 'data_quality',
    subcategory: 'schema_mismatch',
    rootCause: 'The column customer_id is missing.',
    transient: 'no',
    evidence: [{ ref: 'L118', quote: "KeyError: 'customer_id'", verified: true }],
    nextSteps: ['Look at the input'],
    alternatives: [],
    confidence: 0.8,
    rule: 'python.key_error',
    docs: null,
    ...parts,
  });
  const adjusted = (explanation: Explanation, parts: Parameters<typeof circumstances>[0]) =>
    adjustByCircumstances(explanation, failed, circumstances(parts));

  test('the facts of the try come from its row', () => {
    expect(tryFactsOf({ attempt: lost })).toMatchObject({
      state: 'failed',
      tryNumber: 1,
      events: [{ event: 'heartbeat timeout', extra: null }],
    });
    expect(tryFactsOf({})).toBeNull();
  });

  test('without a log a lost worker is the cause', () => {
    expect(explained(failed, { attempt: lost })).toMatchObject({
      category: 'resource_error',
      subcategory: 'heartbeat_lost',
      transient: 'yes',
    });
  });

  test.each([
    [1, ': evicted'],
    [2, ', as did 1 other task within 15 minutes: evicted'],
  ])('%i workers lost at the time: %s', (lostWorkers, words) => {
    expect(explained(failed, { attempt: lost, platform: platform({ lostWorkers }) }).rootCause).toContain(
      `("heartbeat timeout")${words}`,
    );
  });

  test.each([
    [0.49, 'heartbeat_lost'],
    [0.5, 'schema_mismatch'],
  ])('a log that is sure to %f against a lost worker: %s', (confidence, subcategory) => {
    const found = adjusted(ofLog({ confidence }), { attempt: lost });
    expect(found.subcategory).toBe(subcategory);
    // What the log showed stays to be seen, and the other cause stands beside it.
    expect(found.evidence.map(({ ref }) => ref)).toEqual(expect.arrayContaining(['L118', 'E1']));
    expect(found.alternatives.map(({ category }) => category)).toEqual([confidence < 0.5 ? 'data_quality' : 'resource_error']);
  });

  test('nothing round it leaves the explanation as it is', () => {
    const explanation = ofLog();
    expect(adjusted(explanation, { attempt: attempt({ state: 'failed' }), history: history() })).toBe(explanation);
  });

  test('new code stands beside the error of the log', () => {
    const version = {
      before: { number: 4, bundleVersion: null, hash: null },
      now: { number: 5, bundleVersion: null, hash: null },
      changed: true,
    };
    const found = adjusted(ofLog(), { attempt: attempt({ state: 'failed' }), changes: changes({ version }) });
    expect(found).toMatchObject({ category: 'data_quality', rootCause: 'The column customer_id is missing.', confidence: 0.8 });
    expect(found.alternatives[0]?.cause).toContain('failed with version 5 of the code; its last success was with version 4');
    expect(found.evidence.at(-1)?.ref).toBe('E8');
  });

  test('agreement makes it surer, and never certain', () => {
    const log = ofLog({ category: 'resource_error', subcategory: 'oom', confidence: 0.6 });
    expect(adjusted(log, { attempt: lost }).confidence).toBe(0.7);
    expect(adjusted({ ...log, confidence: 0.95 }, { attempt: lost }).confidence).toBe(0.99);
  });

  test('a host is blamed only when chance does not explain how many failed there', () => {
    const here = neighbours([failedNear({ shares: ['host'] }), failedNear({ shares: ['host'], taskId: 'b' })]);
    expect(explained(failed, { attempt: attempt({ state: 'failed' }), neighbours: here }).rule).toBeNull();
    const common = { what: 'host', value: 'worker-1', count: 5, of: 5 } as const;
    expect(explained(failed, { attempt: attempt({ state: 'failed' }), neighbours: { ...here, common } }).subcategory).toBe(
      'host_trouble',
    );
    const other = { ...common, value: 'worker-2' };
    expect(explained(failed, { attempt: attempt({ state: 'failed' }), neighbours: { ...here, common: other } }).rule).toBeNull();
  });

  test('a person who marked this run after the failure did not cause it', () => {
    const by = (time: string) => ({
      attempt: attempt({ state: 'failed' }),
      changes: changes({
        actions: [
          {
            at: at(time).toISOString(),
            deed: 'mark',
            event: 'patch_task_instance',
            dagId: 'etl',
            taskId: 'load',
            runId: 'scheduled__2026-03-02',
            who: 'Bob',
          },
        ],
      }),
    });
    expect(explained(failed, by('11:51')).subcategory).toBe('person_marked');
    expect(explained(failed, by('11:52')).rule).toBeNull();
  });

  test('what failed before it is named, and a platform that is well is not', () => {
    const found = explainFinding(
      failed,
      circumstances({
        attempt: attempt({ state: 'failed' }),
        run: run({ upstream: [standing({ state: 'failed' })] }),
        platform: platform(),
      }),
    );
    expect(found).toMatchObject({ category: 'dependency_failure', subcategory: 'upstream_failed' });
  });
});
