import { expect, test } from 'vitest';
import { createAskCloser, type LookMessage } from '../src/ask-closer.ts';
import type { CloserView } from '../src/http/sources.ts';

const look = (taskId: string) => ({ dagId: 'etl', run: 'run_1', taskIds: [taskId] });
const view: CloserView = { ok: true, states: [], versions: [] };

function asking(wait = 10_000) {
  const posted: LookMessage[] = [];
  let nowMs = 0;
  const closer = createAskCloser({ post: (message) => void posted.push(message), clock: { monotonicMs: () => nowMs }, wait });
  return { ...closer, posted, pass: (ms: number) => void (nowMs += ms) };
}

test('who asks the same within five seconds gets the same answer, and Airflow is asked once', async () => {
  const { ask, take, posted, pass } = asking();
  const asked = [ask(look('a')), ask(look('a')), ask(look('b'))];
  expect(posted.map(({ look: { taskIds } }) => taskIds)).toEqual([['a'], ['b']]);
  for (const { id } of posted) take({ kind: 'looked', id, view });
  expect(await Promise.all(asked)).toEqual([view, view, view]);
  pass(4999);
  await ask(look('a'));
  expect(posted).toHaveLength(2);
  pass(1);
  void ask(look('a'));
  expect(posted).toHaveLength(3);
});

test('no page waits longer than its time, and an answer that comes later hurts nobody', async () => {
  const { ask, take, posted } = asking(20);
  expect(await ask(look('a'))).toEqual({ ok: false, reason: 'it did not answer within a second' });
  for (const { id } of posted) take({ kind: 'looked', id, view });
});

test('sixteen questions wait at most; another one is told so at once', async () => {
  const { ask, take, posted } = asking();
  const asked = Array.from({ length: 16 }, (_, index) => ask(look(`task_${index}`)));
  expect(await ask(look('one more'))).toEqual({ ok: false, reason: 'too many pages ask at once' });
  for (const { id } of posted) take({ kind: 'looked', id, view });
  expect(await Promise.all(asked)).toHaveLength(16);
});
