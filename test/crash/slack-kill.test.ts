import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { openIncident, person, resolveIncident } from '../integration/notify/kit.ts';
import { rowsOf } from '../integration/notify/slack-kit.ts';
import { environmentOf } from '../kit/child.ts';
import { createStore } from '../kit/database.ts';
import { eventually } from '../kit/eventually.ts';
import { startSlackServer } from '../kit/slack-server.ts';

const kills = 20;
const childFile = resolve(import.meta.dirname, 'slack-child.ts');

function startChild(storeUrl: string, apiUrl: string) {
  const child = spawn(process.execPath, [childFile, storeUrl, apiUrl], { env: environmentOf({}), stdio: 'ignore' });
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  const end = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  return { end, [Symbol.asyncDispose]: end };
}

test(`killed ${kills} times around posting: every incident is one message, every event told once, none is lost`, async () => {
  await using store = await createStore();
  await using slack = await startSlackServer({ postEveryMs: 0, updatesPerMinute: 1_000_000 });
  // Slow enough that a kill falls before a call arrives, while it is carried out, and before its answer is in the rows.
  let calls = 0;
  slack.state.mishap = ({ method }) => (method === 'chat.postMessage' ? { kind: 'slow', ms: (calls++ * 37) % 120 } : null);
  let opened = 0;
  let inDoubt = 0;
  for (let round = 0; round < kills; round += 1) {
    for (let index = 0; index < 4; index += 1) await openIncident(store, `t${opened++}`);
    // One of an earlier round goes on: an answer in its thread is under way, too.
    if (round > 0) await person(store, `t${(round - 1) * 4}`, { kind: 'note', text: 'looking at it' });
    if (round > 1) await resolveIncident(store, `t${(round - 2) * 4}`);
    const before = slack.calls.filter(({ method }) => method === 'chat.postMessage').length;
    const child = startChild(store.url, slack.apiUrl);
    await eventually(
      `it posts (round ${round})`,
      () => slack.calls.filter(({ method }) => method === 'chat.postMessage').length > before,
      {
        everyMs: 5,
      },
    );
    await new Promise((done) => setTimeout(done, (round * 53) % 190));
    await child.end();
    inDoubt += (await rowsOf(store)).filter(({ state }) => state === 'sending').length;
  }
  expect(inDoubt, 'kills that fell between a post and its commit').toBeGreaterThan(5);
  await using last = startChild(store.url, slack.apiUrl);
  await eventually('all is told', async () => {
    const rows = await rowsOf(store);
    return (
      rows.filter(({ key }) => key.startsWith('incident:')).length === opened &&
      rows.every(({ state }) => state === 'posted' || state === 'dropped')
    );
  });
  await eventually(
    'every message says the latest',
    async () =>
      (
        await store.query(
          `SELECT 1 FROM slack_message m WHERE event_id IS NULL AND incident_id IS NOT NULL
         AND version NOT LIKE (SELECT max(id) FROM incident_event e WHERE e.incident_id = m.incident_id)::text || ' %'`,
        )
      ).length === 0,
  );
  const keys = slack.messages.map(({ metadata }) => String(metadata?.event_payload['key']));
  expect(keys.length - new Set(keys).size, 'doubled').toBe(0);
  expect(new Set(slack.roots().map(({ metadata }) => metadata?.event_payload['key']))).toEqual(
    new Set(Array.from({ length: opened }, (_, index) => `incident:t${index}`)),
  );
  for (let round = 0; round < kills - 2; round += 1) {
    const root = slack.roots().find(({ metadata }) => metadata?.event_payload['key'] === `incident:t${round * 4}`);
    expect(JSON.stringify(root?.blocks)).toMatch(/Resolved/);
    expect(slack.thread(root?.ts ?? '').filter(({ text }) => text.includes('looking at it'))).toHaveLength(1);
  }
  await last.end();
});
