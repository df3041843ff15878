import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { choose, neighbourhoodOf } from '../../../src/http/pages/neighbourhood.ts';
import { standingOf } from '../../../src/http/pages/task-state.ts';
import type { CloserView, HttpSources } from '../../../src/http/sources.ts';
import { at } from '../../kit/findings.ts';
import { askApp, sourcesWith } from '../../kit/http.ts';
import { sampleClock, sampleDags, sampleIncidents } from '../../kit/page-samples.ts';

const task = (taskId: string, ...downstream: string[]) => ({ taskId, downstream });

describe('what surrounds a task', () => {
  const diamond = [
    task('a', 'b', 'c'),
    task('b', 'd'),
    task('c', 'd'),
    task('d', 'e', 'gone'),
    task('e', 'f'),
    task('f', 'g'),
    task('g'),
  ];

  test('is everything at most two steps away, nearest way first, and how much there is in all', () => {
    expect(neighbourhoodOf(diamond, 'd')).toEqual({
      hops: [
        { hop: -2, taskIds: ['a'] },
        { hop: -1, taskIds: ['b', 'c'] },
        { hop: 0, taskIds: ['d'] },
        { hop: 1, taskIds: ['e'] },
        { hop: 2, taskIds: ['f'] },
      ],
      upstream: 3,
      downstream: 3,
    });
    expect(neighbourhoodOf(diamond, 'g')?.hops.map(({ hop }) => hop)).toEqual([-2, -1, 0]);
    expect(neighbourhoodOf(diamond, 'none')).toBeNull();
  });

  test('names no task twice, and only tasks that are there, whatever the graph', () => {
    const graph = fc
      .array(fc.tuple(fc.nat(30), fc.array(fc.nat(30), { maxLength: 8 })), { maxLength: 30 })
      .map((rows) => [...new Map(rows.map(([id, to]) => [id, task(`t${id}`, ...to.map((each) => `t${each}`))])).values()]);
    fc.assert(
      fc.property(graph, fc.nat(30), (tasks, here) => {
        const found = neighbourhoodOf(tasks, `t${here}`);
        if (found === null) return;
        const upstream = new Set(found.hops.filter(({ hop }) => hop < 0).flatMap(({ taskIds }) => taskIds));
        const downstream = found.hops.filter(({ hop }) => hop > 0).flatMap(({ taskIds }) => taskIds);
        expect(upstream.size).toBeLessThanOrEqual(found.upstream);
        expect(new Set(downstream).size).toBe(downstream.length);
        expect(downstream.length).toBeLessThanOrEqual(found.downstream);
        const known = new Set(tasks.map(({ taskId }) => taskId));
        expect([...upstream, ...downstream].every((id) => known.has(id))).toBe(true);
      }),
    );
  });

  test('is cut to those in trouble, and laid beside what they hang on', () => {
    const hops = [
      { hop: 0, taskIds: ['here'] },
      { hop: 1, taskIds: ['a', 'b', 'c', 'd'] },
      { hop: 2, taskIds: ['of_c', 'of_a'] },
    ];
    const rank = (id: string): number => (id === 'd' ? 0 : id === 'c' ? 1 : 2);
    const edge = (from: string, to: string): boolean => to === `of_${from}` || from === 'here';
    expect(choose(hops, { rank, shownMax: 3, edge }).map(({ taskIds }) => taskIds)).toEqual([
      ['here'],
      ['d', 'c', 'a'],
      ['of_c', 'of_a'],
    ]);
  });
});

describe('how a task stands', () => {
  const row = { taskId: 't', count: 1, startedAt: at('10:00'), endedAt: at('10:01') };
  test.each([
    [[{ ...row, state: 'failed' }], 'failed', 'after 1m00s', 'bad'],
    [[{ ...row, state: 'upstream_failed' }], 'upstream failed', '', 'warn'],
    [[{ ...row, state: 'running', endedAt: null }], 'running', 'for 30m00s', 'info'],
    [[{ ...row, state: 'success' }], 'success', '1m00s', 'good'],
    [[{ ...row, state: null }], 'not started', '', 'wait'],
    [[{ ...row, state: 'of_tomorrow' }], 'of tomorrow', '', 'info'],
    [
      [
        { ...row, state: 'success', count: 9 },
        { ...row, state: 'failed', count: 3 },
      ],
      'failed 3 of 12',
      '',
      'bad',
    ],
  ])('%#: the worst of its instances, in a word and a colour', (rows, word, more, tone) => {
    expect(standingOf(rows, at('10:30'))).toMatchObject({ word, more, tone });
  });

  test('is not known where the run has none of it', () => expect(standingOf([], at('10:30'))).toBeUndefined());
});

const states: CloserView = {
  ok: true,
  states: [
    { taskId: 'check_balance', state: 'success', count: 1, startedAt: at('10:00'), endedAt: at('10:01') },
    { taskId: 'write_parquet', state: 'failed', count: 1, startedAt: at('10:02'), endedAt: at('10:03') },
    { taskId: 'upload', state: 'upstream_failed', count: 1, startedAt: null, endedAt: null },
  ],
  versions: [],
};

/** The page, and how much of a processor the cheapest of some asks took: the machine may be busy with something else. */
async function incidentPage(given: Partial<HttpSources>, times = 1): Promise<{ html: string; tookMs: number }> {
  const { ask } = askApp({
    sources: sourcesWith({ incidents: sampleIncidents, dags: sampleDags, ...given }),
    clock: sampleClock,
  });
  let html = '';
  let tookMs = Number.POSITIVE_INFINITY;
  for (let time = 0; time < times; time += 1) {
    const began = process.threadCpuUsage();
    html = await (await ask('/incidents/inc-disk')).text();
    const { user, system } = process.threadCpuUsage(began);
    tookMs = Math.min(tookMs, (user + system) / 1000);
  }
  return { html, tookMs };
}

describe('the graph on the page of an incident', () => {
  test('asks Airflow for the tasks two steps round it in the run that it is about, and shows their states in words', async () => {
    const asked: unknown[] = [];
    const { html } = await incidentPage({ lookCloser: async (look) => (asked.push(look), states) });
    expect(asked).toEqual([
      {
        dagId: 'ledger_export',
        run: 'scheduled__2026-03-02T10:00:00+00:00',
        taskIds: ['read_ledger', 'check_balance', 'write_parquet', 'upload', 'notify'],
      },
    ]);
    for (const text of ['>upstream failed<', '>failed</span><small>after 1m00s', 'leads to upload', 'Two steps before'])
      expect(html).toContain(text);
  });

  test('stands without states, and says why, when Airflow does not answer', async () => {
    const { html } = await incidentPage({ lookCloser: async () => ({ ok: false, reason: 'it did not answer within a second' }) });
    expect(html).toContain('does not say how they stand now: it did not answer within a second');
    expect(html).toContain('leads to upload');
  });

  test('of a DAG with 5,000 tasks is a part that says how much more there is, in a small page, in no time', async () => {
    const wide = Array.from({ length: 2500 }, (_, index) => `load_${index}`);
    const tails = wide.map((id) => `${id}_report`);
    const summary = (await sampleDags.read('ledger_export')).summary;
    const tasks = [task('write_parquet', ...wide), ...wide.map((id) => task(id, `${id}_report`)), ...tails.map((id) => task(id))];
    const asked: number[] = [];
    const { html, tookMs } = await incidentPage(
      {
        dags: {
          ...sampleDags,
          read: async () => ({
            summary,
            tasks: tasks.map((each) => ({ ...each, downstream: [...each.downstream], operator: 'PythonOperator', counts: null })),
          }),
        },
        lookCloser: async ({ taskIds }) => (
          asked.push(taskIds.length),
          {
            ok: true,
            states: taskIds.map((taskId) => ({
              taskId,
              state: taskId === 'load_50' ? 'failed' : 'success',
              count: 1,
              startedAt: null,
              endedAt: null,
            })),
            versions: [],
          }
        ),
      },
      5,
    );
    expect(asked[0]).toBe(121);
    expect(html).toContain('… and 4,988 more downstream');
    expect(html).toContain('title="load_50"');
    expect(html.length).toBeLessThan(200_000);
    expect(tookMs).toBeLessThan(300);
  });
});
