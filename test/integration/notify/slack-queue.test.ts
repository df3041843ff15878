import { expect, test } from 'vitest';
import { queueMessage } from '../../../src/notify/slack/queue-message.ts';
import { createStore } from '../../kit/database.ts';

test('a message is queued once for each key, and not at all when its transaction fails', async () => {
  await using store = await createStore();
  const at = new Date('2026-11-26T06:00:00Z');
  const report = { key: 'report:daily:2026-11-25', channel: null, message: { text: 'the day', blocks: [] }, at };
  const failed = store.transaction(async (tx) => {
    await queueMessage(tx, 'a', report);
    throw new Error('the report could not be kept');
  });
  await expect(failed).rejects.toThrow('could not be kept');
  expect(await store.query('SELECT key FROM slack_message')).toEqual([]);
  expect(await queueMessage(store, 'a', report)).toBe(true);
  expect(await queueMessage(store, 'a', { ...report, message: { text: 'again', blocks: [] } })).toBe(false);
  expect(await queueMessage(store, 'b', report)).toBe(true);
  expect(await store.query(`SELECT content ->> 'text' AS text, state FROM slack_message WHERE airflow = 'a'`)).toEqual([
    { text: 'the day', state: 'queued' },
  ]);
});
