import { expect, test } from 'vitest';
import { decided, openIncident, person, resolveIncident } from '../integration/notify/kit.ts';
import { rowsOf, startSlackDelivery } from '../integration/notify/slack-kit.ts';
import { createStore } from '../kit/database.ts';
import { eventually } from '../kit/eventually.ts';
import { startSlackServer } from '../kit/slack-server.ts';

// An hour, 240 times as fast: what is tried again within a minute at most is, here, within a quarter of a second.
const outageMs = 15_000;
const incidents = 120;
const mb = 1_048_576;

test('Slack down for an hour: memory stays; then each incident is one message that says the latest, and what is over is told once', async () => {
  await using store = await createStore();
  await using slack = await startSlackServer({ postEveryMs: 0, updatesPerMinute: 1_000_000 });
  await using delivery = startSlackDelivery(store, slack.apiUrl);
  for (let index = 0; index < 20; index += 1) await openIncident(store, `old${index}`);
  await eventually('what was there before is posted', () => slack.roots().length === 20);
  await slack.stop();
  const began = Date.now();
  const heapBefore = process.memoryUsage().heapUsed;
  let heapMax = 0;
  for (let index = 0; index < incidents; index += 1) {
    await openIncident(store, `new${index}`);
    if (index % 3 === 0) await resolveIncident(store, `new${index}`);
    if (index % 3 === 1)
      await decided(store, [{ kind: 'escalate', id: `new${index}`, to: 'critical', text: 'nobody acknowledged it' }]);
    if (index < 20) await person(store, `old${index}`, { kind: 'acknowledge' });
    if (index < 20) await person(store, `old${index}`, { kind: 'note', text: `note ${index}` });
    if (index < 10) await resolveIncident(store, `old${index}`);
    heapMax = Math.max(heapMax, process.memoryUsage().heapUsed);
    await new Promise((done) => setTimeout(done, outageMs / incidents));
  }
  while (Date.now() - began < outageMs) await new Promise((done) => setTimeout(done, 100));
  const tries = delivery.outcomes().filter((each) => each.endsWith(' down')).length;
  expect(heapMax - heapBefore).toBeLessThan(100 * mb);
  expect(tries, 'it is tried now and then, not all the time').toBeLessThan(200);
  expect(delivery.lines.filter(({ level }) => level !== 'info')).toHaveLength(1);
  await slack.start();
  await eventually('all is told', async () => {
    const rows = await rowsOf(store);
    return rows.length >= incidents + 20 && rows.every(({ state }) => state === 'posted' || state === 'dropped');
  });
  await eventually('what was there before is edited', () => slack.roots().filter(({ edits }) => edits > 0).length === 20);
  const keys = slack.messages.map(({ metadata }) => metadata?.event_payload['key']);
  expect(keys.length).toBe(new Set(keys).size);
  expect(slack.roots()).toHaveLength(incidents + 20);
  for (const { metadata, blocks, edits, ts } of slack.roots()) {
    const [, age = '', number = ''] = /^incident:(old|new)(\d+)$/.exec(String(metadata?.event_payload['key'])) ?? [];
    const text = JSON.stringify(blocks);
    const isOver = age === 'old' ? Number(number) < 10 : Number(number) % 3 === 0;
    expect(text.includes('*Resolved*'), `${age}${number}`).toBe(isOver);
    // New ones are not edited: their first word was the latest. Old ones were, once, and their threads have each thing once.
    expect(edits, `${age}${number}`).toBe(age === 'old' ? 1 : 0);
    expect(slack.thread(ts)).toHaveLength(age === 'new' ? 0 : isOver ? 3 : 2);
  }
  expect(delivery.lines.map(({ level }) => level)).toEqual(['warn', 'info']);
});
