import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { saveCall, trimCalls, type AskedCall } from '../../../src/explain/call/calls.ts';
import { listCalls } from '../../../src/explain/call/list-calls.ts';
import type { Store } from '../../../src/store/store.ts';
import { createStore } from '../../kit/database.ts';
import { at } from '../../kit/findings.ts';
import { askApp, sourcesWith } from '../../kit/http.ts';

let store: Store & AsyncDisposable;
beforeAll(async () => {
  store = await createStore();
});
afterAll(() => store[Symbol.asyncDispose]());
beforeEach(() => store.query('TRUNCATE explanation_call'));

const asked = (parts: Partial<AskedCall> = {}): AskedCall => ({
  incidentId: 'one',
  event: 'e',
  at: at('12:00'),
  signature: 'c'.repeat(40),
  outcome: 'llm',
  detail: '',
  prompt: [{ role: 'user', content: 'what the prompt says' }],
  record: {
    provider: 'compatible',
    model: 'qwen3:8b',
    calls: 2,
    usage: { inputTokens: 1200, outputTokens: 80 },
    cost: 0.0021,
    seconds: 3.5,
    raw: ['what the model said'],
  },
  answer: null,
  features: null,
  cacheKey: 'key of the cache',
  ...parts,
});

const tokens = [
  { name: 'bob', token: 'bob-token', scopes: ['read' as const] },
  { name: 'ci', token: 'ci-token', scopes: ['write' as const] },
];
interface Page {
  items: Record<string, unknown>[];
  next_cursor: string | null;
}
async function get(query = '', token = 'bob-token'): Promise<{ status: number; text: string; page: Page }> {
  const { ask } = askApp({
    sources: sourcesWith({ modelCalls: { list: (filter, page) => listCalls(store, 'a', filter, page) } }),
    settings: { tokens },
  });
  const response = await ask(`/api/v1/model-calls${query}`, { headers: { authorization: `Bearer ${token}` } });
  const text = await response.text();
  return { status: response.status, text, page: JSON.parse(text) as Page };
}

test('a call is told with when, about what, by whom answered, what came of it and what it took; not what was sent or said', async () => {
  await saveCall(store, 'a', asked({ detail: 'refused for api_key=sk-live-0123456789abcdef0123456789' }));
  const { status, text, page } = await get();
  expect(status).toBe(200);
  expect(page).toEqual({
    items: [
      {
        id: expect.any(Number),
        at: '2026-03-02T12:00:00.000Z',
        incident_id: 'one',
        signature: 'c'.repeat(40),
        outcome: 'llm',
        detail: expect.stringMatching(/^refused for api_key=(‹secret|\[redacted)/),
        provider: 'compatible',
        model: 'qwen3:8b',
        requests: 2,
        input_tokens: 1200,
        output_tokens: 80,
        cost: 0.0021,
        seconds: 3.5,
        evicted: false,
      },
    ],
    next_cursor: null,
  });
  for (const hidden of ['what the prompt says', 'what the model said', 'key of the cache', 'sk-live'])
    expect(text).not.toContain(hidden);
});

test('where nobody answered, it says so and why', async () => {
  await saveCall(store, 'a', asked({ outcome: 'failed', detail: 'compatible: answered 401', record: null }));
  expect((await get()).page.items).toMatchObject([
    {
      outcome: 'failed',
      detail: 'compatible: answered 401',
      provider: null,
      model: null,
      requests: 0,
      input_tokens: 0,
      cost: null,
    },
  ]);
});

test('calls come newest first, page by page, each once, also while new ones are made; those of other deployments do not', async () => {
  for (const incidentId of ['a', 'b', 'c', 'd', 'e']) await saveCall(store, 'a', asked({ incidentId }));
  await saveCall(store, 'other', asked({ incidentId: 'foreign' }));
  const seen: unknown[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const { page }: { page: Page } = await get(`?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`);
    seen.push(...page.items.map((item) => item['incident_id']));
    cursor = page.next_cursor;
    await saveCall(store, 'a', asked({ incidentId: 'new' }));
  }
  expect(seen).toEqual(['e', 'd', 'c', 'b', 'a']);
});

test('they are found by incident, outcome, provider, model and time', async () => {
  await saveCall(store, 'a', asked());
  await saveCall(store, 'a', asked({ incidentId: 'two', outcome: 'unverified', at: at('12:30') }));
  await saveCall(store, 'a', asked({ incidentId: 'three', outcome: 'failed', record: null, at: at('13:00') }));
  const found = async (query: string) => (await get(query)).page.items.map((item) => item['incident_id']);
  expect(await found('?incident_id=two')).toEqual(['two']);
  expect(await found('?outcome=failed')).toEqual(['three']);
  expect(await found('?provider=compatible')).toEqual(['two', 'one']);
  expect(await found('?model=qwen3:8b&outcome=llm')).toEqual(['one']);
  expect(await found('?model=gpt')).toEqual([]);
  expect(await found('?since=2026-03-02T12:30:00Z')).toEqual(['three', 'two']);
});

test.each([
  '?outcome=won',
  '?cursor=x',
  '?cursor=WyIxIl0',
  '?limit=0',
  '?incident=one',
  '?limit=201',
  '?since=yesterday',
  '?incident_id=%00',
])('%s is refused in words', async (query) => {
  const { status, page } = await get(query);
  expect([status, page]).toEqual([400, expect.objectContaining({ detail: expect.stringMatching(/./) })]);
});

test('it takes the scope read, and none else will do', async () => {
  expect((await get('', 'ci-token')).status).toBe(403);
  expect((await get('', 'nobody')).status).toBe(401);
});

test('what retention has trimmed is gone from it', async () => {
  await saveCall(store, 'a', asked({ incidentId: 'old', at: new Date(at('12:00').getTime() - 30 * 86_400_000 - 1) }));
  await saveCall(store, 'a', asked());
  await trimCalls(store, 'a', at('12:00'));
  expect((await get()).page.items.map((item) => item['incident_id'])).toEqual(['one']);
});
