import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { ReducedLog } from '../../../src/explain/log/reduced-log.ts';
import { saveExplanation } from '../../../src/explain/rows.ts';
import { applyDecisions } from '../../../src/incident/apply.ts';
import { saveSignature } from '../../../src/incident/occurrences.ts';
import { saveEvents, saveIncidents } from '../../../src/incident/save.ts';
import { incidentSources } from '../../../src/incident-sources.ts';
import type { Store } from '../../../src/store/store.ts';
import { createStore } from '../../kit/database.ts';
import { explanation, keptExplanation } from '../../kit/explanations.ts';
import { at, finding } from '../../kit/findings.ts';
import { askApp, sourcesWith } from '../../kit/http.ts';

let store: Store & AsyncDisposable;
beforeAll(async () => {
  store = await createStore();
});
afterAll(() => store[Symbol.asyncDispose]());
beforeEach(() => store.query('TRUNCATE incident, incident_event CASCADE'));

const context = { airflow: 'production', teams: {}, dagFacts: () => ({ owners: ['ada'], tags: [] }) };

/** Opens an incident for each id, a minute apart. */
async function open(...ids: string[]): Promise<void> {
  for (const [index, id] of ids.entries()) {
    const found = finding({ subject: { type: 'task', dagId: 'etl', taskId: id }, title: `${id} failed` });
    const now = new Date(at('10:00').getTime() + index * 60_000);
    const decision = { kind: 'open', id, finding: found, rootId: null, memberReason: null } as const;
    const { incidents, events } = applyDecisions([], [decision], context, now);
    await store.transaction(async (tx) => {
      await saveIncidents(tx, 'production', incidents);
      await saveEvents(tx, 'production', events);
    });
  }
}

const { ask: plain } = askApp();
const app = () => askApp({ sources: sourcesWith({ incidents: incidentSources(store, () => 'production') }) });
const get = (path: string, headers: Record<string, string> = {}) => app().ask(path, { headers });
const post = (path: string, body: unknown = {}) =>
  app().ask(path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });

interface Page {
  items: { id: string; title: string; state: string }[];
  next_cursor: string | null;
}
const pageOf = async (path: string): Promise<Page> => (await (await get(path)).json()) as Page;

test('incidents are listed newest first, page by page, and each exactly once', async () => {
  await open('a', 'b', 'c', 'd', 'e');
  const seen: string[] = [];
  let cursor: string | null = '';
  for (let pages = 0; cursor !== null && pages < 9; pages += 1) {
    const page: Page = await pageOf(`/api/v1/incidents?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`);
    seen.push(...page.items.map(({ id }) => id));
    cursor = page.next_cursor;
  }
  expect(seen).toEqual(['e', 'd', 'c', 'b', 'a']);
});

test('filters choose by state, severity, kind, DAG and owner', async () => {
  await open('a', 'b');
  await post('/api/v1/incidents/a/resolve', { note: 'done' });
  const ids = async (query: string) => (await pageOf(`/api/v1/incidents?${query}`)).items.map(({ id }) => id);
  expect(await ids('state=open,acknowledged')).toEqual(['b']);
  expect(await ids('state=resolved')).toEqual(['a']);
  expect(await ids('severity=critical')).toEqual([]);
  expect(await ids('kind=task_failed&dag_id=etl&owner=ada')).toEqual(['b', 'a']);
  expect(await ids('dag_id=other')).toEqual([]);
});

test('what a person does shows in the incident and in its timeline', async () => {
  await open('a');
  expect(await (await post('/api/v1/incidents/a/acknowledge')).json()).toMatchObject({ state: 'acknowledged' });
  await post('/api/v1/incidents/a/note', { text: 'looking into it' });
  await post('/api/v1/incidents/a/suppress', { until: '2126-03-02T12:00:00+01:00', note: 'known' });
  const detail = (await (await get('/api/v1/incidents/a')).json()) as { events: { kind: string; text: string }[] };
  expect(detail).toMatchObject({ suppression: { reason: 'person', until: '2126-03-02T11:00:00.000Z' } });
  expect(detail.events.map(({ kind }) => kind)).toEqual(['opened', 'acknowledged', 'noted', 'suppressed']);
  expect(detail.events[2]?.text).toBe('looking into it');
});

test('a resolved incident takes notes and nothing else, and says so', async () => {
  await open('a');
  expect((await post('/api/v1/incidents/a/resolve', {})).status).toBe(200);
  const again = await post('/api/v1/incidents/a/acknowledge');
  expect(again.status).toBe(409);
  expect(await again.json()).toMatchObject({ detail: 'incident a is resolved already; only notes can be added' });
  expect((await post('/api/v1/incidents/a/note', { text: 'post mortem' })).status).toBe(200);
});

test.each([
  ['a limit out of bounds', '/api/v1/incidents?limit=201', /limit/],
  ['a state that does not exist', '/api/v1/incidents?state=closed', /state/],
  ['a cursor that is none', '/api/v1/incidents?cursor=abc', /cursor/],
])('%s is a clear 400', async (_name, path, message) => {
  const answer = await get(path);
  expect(answer.status).toBe(400);
  expect(((await answer.json()) as { detail: string }).detail).toMatch(message);
});

test.each([
  ['an unknown key', { note: 'x', force: true }],
  ['a note that is too long', { note: 'x'.repeat(2001) }],
  ['no object at all', 'resolve it'],
])('a body with %s changes nothing', async (_name, body) => {
  await open('a');
  expect((await post('/api/v1/incidents/a/resolve', body)).status).toBe(400);
  expect((await pageOf('/api/v1/incidents')).items).toMatchObject([{ id: 'a', state: 'open' }]);
});

test('an incident that does not exist is 404, in reading and in acting', async () => {
  expect((await get('/api/v1/incidents/none')).status).toBe(404);
  expect((await post('/api/v1/incidents/none/acknowledge')).status).toBe(404);
  expect((await plain('/api/v1/incidents/none')).status).toBe(404);
});

test('a list that has not changed is not sent again', async () => {
  await open('a');
  const tag = (await get('/api/v1/incidents')).headers.get('etag') ?? '';
  expect((await get('/api/v1/incidents', { 'if-none-match': tag })).status).toBe(304);
  await post('/api/v1/incidents/a/acknowledge');
  expect((await get('/api/v1/incidents', { 'if-none-match': tag })).status).toBe(200);
});

test('findings are what is wrong now', async () => {
  await open('a', 'b');
  await post('/api/v1/incidents/a/resolve', {});
  expect((await pageOf('/api/v1/findings')).items).toMatchObject([{ title: 'b failed' }]);
});

test('the description of the API has every route with its answers', async () => {
  const { paths } = (await (await get('/openapi.json')).json()) as { paths: Record<string, unknown> };
  expect(Object.keys(paths)).toEqual(
    expect.arrayContaining(['/api/v1/incidents', '/api/v1/incidents/{id}', '/api/v1/incidents/{id}/split', '/api/v1/findings']),
  );
});

test('an explained incident shows why, by which lines, and who else has the same error', async () => {
  await open('a', 'b');
  const log: ReducedLog = {
    found: true,
    place: 'attempt=1.log',
    lineCount: 900,
    failure: { type: 'OSError', message: 'No space left on device', line: 3, chain: [], wrapper: null, frame: null, codes: [] },
    lines: [{ line: 3, text: 'OSError: No space left on device', why: 'exception' }],
    summary: '1 of 900 lines',
    missing: [],
    baselineRuns: 5,
    signature: 's',
    redactions: { token: 1 },
  };
  await saveExplanation(store, 'production', keptExplanation({ incidentId: 'a', event: 'run:1:load:1', log, signature: 's' }));
  for (const id of ['a', 'b']) await saveSignature(store, 'production', id, 's');
  const { items } = (await (await get('/api/v1/incidents')).json()) as { items: { id: string; cause: unknown }[] };
  const cause = {
    category: 'resource_error',
    subcategory: 'disk_full',
    cause: 'The disk is full.',
    certainty: 'high',
    source: 'rules',
  };
  expect(items.map((each) => [each.id, each.cause])).toEqual([
    ['b', null],
    ['a', cause],
  ]);
  expect(await (await get('/api/v1/incidents/a')).json()).toMatchObject({
    cause,
    explanation: {
      root_cause: 'The disk is full.',
      evidence: [{ ref: 'L3', quote: 'OSError: No space left on device', verified: true }],
      next_steps: ['Free space on the worker.'],
    },
    other_explanation: null,
    explained_at: at('10:00').toISOString(),
    explains_newest: true,
    log: { found: true, line_count: 900, failure: { type: 'OSError', line: 3 }, redactions: { token: 1 } },
    evidence: [{ id: 'E1', text: 'try 1 of 3 ran for 12 s' }],
    signature: 's',
    similar: [{ id: 'b', cause: null }],
  });
  expect(await (await get('/api/v1/incidents/b')).json()).toMatchObject({
    explanation: null,
    log: null,
    evidence: [],
    similar: [{ id: 'a', cause }],
  });
});

test('a verified answer of a model is shown before the rules, an unverified one behind them; of no log the reason is', async () => {
  await open('a');
  const kept = keptExplanation({
    incidentId: 'a',
    event: 'an earlier try',
    log: { found: false, why: 'not_there', reason: 'there is no log', signature: 's' },
    resultB: explanation({ source: 'llm', rootCause: 'A model says so.' }),
    outcome: 'llm',
  });
  await saveExplanation(store, 'production', kept);
  const detail = async () => (await get('/api/v1/incidents/a')).json();
  expect(await detail()).toMatchObject({
    explanation: { source: 'llm', root_cause: 'A model says so.' },
    other_explanation: { source: 'rules' },
    explains_newest: false,
    log: { found: false, reason: 'there is no log', lines: [] },
  });
  await store.query(`UPDATE explanation SET outcome = 'unverified'`);
  expect(await detail()).toMatchObject({ explanation: { source: 'rules' }, other_explanation: { source: 'llm' } });
});
