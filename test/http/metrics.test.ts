import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { askApp, sourcesWith } from '../kit/http.ts';
import { parseExposition } from '../kit/parse-exposition.ts';

const openMetrics = 'application/openmetrics-text;version=1.0.0';

test.each([
  [undefined, 'text/plain; version=0.0.4; charset=utf-8', false],
  [openMetrics, 'application/openmetrics-text; version=1.0.0; charset=utf-8', true],
])('with Accept %s the content type is exactly %s', async (accept, contentType, ended) => {
  const response = await askApp().ask('/metrics', { headers: accept === undefined ? {} : { accept } });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe(contentType);
  const { samples, ended: eof } = parseExposition(await response.text());
  expect(samples.map(({ name }) => name)).toEqual(['airflow_up', 'process_threads']);
  expect(eof).toBe(ended);
});

test('gzip comes when it is wanted, and says so', async () => {
  const { ask } = askApp();
  const plain = await ask('/metrics', { headers: { 'accept-encoding': 'gzip;q=0' } });
  expect(plain.headers.get('content-encoding')).toBeNull();
  const zipped = await ask('/metrics', { headers: { 'accept-encoding': 'gzip' } });
  expect(zipped.headers.get('content-encoding')).toBe('gzip');
  expect(zipped.headers.get('vary')).toBe('Accept, Accept-Encoding');
  const bytes = Buffer.from(await zipped.arrayBuffer());
  expect(bytes.length).toBe(Number(zipped.headers.get('content-length')));
  expect(gunzipSync(bytes).toString()).toBe(await plain.text());
});

test('HEAD answers the headers of GET and no body', async () => {
  const { ask } = askApp();
  const [get, head] = [await ask('/metrics'), await ask('/metrics', { method: 'HEAD' })];
  expect(head.status).toBe(200);
  for (const name of ['content-type', 'content-length', 'vary']) expect(head.headers.get(name)).toBe(get.headers.get(name));
  expect(await head.text()).toBe('');
});

test('before the first cycle, and when the bytes are stale, only what this process tells of itself is served', async () => {
  const response = await askApp({ sources: sourcesWith({ exposition: () => undefined }) }).ask('/metrics');
  expect(response.status).toBe(200);
  expect(parseExposition(await response.text()).samples.map(({ name }) => name)).toEqual(['process_threads']);
});

test('a scrape that fails is a problem that shows nothing of why', async () => {
  const sources = sourcesWith({ selfFamilies: () => Promise.reject(new Error('a secret')) });
  const response = await askApp({ sources }).ask('/metrics');
  expect(response.status).toBe(500);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(await response.text()).not.toContain('secret');
});
