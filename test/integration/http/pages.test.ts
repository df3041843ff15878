import { afterAll, beforeAll, expect, test } from 'vitest';
import { saveGraphs } from '../../../src/collect/graph.ts';
import { dagSources } from '../../../src/dag-sources.ts';
import { detectConfig } from '../../../src/detect/config.ts';
import { profileRules } from '../../../src/detect/settings.ts';
import { applyDecisions } from '../../../src/incident/apply.ts';
import { saveIncidents } from '../../../src/incident/save.ts';
import { incidentSources } from '../../../src/incident-sources.ts';
import type { Store } from '../../../src/store/store.ts';
import { createStore } from '../../kit/database.ts';
import { at, finding } from '../../kit/findings.ts';
import { askApp, sourcesWith } from '../../kit/http.ts';

const airflow = 'production';
const count = 2000;
const idOf = (index: number): string => `inc-${String(index).padStart(4, '0')}`;

let store: Store & AsyncDisposable;
beforeAll(async () => {
  store = await createStore();
  const decisions = Array.from({ length: count }, (_, index) => ({
    kind: 'open' as const,
    id: idOf(index),
    finding: finding({
      subject: {
        type: 'task',
        dagId: index === 0 ? 'wide' : `dag_${index % 300}`,
        taskId: index === 0 ? 'root' : `task_${index}`,
      },
      title: `task ${index} failed for good on try 3 of run scheduled__2026-03-02T10:00:00+00:00`,
    }),
    rootId: null,
    memberReason: null,
  }));
  const context = { airflow, teams: {}, dagFacts: () => ({ owners: ['ada'], tags: [] }) };
  const { incidents } = applyDecisions([], decisions, context, at('10:00'));
  await store.transaction((tx) => saveIncidents(tx, airflow, incidents));
  // One task, 2,499 that wait for it, and 2,500 that wait for these.
  const names = Array.from({ length: 2500 }, (_, index) => `load_partition_${index}`);
  const tasks = [
    { taskId: 'root', operator: 'PythonOperator', downstream: names },
    ...names.map((taskId) => ({ taskId, operator: 'PythonOperator', downstream: [`${taskId}_report`] })),
    ...names.map((taskId) => ({ taskId: `${taskId}_report`, operator: 'PythonOperator', downstream: [] })),
  ].slice(0, 5000);
  await store.transaction((tx) =>
    saveGraphs(tx, airflow, { changed: [{ dagId: 'wide', hash: 'h', tasks, links: [] }], gone: [] }),
  );
  await store.query(`INSERT INTO known_dag (airflow, dag_id, file, seen_at) VALUES ('${airflow}', 'wide', 'wide.py', now())`);
  await store.query(
    `INSERT INTO task_tally (airflow, dag_id, task_id, success, failure, retry, upstream_failed, skipped, marked, duration_buckets, duration_sum, last_seen_at, last_success_at)
     SELECT '${airflow}', 'wide', 'load_partition_' || i, 9, 1, 0, 0, 0, '{}', '{}', 0, now(), now() FROM generate_series(0, 2499) i`,
  );
});
afterAll(() => store[Symbol.asyncDispose]());

const sources = () =>
  sourcesWith({
    incidents: incidentSources(store, () => airflow),
    dags: dagSources(
      store,
      () => airflow,
      () => profileRules(detectConfig.parse({})),
    ),
  });

/** A page is light, and takes little of a processor; the cheapest of three counts, and not the wait for a machine that is busy. */
async function page(path: string): Promise<string> {
  const { ask } = askApp({ sources: sources() });
  let html = '';
  let tookMs = Number.POSITIVE_INFINITY;
  for (let time = 0; time < 3; time += 1) {
    const began = process.threadCpuUsage();
    const response = await ask(path);
    html = await response.text();
    const { user, system } = process.threadCpuUsage(began);
    tookMs = Math.min(tookMs, (user + system) / 1000);
    expect(response.status, path).toBe(200);
  }
  console.log(`${path.slice(0, 40)}: ${html.length.toLocaleString('en')} bytes in ${Math.round(tookMs)} ms`);
  expect(html.length, path).toBeLessThan(200_000);
  expect(tookMs, path).toBeLessThan(300);
  return html;
}

test('2,000 open incidents are shown page by page, each once, in pages that are light and quick', async () => {
  const seen = new Set<string>();
  let path = '/incidents';
  const first = await page(path);
  expect(await page('/')).toContain('href="/incidents"');
  for (let html = first; ;) {
    for (const [, id = ''] of html.matchAll(/href="\/incidents\/(inc-\d+)"/g)) seen.add(id);
    const [, next] = /href="([^"]+)" rel="next"/.exec(html) ?? [];
    if (next === undefined) break;
    path = next.replaceAll('&amp;', '&');
    html = await (await askApp({ sources: sources() }).ask(path)).text();
  }
  expect(seen.size).toBe(count);
  expect(await page(path)).toContain('>Newest<');
});

test('the pages of a DAG of 5,000 tasks, and of an incident of it, are bounded, light and quick', async () => {
  const incident = await page(`/incidents/${idOf(0)}`);
  expect(incident).toContain('… and 4,987 more downstream');
  const dag = await page('/dags/wide');
  expect(dag).toContain('5,000 tasks');
  expect(dag).toContain('page 1 of 250');
  expect(await page('/dags/wide?tasks=249')).toContain('page 250 of 250');
});
