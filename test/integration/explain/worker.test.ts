import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { saveExplanation } from '../../../src/explain/rows.ts';
import { createWorker, type ExplainReport, type Worker, type WorkerOptions } from '../../../src/explain/worker.ts';
import { AppError } from '../../../src/lib/errors.ts';
import type { Incident } from '../../../src/incident/incident.ts';
import { saveIncidents } from '../../../src/incident/save.ts';
import type { Store } from '../../../src/store/store.ts';
import { createStore } from '../../kit/database.ts';
import { keptExplanation } from '../../kit/explanations.ts';
import { at, incident } from '../../kit/findings.ts';
import { keptLog } from '../../kit/http.ts';

let store: Store & AsyncDisposable;
beforeAll(async () => {
  store = await createStore();
});
afterAll(() => store[Symbol.asyncDispose]());
beforeEach(() => store.query('TRUNCATE incident CASCADE'));

const opened = (id: string, partial: Partial<Incident> = {}) => {
  const made = incident({ id }, { subject: { type: 'task', dagId: id, taskId: 'load' }, event: `event of ${id}` });
  return { ...made, ...partial };
};

/** A worker that keeps what it explains, and the order in which it was asked. */
function worker(explain?: WorkerOptions['explain']) {
  const asked: string[] = [];
  const reports: ExplainReport[] = [];
  const { logger, lines } = keptLog();
  const time = { ms: 0 };
  const made: Worker = createWorker({
    store,
    airflow: 'a',
    clock: { now: () => at('10:00'), monotonicMs: () => time.ms },
    logger,
    report: (report) => reports.push(report),
    async explain(each, signal) {
      asked.push(each.id);
      const { id: incidentId, latest } = each;
      const done = await explain?.(each, signal);
      await saveExplanation(store, 'a', keptExplanation({ incidentId, event: latest.event }));
      return done ?? { refine: null, redactions: {}, settled: false, mayKnowMore: false };
    },
  });
  return { ...made, asked, reports, lines, time };
}

test('every incident is explained once, roots and the worst first, also by a worker that comes after', async () => {
  await saveIncidents(store, 'a', [
    opened('member', { rootId: 'root' }),
    opened('root'),
    opened('worst', { severity: 'critical' }),
  ]);
  const first = worker();
  expect(await first.round()).toBe(3);
  expect(first.asked).toEqual(['worst', 'root', 'member']);
  expect(await first.round()).toBe(0);
  const second = worker();
  await saveIncidents(store, 'a', [opened('new')]);
  expect(await second.round()).toBe(1);
  expect(second.asked).toEqual(['new']);
});

test('a surge is explained after its failures, and not after all of a storm', async () => {
  const surge = incident({ id: 'surge', severity: 'critical' }, { kind: 'failure_rate_high', subject: { type: 'deployment' } });
  const storm = Array.from({ length: 30 }, (_, index) => opened(`failed ${index}`, { rootId: 'surge' }));
  await saveIncidents(store, 'a', [surge, ...storm]);
  const made = worker();
  expect(await made.round()).toBe(31);
  expect(made.asked.indexOf('surge')).toBe(20);
});

test('the next event of an incident is explained again', async () => {
  await saveIncidents(store, 'a', [opened('a')]);
  const { round, asked } = worker();
  await round();
  const before = opened('a');
  await saveIncidents(store, 'a', [{ ...before, latest: { ...before.latest, event: 'another' } }]);
  expect(await round()).toBe(1);
  expect(asked).toEqual(['a', 'a']);
});

test('one that cannot be explained holds up no other, is said once, and is tried again ever later', async () => {
  await saveIncidents(store, 'a', [opened('bad', { severity: 'critical' }), opened('good')]);
  const made = worker(async ({ id }) => {
    if (id === 'bad') throw new Error('password=hunter2hunter2 was refused');
    return { refine: null, redactions: { token: 2 }, settled: true, mayKnowMore: false };
  });
  expect(await made.round()).toBe(1);
  expect(made.asked).toEqual(['bad', 'good']);
  for (const [ms, times] of [
    [29_999, 2],
    [30_000, 3],
    [89_999, 3],
    [90_000, 4],
  ] as const) {
    made.time.ms = ms;
    await made.round();
    expect(made.asked, `after ${ms} ms`).toHaveLength(times);
  }
  expect(made.lines).toHaveLength(1);
  expect(made.lines.join()).not.toContain('hunter2');
  expect(made.reports.map(({ what }) => what)).toEqual(['failed', 'explained', 'failed', 'failed']);
  expect(made.reports[1]).toMatchObject({ redactions: { token: 2 }, settled: true });
});

test('who leads no more leaves all of a storm to who does', async () => {
  await saveIncidents(
    store,
    'a',
    Array.from({ length: 30 }, (_, index) => opened(`failed ${index}`)),
  );
  const made = worker(() => Promise.reject(new AppError('CONFLICT', 'another leads')));
  expect(await made.round()).toBe(0);
  expect([made.asked.length, made.lines, made.reports]).toEqual([1, [], []]);
});

test('what may be known better later is explained again, three times at most', async () => {
  await saveIncidents(store, 'a', [opened('late log')]);
  const made = worker(async () => ({ refine: null, redactions: {}, settled: false, mayKnowMore: true }));
  for (const [ms, times] of [
    [0, 1],
    [29_999, 1],
    [30_000, 2],
    [90_000, 3],
    [210_000, 4],
    [9_000_000, 4],
  ] as const) {
    made.time.ms = ms;
    await made.round();
    expect(made.asked, `after ${ms} ms`).toHaveLength(times);
  }
});

test('what comes while a round runs is explained by that round, before more of what waited', async () => {
  await saveIncidents(store, 'a', [opened('a')]);
  const { round, asked } = worker(async ({ id }) => {
    if (id === 'a') {
      await saveIncidents(store, 'a', [opened('b')]);
      expect(await round()).toBe(0);
    }
    return { refine: null, redactions: {}, settled: false, mayKnowMore: false };
  });
  expect(await round()).toBe(2);
  expect(asked).toEqual(['a', 'b']);
});

test('refinement goes on behind, one after the other, and ends with the worker', async () => {
  await saveIncidents(
    store,
    'a',
    ['a', 'b', 'c'].map((id) => opened(id)),
  );
  const order: string[] = [];
  const hanging = Promise.withResolvers<void>();
  const made = worker(async ({ id }) => ({
    redactions: {},
    settled: false,
    mayKnowMore: false,
    async refine(signal) {
      order.push(`begin ${id}`);
      if (id === 'a') throw new Error('no log');
      hanging.resolve();
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      order.push(`end ${id}`);
      return false;
    },
  }));
  expect(await made.round()).toBe(3);
  await hanging.promise;
  await made.stop();
  expect(order).toEqual(['begin a', 'begin b', 'end b']);
  expect(await made.round()).toBe(0);
});
