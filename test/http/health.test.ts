import { expect, test } from 'vitest';
import type { HttpSources } from '../../src/http/sources.ts';
import { askApp, sourcesWith } from '../kit/http.ts';

const withHealth = (health: HttpSources['health']) => askApp({ sources: sourcesWith({ health }) });

test('/healthz is ok as soon as the process answers', async () => {
  const { ask } = withHealth(async () => ({ cycleDone: false, storeReachable: false, leader: false }));
  const response = await ask('/healthz', { peer: '203.0.113.7' });
  expect([response.status, await response.text()]).toEqual([200, 'ok\n']);
});

test.each([
  [true, true, 200, undefined],
  [false, true, 503, 'the first cycle is not done yet; the log says more'],
  [true, false, 503, "Windsock's store does not answer; the log says more"],
  [false, false, 503, "the first cycle is not done yet; Windsock's store does not answer; the log says more"],
])('/readyz with cycle done %s and store reachable %s is %i', async (cycleDone, storeReachable, status, detail) => {
  const response = await withHealth(async () => ({ cycleDone, storeReachable, leader: true })).ask('/readyz');
  expect(response.status).toBe(status);
  const body = (await response.json()) as Record<string, unknown>;
  expect(body).toMatchObject({ ready: status === 200, cycle_done: cycleDone, store_reachable: storeReachable, leader: true });
  expect(body['detail']).toBe(detail);
});

test('a store that does not answer makes /readyz say so within a second', async () => {
  const began = performance.now();
  const response = await withHealth(() => new Promise(() => {})).ask('/readyz');
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({ store_reachable: false });
  expect(performance.now() - began).toBeLessThan(5000);
});

test('many askers at once ask the store once', async () => {
  let asked = 0;
  const { ask } = withHealth(async () => {
    asked += 1;
    return { cycleDone: true, storeReachable: true, leader: true };
  });
  const answers = await Promise.all(Array.from({ length: 50 }, () => ask('/readyz')));
  expect(answers.every(({ status }) => status === 200)).toBe(true);
  expect(asked).toBe(1);
});
