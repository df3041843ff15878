import { expect, test } from 'vitest';
import { retryDelay } from '../../src/llm/call.ts';
import { LlmError, llmErrorOf, type LlmErrorKind } from '../../src/llm/provider.ts';
import { errorOfStatus, kindOfStatus, messageIn, retryAfterMs } from '../../src/llm/status.ts';

const now = new Date('2026-01-02T03:04:05Z');

test.each<[Record<string, string>, number | undefined]>([
  [{}, undefined],
  [{ 'retry-after': '2' }, 2000],
  [{ 'retry-after': '0.5' }, 500],
  [{ 'retry-after': 'Fri, 02 Jan 2026 03:04:15 GMT' }, 10_000],
  [{ 'retry-after': 'Fri, 02 Jan 2026 03:04:00 GMT' }, 0],
  [{ 'retry-after': 'soon' }, undefined],
  [{ 'retry-after': '-3' }, undefined],
  [{ 'retry-after-ms': '1500', 'retry-after': '9' }, 1500],
  [{ 'retry-after': '999999999' }, 86_400_000],
])('%o asks to wait %s ms', (headers, ms) => expect(retryAfterMs(new Headers(headers), now)).toBe(ms));

test.each<[number, string, LlmErrorKind]>([
  [400, '{"error":{"message":"API key not valid. Please pass a valid API key."}}', 'auth'],
  [400, 'no such field', 'bad_request'],
  [402, '', 'auth'],
  [407, '', 'auth'],
  [410, '', 'missing'],
  [308, '', 'missing'],
  [413, '', 'bad_request'],
  [422, '', 'bad_request'],
  [504, '', 'overloaded'],
])('%i with %o is %s', (status, body, kind) => expect(kindOfStatus(status, body)).toBe(kind));

test.each([
  ['{"error":{"message":"too\\nlong","code":3}}', 'too long'],
  ['{"error":"no model"}', 'no model'],
  ['[{"error":{"message":"in a list"}}]', 'in a list'],
  ['{"detail":"of FastAPI"}', 'of FastAPI'],
  ['{"detail":[{"loc":["body"],"message":"is missing"}]}', 'is missing'],
  ['plain words', 'plain words'],
  ['<html>a page</html>', ''],
  ['{"ok":true}', '{"ok":true}'],
  ['', ''],
  ['x'.repeat(300), `${'x'.repeat(199)}…`],
])('of %o the message is %o', (body, message) => expect(messageIn(body)).toBe(message));

test('an account without money left is not asked again for a quarter of an hour', () => {
  const who = { who: 'openai', model: 'm', secrets: [] };
  const body = '{"error":{"message":"You exceeded your current quota","code":"insufficient_quota"}}';
  const error = errorOfStatus(who, { status: 429, headers: new Headers(), body, now });
  expect(error).toMatchObject({ kind: 'rate', retryAfterMs: 900_000 });
  expect(error.message).toBe('openai takes no more requests for now (429): You exceeded your current quota');
});

test('a redirect is not followed, and says what to do', () => {
  const headers = new Headers({ location: 'https://user:hunter2@other.example/v1' });
  const error = errorOfStatus({ who: 'openai', model: 'm', secrets: [] }, { status: 301, headers, body: '', now });
  expect(error.message).toMatch(
    /^openai redirects to https:\/\/user:.*@other\.example\/v1; give the final address as its base_url$/,
  );
  expect(error.message).not.toContain('hunter2');
});

test('what may pass is tried once more, when there is time for it', () => {
  const delay = (kind: LlmErrorKind, facts: { status?: number; retryAfterMs?: number }, leftMs: number) =>
    retryDelay(new LlmError(kind, 'x', facts), 1000, leftMs);
  expect(delay('network', {}, 1001)).toBe(1000);
  expect(delay('network', {}, 1000)).toBeUndefined();
  expect(delay('rate', { status: 429, retryAfterMs: 5000 }, 5001)).toBe(5000);
  expect(delay('rate', { status: 429, retryAfterMs: 5000 }, 5000)).toBeUndefined();
  expect(delay('overloaded', { status: 529 }, 60_000)).toBe(1000);
  expect(delay('timeout', { status: 408 }, 60_000)).toBe(1000);
  expect(delay('timeout', {}, 60_000)).toBeUndefined();
  for (const kind of ['auth', 'missing', 'bad_request', 'bad_answer', 'aborted'] as const)
    expect(delay(kind, { status: 400 }, 60_000)).toBeUndefined();
});

test('of an unknown error nothing but its name is told, and ours is found in what wraps it', () => {
  const ours = new LlmError('rate', 'slow down');
  expect(llmErrorOf(new Error('outer', { cause: new Error('middle', { cause: ours }) }), 'it')).toBe(ours);
  const unknown = llmErrorOf(new TypeError('reading secret of undefined'), 'openai');
  expect(unknown).toMatchObject({ kind: 'bad_answer', message: 'openai answered what it should not: TypeError' });
});
