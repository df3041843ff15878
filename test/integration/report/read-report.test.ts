import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { saveExplanation } from '../../../src/explain/rows.ts';
import type { Incident, IncidentEventKind } from '../../../src/incident/incident.ts';
import { saveEvents, saveIncidents } from '../../../src/incident/save.ts';
import { saveDays } from '../../../src/measure/day-totals.ts';
import { periodAsked, type ReportKind } from '../../../src/report/period.ts';
import { readReport } from '../../../src/report/read-report.ts';
import { reportJson } from '../../../src/http/api/report-json.ts';
import { reportSchema } from '../../../src/http/api/report-schema.ts';
import { tell } from '../../../src/report/tell.ts';
import type { Store } from '../../../src/store/store.ts';
import { createStore } from '../../kit/database.ts';
import { explanation, keptExplanation } from '../../kit/explanations.ts';
import { incident } from '../../kit/findings.ts';
import { tried } from '../../measure/kit.ts';

let store: Store & AsyncDisposable;
beforeAll(async () => {
  store = await createStore();
});
afterAll(() => store[Symbol.asyncDispose]());
beforeEach(() =>
  store.query(
    'TRUNCATE incident, incident_event, explanation_call, task_day, task_day_since, level_shift, sample, sla_state, sla_bucket CASCADE',
  ),
);

const now = new Date('2026-11-23T07:00:00Z');
const at = (text: string): Date => new Date(`2026-11-${text}:00Z`);
const read = (kind: ReportKind = 'weekly', date: string | null = null) =>
  readReport(store, 'a', periodAsked(kind, date, 'UTC', now), now);

/** An incident with its opening, and what else happened to it. */
async function open(
  id: string,
  opened: Date,
  partial: Partial<Incident> = {},
  events: [kind: IncidentEventKind, at: Date, who: string, text?: string][] = [],
  opening: Parameters<typeof incident>[1] = {},
): Promise<void> {
  const subject = { type: 'task', dagId: 'etl', taskId: id } as const;
  const made = incident({ id, openedAt: opened, tellableAt: opened, ...partial }, { subject, since: opened, ...opening });
  await saveIncidents(store, 'a', [made]);
  const all = [['opened', opened, 'windsock'] as (typeof events)[number], ...events];
  await saveEvents(
    store,
    'a',
    all.map(([kind, when, who, text = '']) => ({ incidentId: id, at: when, kind, who, text })),
  );
}

const resolved = (to: Date): Partial<Incident> => ({ state: 'resolved', resolvedAt: to, endReason: 'cleared' });
const counting = { timeZone: 'UTC', now: at('01T00:00') };

test('of an empty store nothing is known, and that is what is said', async () => {
  const report = await read();
  expect(report).toMatchObject({
    triesSince: null,
    incidentsSince: null,
    failures: { incidents: { now: null, before: null }, groups: [] },
  });
  expect(tell(report, '').notes).toHaveLength(1);
  reportSchema.parse(reportJson(report));
});

test('incidents are put to what caused them, with the line that proves it, and compared with the week before', async () => {
  await saveDays(store, 'a', [tried(at('01T01:00').getTime(), 1)], counting);
  // The week before: one of a resource. This week: two of a resource, one that nobody can explain, a member, a slow one.
  await open('before', at('15T23:59'), resolved(at('16T00:30')));
  await open('first', at('16T00:00'), resolved(at('16T01:00')));
  await open('second', at('22T23:59'), { severity: 'critical' });
  await open('unknown', at('18T00:00'));
  await open('member', at('18T00:00'), { rootId: 'unknown', memberReason: 'same host' });
  await open('slow', at('18T00:00'), {}, [], { kind: 'task_slow' });
  await open('after', at('23T00:00'));
  for (const id of ['before', 'first', 'second']) await saveExplanation(store, 'a', keptExplanation({ incidentId: id }));
  // What a model said counts where it was verified.
  await saveExplanation(
    store,
    'a',
    keptExplanation({ incidentId: 'slow', resultB: explanation({ source: 'llm', category: 'slower_code' }), outcome: 'llm' }),
  );
  const { failures, slower } = await read();
  expect(failures.incidents).toEqual({ now: 3, before: 1 });
  expect(
    failures.groups.map(({ category, incidents, items }) => ({ category, incidents, ids: items.map(({ id }) => id) })),
  ).toEqual([
    { category: 'resource_error', incidents: { now: 2, before: 1 }, ids: ['second', 'first'] },
    { category: 'unknown', incidents: { now: 1, before: 0 }, ids: ['unknown'] },
  ]);
  expect(failures.groups[0]?.items[0]?.cause).toMatchObject({
    cause: 'The disk is full.',
    proof: 'L3: OSError: No space left on device',
  });
  expect(slower.incidents).toMatchObject({
    count: 1,
    compared: { now: 1, before: 0 },
    items: [{ id: 'slow', cause: { category: 'slower_code' } }],
  });
  expect((await read('daily', '2026-11-16')).failures.incidents).toEqual({ now: 1, before: 1 });
});

test('times to acknowledge and to resolve are those of what was first acknowledged, or ended, in the time', async () => {
  await saveDays(store, 'a', [tried(at('01T01:00').getTime(), 1)], counting);
  // Opened before the week, acknowledged in it after 10 minutes, given back and acknowledged again.
  await open('one', at('15T23:55'), resolved(at('16T02:55')), [
    ['acknowledged', at('16T00:05'), 'robin'],
    ['unacknowledged', at('16T01:00'), 'windsock'],
    ['acknowledged', at('16T02:00'), 'robin'],
  ]);
  await open('two', at('17T00:00'), resolved(at('17T01:00')), [['acknowledged', at('17T00:30'), 'kim']]);
  await open('three', at('18T00:00'), resolved(at('18T00:20')));
  // First acknowledged the week before.
  await open('old', at('10T00:00'), resolved(at('16T00:00')), [
    ['acknowledged', at('10T00:02'), 'kim'],
    ['acknowledged', at('18T00:00'), 'kim'],
  ]);
  const { acknowledge, resolve, ignored, forgotten } = await read();
  // 10 and 30 minutes; the week before 2.
  expect(acknowledge).toEqual({
    count: { now: 2, before: 1 },
    meanSeconds: { now: 1200, before: 120 },
    medianSeconds: { now: 1200, before: 120 },
  });
  // 180, 60, 20 minutes and six days.
  expect(resolve.count).toEqual({ now: 4, before: 0 });
  expect(resolve.medianSeconds.now).toBe(((60 + 180) / 2) * 60);
  expect(resolve.meanSeconds.now).toBe(((180 + 60 + 20 + 6 * 1440) / 4) * 60);
  // Told in the week: two and three; nobody touched three.
  expect(ignored).toMatchObject({ told: { now: 2, before: 2 }, count: 1, items: [{ id: 'three' }] });
  expect(forgotten).toMatchObject({ count: 0, givenBack: { now: 1, before: 0 } });
});

test('an acknowledgement is forgotten when it is a day old at the end and what it is about is not over', async () => {
  const acknowledged = (on: Date, rest: Partial<Incident> = {}): Partial<Incident> => ({
    state: 'acknowledged',
    acknowledgedAt: on,
    acknowledgedBy: 'robin',
    ...rest,
  });
  await open('forgotten', at('20T00:00'), acknowledged(at('22T00:00')));
  await open('fresh', at('20T00:00'), acknowledged(at('22T00:01')));
  await open('over since', at('20T00:00'), acknowledged(at('20T00:00'), resolved(at('23T01:00'))));
  await open('over', at('20T00:00'), acknowledged(at('20T00:00'), resolved(at('22T01:00'))));
  const { forgotten } = await read();
  expect(forgotten.items.map(({ id }) => id)).toEqual(['over since', 'forgotten']);
  // It is seven o'clock.
  await open('of yesterday', at('22T07:00'), acknowledged(at('22T07:00')));
  await open('not a day old', at('22T07:00'), acknowledged(at('22T07:01')));
  const { forgotten: today } = await read('daily', '2026-11-23');
  expect(today.items.map(({ id }) => id)).toEqual(['forgotten', 'fresh', 'of yesterday']);
});

test('noise is what opened and came again; what was kept quiet is told by its reason', async () => {
  await open('loud', at('16T00:00'), {}, [
    ['recurred', at('16T01:00'), 'windsock'],
    ['recurred', at('23T01:00'), 'windsock'],
    ['recurred', at('17T01:00'), 'windsock'],
  ]);
  await open('quiet', at('16T00:00'), {}, [
    ['suppressed', at('16T00:00'), 'windsock', 'maintenance: night until 2026-11-16T04:00:00.000Z'],
  ]);
  await open('hushed', at('16T00:00'), {}, [
    ['suppressed', at('16T00:00'), 'windsock', 'maintenance: night until 2026-11-17T04:00:00.000Z'],
    ['suppressed', at('16T05:00'), 'robin', 'by robin until 2026-11-17T04:00:00.000Z: off until Friday'],
    ['suppressed', at('17T05:00'), 'windsock', 'maintenance: frozen until Friday until 2026-11-20T04:00:00.000Z'],
  ]);
  const { noisiest, quiet } = await read();
  expect(noisiest).toMatchObject({ count: 3, items: [{ subject: { taskId: 'loud' }, incidents: 1, times: 3 }, {}, {}] });
  expect(quiet).toEqual({
    count: 3,
    items: [
      { reason: 'maintenance: night', incidents: 2 },
      { reason: 'by robin', incidents: 1 },
      { reason: 'maintenance: frozen until Friday', incidents: 1 },
    ],
  });
});

test('what failed tries took is summed, and compared only with what was counted from its beginning', async () => {
  const retry = { outcome: 'retry' } as const;
  await saveDays(store, 'a', [tried(at('12T00:00').getTime(), 600, retry), tried(at('13T00:00').getTime(), 300)], {
    timeZone: 'UTC',
    now: at('12T00:00'),
  });
  await saveDays(
    store,
    'a',
    [
      tried(at('16T00:00').getTime(), 100, retry),
      tried(at('18T00:00').getTime(), 200, { outcome: 'failure' }),
      tried(at('22T23:59').getTime(), 300, { tryNumber: 2 }),
      tried(at('23T00:00').getTime(), 900),
    ],
    counting,
  );
  const { tries, flakiest } = await read();
  expect(tries).toMatchObject({
    all: { now: 3, before: null },
    failed: { now: 2, before: null },
    final: { now: 1 },
    successRatio: { now: 0.5 },
    seconds: { now: 600 },
    failedSeconds: { now: 300 },
    failedShare: { now: 0.5 },
  });
  expect(flakiest).toMatchObject({ healed: { now: 1 }, items: [{ taskId: 'load', healed: 1 }] });
  // The day before was counted whole.
  expect((await read('daily', '2026-11-14')).tries.failedSeconds).toEqual({ now: 0, before: 0 });
  expect((await read('daily', '2026-11-13')).tries.failedSeconds).toEqual({ now: 0, before: 600 });
});

test('SLAs are told by what was counted in the time, the furthest below its promise first', async () => {
  const status = (objective: number, left: number) =>
    JSON.stringify({ kind: 'success_ratio', objective, budgetLeftRuns: left, standing: 'so it stands' });
  for (const [sla, objective, left] of [
    ['kept', 0.9, 3],
    ['broken', 0.99, -1],
    ['idle', 0.5, 1],
  ] as const)
    await store.query(
      `INSERT INTO sla_state (airflow, sla, dag_id, task_id, definition, seeded, first_seen_at, violations, state, since, judged_to, status)
       VALUES ('a', $1, 'etl', '', '', true, now(), 0, 'met', now(), now(), $2)`,
      [sla, status(objective, left)],
    );
  const counted = (sla: string, on: Date, total: number, bad: number) =>
    store.query(
      `INSERT INTO sla_bucket (airflow, sla, dag_id, task_id, minutes, at, total, bad) VALUES ('a', $1, 'etl', '', 60, $2, $3, $4)`,
      [sla, on, total, bad],
    );
  await counted('kept', at('16T00:00'), 10, 1);
  await counted('broken', at('16T00:00'), 50, 1);
  await counted('broken', at('22T23:00'), 50, 1);
  await counted('broken', at('15T23:00'), 10, 0);
  await counted('broken', at('23T00:00'), 10, 10);
  const { slas } = await read();
  expect(slas.counts).toEqual({ targets: 3, judged: 2, below: 1, judgedBefore: 1, belowBefore: 0 });
  expect(slas.items).toMatchObject([
    { sla: 'broken', total: 100, bad: 2, totalBefore: 10, badBefore: 0, budgetLeftRuns: -1 },
    { sla: 'kept', total: 10, bad: 1 },
    { sla: 'idle', total: 0 },
  ]);
});

test('what language models took is told by model', async () => {
  const call = (on: Date, model: string, cost: number | null) =>
    store.query(
      `INSERT INTO explanation_call (airflow, at, incident_id, event, outcome, detail, provider, model, calls, input_tokens, output_tokens, cost, seconds, prompt, raw)
       VALUES ('a', $1, 'i', 'e', 'llm', '', 'ollama', $2, 2, 100, 10, $3, 1, '[]', '[]')`,
      [on, model, cost],
    );
  await call(at('16T00:00'), 'small', 0.5);
  await call(at('17T00:00'), 'small', 0.25);
  await call(at('17T00:00'), 'free', null);
  await call(at('10T00:00'), 'free', null);
  const { models } = await read();
  expect(models).toMatchObject({
    calls: { now: 6, before: 2 },
    tokens: { now: 330, before: 110 },
    cost: { now: 0.75, before: null },
    isCut: false,
  });
  expect(models.byModel.map(({ model, calls }) => [model, calls])).toEqual([
    ['small', 4],
    ['free', 2],
  ]);
});

test('2 000 incidents in a week make a report of bounded size, in which all are counted', async () => {
  await saveDays(store, 'a', [tried(at('01T01:00').getTime(), 1)], counting);
  await open('one', at('16T00:00'));
  await store.query(
    `INSERT INTO incident SELECT (jsonb_populate_record(i, jsonb_build_object('id', 'copy' || n, 'subject_key', 'task:etl/' || n,
       'opened_at', i.opened_at + n * interval '1 minute'))).* FROM incident i, generate_series(1, 1999) n`,
  );
  await store.query(
    `INSERT INTO incident_event (airflow, incident_id, at, kind, who, text) SELECT airflow, id, opened_at, 'opened', 'windsock', '' FROM incident WHERE id <> 'one'`,
  );
  const report = await read();
  expect(report.failures).toMatchObject({ incidents: { now: 2000, before: 0 }, unread: 0 });
  expect(report.ignored.count).toBe(2000);
  expect(report.noisiest.count).toBe(2000);
  const json = reportSchema.parse(reportJson(report));
  expect(JSON.stringify(json).length).toBeLessThan(60_000);
  expect(JSON.stringify(tell(report, ''))).toContain('and 1,995 more');
});
