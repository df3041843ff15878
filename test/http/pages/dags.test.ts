import { expect, test } from 'vitest';
import type { HttpSources } from '../../../src/http/sources.ts';
import { askApp, sourcesWith } from '../../kit/http.ts';
import { sampleClock, sampleDags, sampleDetail, sampleIncidents } from '../../kit/page-samples.ts';

const open = (given: Partial<HttpSources> = {}) =>
  askApp({ sources: sourcesWith({ incidents: sampleIncidents, dags: sampleDags, ...given }), clock: sampleClock });
const read = async (path: string, given: Partial<HttpSources> = {}): Promise<string> => (await open(given).ask(path)).text();

test('one task: its tries and waits as charts with the versions of its DAG, what it stands between, and what is wrong with it', async () => {
  const versions = [
    { number: 14, bundleVersion: null, createdAt: new Date(sampleDetail.incident.openedAt.getTime() - 36_000_000) },
  ];
  const path = '/dags/ledger_export/tasks/write_parquet';
  const html = await read(path, { lookCloser: async () => ({ ok: true, states: [], versions }) });
  for (const text of [
    'Durations',
    'Waits in the queue',
    '>v14<',
    'expected up to 4m41s',
    'href="/dags/ledger_export/tasks/check_balance"',
    'href="/dags/ledger_export/tasks/upload"',
    'ledger_export.write_parquet failed',
    'id="waits-0-table"',
  ])
    expect(html).toContain(text);
  expect(await read(path, { lookCloser: async () => ({ ok: false, reason: 'away' }) })).not.toContain('>v14<');
  expect((await open().ask('/dags/ledger_export/tasks/none')).status).toBe(404);
});

test('runs of a DAG stand in a table, too; its next run is due, soon, or not to come', async () => {
  const html = await read('/dags/ledger_export');
  expect(html).toContain('3 of 313 runs failed since Windsock came');
  expect(html).toMatch(/<td>failed<\/td>\s*<td>2026-03-02 10:00:04<\/td>\s*<td class="number">6m56s<\/td>/);
  expect(html).toContain('href="https://airflow.example/dags/ledger_export/runs/scheduled__');
  const { summary, tasks } = await sampleDags.read('ledger_export');
  const withNext = (dag: Partial<typeof summary.dag>) => ({
    dags: { ...sampleDags, read: async () => ({ summary: { ...summary, dag: { ...summary.dag, ...dag } }, tasks }) },
  });
  expect(await read('/dags/ledger_export', withNext({ nextRunAt: new Date(sampleClock.now().getTime() - 60_000) }))).toMatch(
    /due <time/,
  );
  expect(await read('/dags/ledger_export', withNext({ pausedAt: sampleClock.now() }))).toMatch(/Next run<\/dt>\s*<dd>–<\/dd>/);
});

test('DAGs are found by a part of their name, and the next page keeps to it', async () => {
  const asked: unknown[] = [];
  const list: HttpSources['dags']['list'] = async (filter, page) => {
    asked.push(filter);
    return { items: (await sampleDags.list(filter, page)).items, next: 'ledger_export' };
  };
  const html = await read('/dags?named=Ledger&owner=', { dags: { ...sampleDags, list } });
  expect(asked).toEqual([{ named: 'Ledger', owner: undefined, tag: undefined }]);
  expect(html).toContain('name="named" value="Ledger"');
  expect(html).toContain('href="/dags?named=Ledger&amp;cursor=');
});

test('tasks of a big DAG are found by a part of their name', async () => {
  const many = async (dagId: string) => {
    const { summary, tasks } = await sampleDags.read(dagId);
    return { summary, tasks: Array.from({ length: 30 }, (_, index) => ({ ...(tasks[0] ?? never()), taskId: `Load_${index}` })) };
  };
  const never = (): never => {
    throw new Error('no sample');
  };
  const html = await read('/dags/huge?named=load_2', { dags: { ...sampleDags, read: many } });
  expect([...html.matchAll(/class="headline" href="[^"]*\/tasks\/(\w+)"/g)].map(([, name]) => name)).toEqual([
    'Load_2',
    ...Array.from({ length: 10 }, (_, index) => `Load_2${index}`),
  ]);
  expect(html).toContain('value="load_2"');
  expect(await read('/dags/huge?named=none', { dags: { ...sampleDags, read: many } })).toContain('No task matches.');
});

test('tasks of a big DAG come page by page, and none is read that is not shown', async () => {
  const asked: string[] = [];
  const many = async (dagId: string) => {
    const { summary, tasks } = await sampleDags.read(dagId);
    const [first] = tasks;
    if (first === undefined) throw new Error('no sample');
    return { summary, tasks: Array.from({ length: 5000 }, (_, index) => ({ ...first, taskId: `task_${index}` })) };
  };
  const baseline: HttpSources['dags']['baseline'] = async (task) => {
    asked.push(task.taskId);
    return sampleDags.baseline(task);
  };
  const html = await read('/dags/huge?tasks=249', { dags: { ...sampleDags, read: many, baseline } });
  expect(asked).toEqual(Array.from({ length: 20 }, (_, index) => `task_${4980 + index}`));
  expect(html).toContain('page 250 of 250');
});
