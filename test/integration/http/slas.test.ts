import { afterAll, beforeAll, expect, test } from 'vitest';
import { newBook } from '../../../src/sla/book.ts';
import { listSlaPage } from '../../../src/sla/list.ts';
import { saveSla } from '../../../src/sla/save.ts';
import { turnSlas } from '../../../src/sla/turn.ts';
import type { Store } from '../../../src/store/store.ts';
import { record, runEnded } from '../../detect/kit.ts';
import { createStore } from '../../kit/database.ts';
import { askApp, sourcesWith } from '../../kit/http.ts';
import { minuteMs, objective } from '../../sla/kit.ts';

const now = new Date('2026-06-10T12:00:00Z');
const names = Array.from({ length: 5 }, (_, index) => `dag-${index}`);
const objectives = [
  objective({ name: 'runs', match: { dags: ['dag-*'] }, min_events: 1, severity: 'error' }),
  objective({ name: 'fresh', kind: 'freshness', threshold: '5m', window: 'month' }),
];

let store: Store & AsyncDisposable;
beforeAll(async () => {
  store = await createStore();
  const dags = names.map((dagId, index) => ({ dagId, owners: index === 0 ? 'ann, bob' : 'cleo', tags: [], paused: false }));
  const transitions = names.map((dagId, index) =>
    runEnded({ runPk: index + 1, dagId, state: index === 0 ? 'failed' : 'success', endedAt: new Date(now.getTime() - minuteMs) }),
  );
  const runs = new Map(names.map((dagId) => [dagId, [record(now)]]));
  const inputs = { now, previousAt: now, transitions, snapshot: {}, runs, warmingUp: false, dags, tasks: new Map(), posted: [] };
  const { changes } = await turnSlas(store, 'production', newBook(objectives), inputs);
  await saveSla(store, 'production', changes);
});
afterAll(() => store[Symbol.asyncDispose]());

const { ask } = askApp({
  sources: sourcesWith({ slas: { list: (filter, page) => listSlaPage(store, 'production', filter, page) } }),
});

interface Page {
  items: { sla: string; dag_id: string; state: string }[];
  next_cursor: string | null;
}
const page = async (query: string): Promise<Page> => (await (await ask(`/api/v1/slas?${query}`)).json()) as Page;

test('SLAs are listed by name and target, page by page, each exactly once', async () => {
  const seen: string[] = [];
  let cursor: string | null = '';
  for (let pages = 0; cursor !== null && pages < 9; pages += 1) {
    const found: Page = await page(`limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`);
    expect(found.items.length).toBeLessThanOrEqual(3);
    seen.push(...found.items.map(({ sla, dag_id: dagId }) => `${sla} ${dagId}`));
    cursor = found.next_cursor;
  }
  expect(seen).toEqual([...names.map((name) => `fresh ${name}`), ...names.map((name) => `runs ${name}`)]);
});

test('each says what it promises, how it stands, and what is left of its budget', async () => {
  const { items } = await page('sla=runs&dag_id=dag-0');
  expect(items).toMatchObject([
    {
      sla: 'runs',
      kind: 'success_ratio',
      severity: 'error',
      owner: 'ann, bob',
      state: 'breached',
      since: now.toISOString(),
      unit: 'ratio',
      objective: 0.99,
      window_seconds: 30 * 86_400,
      compliance_by_days: { '7': expect.any(Number), '30': expect.any(Number), '90': expect.any(Number) },
      budget_left_runs: -1,
      burns: [{ window: '12 runs', alert: null }, { window: '60 runs' }],
      last_violation: { event: 'run:1' },
      sentence: 'runs: 99 % of runs of dag-0 succeed within 30 days',
    },
  ]);
  expect((await page('sla=fresh&dag_id=dag-1')).items).toMatchObject([{ unit: 'seconds', window_seconds: 30 * 86_400 }]);
});

test('filters choose by state, kind, severity, target and owner', async () => {
  const count = async (query: string) => (await page(query)).items.length;
  expect((await page('state=breached&kind=success_ratio')).items.map(({ dag_id: dagId }) => dagId)).toEqual(['dag-0']);
  expect(await count('severity=error')).toBe(5);
  expect(await count('severity=critical')).toBe(0);
  expect(await count('owner=bob')).toBe(2);
  expect(await count('owner=bo')).toBe(0);
  expect(await count('task_id=load')).toBe(0);
});

test.each([
  ['a limit out of bounds', 'limit=0', /limit/],
  ['a state that does not exist', 'state=fine', /state/],
  ['a cursor that is none', 'cursor=abc', /cursor/],
  ['a cursor of another list', `cursor=${Buffer.from('[1,"a"]').toString('base64url')}`, /cursor/],
])('%s is a clear 400', async (_name, query, message) => {
  const answer = await ask(`/api/v1/slas?${query}`);
  expect(answer.status).toBe(400);
  expect(((await answer.json()) as { detail: string }).detail).toMatch(message);
});

test('a list that has not changed is not sent again, and the description of the API has it', async () => {
  const tag = (await ask('/api/v1/slas')).headers.get('etag') ?? '';
  expect((await ask('/api/v1/slas', { headers: { 'if-none-match': tag } })).status).toBe(304);
  const { paths } = (await (await ask('/openapi.json')).json()) as { paths: Record<string, unknown> };
  expect(paths).toHaveProperty(['/api/v1/slas', 'get']);
});
