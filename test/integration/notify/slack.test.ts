import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { loadStories } from '../../../src/notify/slack/load-stories.ts';
import { queueMessage } from '../../../src/notify/slack/queue-message.ts';
import { saveWebhookAlerts } from '../../../src/notify/webhook-rows.ts';
import type { Store } from '../../../src/store/store.ts';
import { createStore } from '../../kit/database.ts';
import { eventually } from '../../kit/eventually.ts';
import { startSlackServer } from '../../kit/slack-server.ts';
import { decided, openIncident, person, resolveIncident } from './kit.ts';
import { channel, places, rowsOf, startSlackDelivery } from './slack-kit.ts';

const quick = { postEveryMs: 0, updatesPerMinute: 10_000 };
const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));
let store: Store & AsyncDisposable;
beforeAll(async () => {
  store = await createStore();
});
afterAll(() => store[Symbol.asyncDispose]());
beforeEach(() => store.query('TRUNCATE incident, incident_event, webhook_alert, slack_message CASCADE'));

const settled = (what: string) =>
  eventually(what, async () => {
    const rows = await rowsOf(store);
    return rows.length > 0 && rows.every(({ state }) => state === 'posted' || state === 'dropped');
  });
const keyed = (id: string) => ({ event_type: 'windsock_incident', event_payload: { airflow: 'a', key: `incident:${id}` } });

test('an incident is one message: what becomes of it edits that, and is told in its thread', async () => {
  await using slack = await startSlackServer(quick);
  await using delivery = startSlackDelivery(store, slack.apiUrl);
  await openIncident(store, 'load', { title: 'etl.load failed' });
  const [root] = await eventually('it is posted', () => slack.roots().length === 1 && slack.roots());
  expect(root).toMatchObject({ channel, metadata: keyed('load'), text: expect.stringContaining('etl.load failed') });
  await person(store, 'load', { kind: 'acknowledge' });
  await eventually('the thread says who has it', () => slack.thread(root?.ts ?? '').length === 1);
  await person(store, 'load', { kind: 'note', text: 'the disk is full' });
  await resolveIncident(store, 'load');
  await eventually('the thread says that it is over', () => slack.thread(root?.ts ?? '').length === 3);
  const said = slack.thread(root?.ts ?? '').map(({ text }) => text);
  expect(said[0]).toMatch(/Acknowledged by ada/);
  expect(said[1]).toMatch(/the disk is full/);
  expect(said[2]).toMatch(/Resolved/);
  expect(JSON.stringify(root?.blocks)).toMatch(/Resolved/);
  expect(slack.roots()).toHaveLength(1);
  expect(delivery.lines).toEqual([]);
});

test('what changes nothing that is shown is no edit, and what changed meanwhile is one edit', async () => {
  await using slack = await startSlackServer(quick);
  await openIncident(store, 'load');
  await using delivery = startSlackDelivery(store, slack.apiUrl);
  await eventually('it is posted', () => slack.roots().length === 1);
  await store.query(
    `INSERT INTO incident_event (airflow, incident_id, at, kind, who, text) VALUES ('a', 'load', now(), 'told', 'windsock', '')`,
  );
  await eventually('its version is noted', async () => {
    const [row] = await store.query<{ version: string; last: string }>(
      `SELECT version, (SELECT max(id) FROM incident_event)::text AS last FROM slack_message WHERE key = 'incident:load'`,
    );
    return row?.version.startsWith(`${row.last} `) === true;
  });
  expect(slack.calls.filter(({ method }) => method === 'chat.update')).toEqual([]);
  slack.state.mishap = ({ method }) => (method === 'chat.update' ? { kind: 'status', status: 503 } : null);
  await person(store, 'load', { kind: 'acknowledge' });
  await person(store, 'load', { kind: 'unacknowledge' });
  await person(store, 'load', { kind: 'acknowledge' });
  await eventually('an edit is tried', () => slack.calls.some(({ status }) => status === 503));
  await resolveIncident(store, 'load');
  slack.state.mishap = () => null;
  await eventually('the edit is made', () => slack.roots()[0]?.edits === 1);
  await settled('all is told');
  expect(JSON.stringify(slack.roots()[0]?.blocks)).toMatch(/Resolved/);
  expect(delivery.lines).toEqual([]);
});

test('without direct only what the webhook told is posted: told again, late or in another order it is one message', async () => {
  await using slack = await startSlackServer(quick);
  await openIncident(store, 'load');
  await openIncident(store, 'silent');
  await using delivery = startSlackDelivery(store, slack.apiUrl, { direct: false });
  await pause(200);
  expect(slack.calls).toEqual([]);
  const alert = (status: 'firing' | 'resolved', endsAt: Date | null) => ({
    fingerprint: 'f1',
    status,
    labels: { source: 'windsock', airflow: 'a' },
    annotations: { incident_url: 'http://windsock.example.com/sub/incidents/load' },
    startsAt: new Date('2026-11-26T06:00:00Z'),
    endsAt,
  });
  const tell = (...given: [status: 'firing' | 'resolved', endsAt: Date | null]) =>
    saveWebhookAlerts(store, 'a', [alert(...given), alert(...given)], new Date());
  await tell('resolved', new Date());
  await tell('firing', null);
  await eventually('it is posted', () => slack.roots().length === 1);
  await tell('firing', null);
  await saveWebhookAlerts(store, 'a', [{ ...alert('firing', null), fingerprint: 'f2' }], new Date());
  await saveWebhookAlerts(
    store,
    'a',
    [{ ...alert('firing', null), fingerprint: 'f3', annotations: { incident_url: 'http://x/incidents/nobody' } }],
    new Date(),
  );
  await eventually(
    'all is looked at',
    async () => (await store.query('SELECT 1 FROM webhook_alert WHERE NOT taken')).length === 0,
  );
  await pause(200);
  expect(slack.roots().map(({ metadata }) => metadata)).toEqual([keyed('load')]);
  expect(delivery.lines).toEqual([]);
});

test('what people may not hear of is not posted; when they may, it is', async () => {
  await using slack = await startSlackServer(quick);
  await openIncident(store, 'load');
  await person(store, 'load', { kind: 'suppress', until: new Date(Date.now() + 3_600_000), note: '' });
  await openIncident(store, 'other');
  await using delivery = startSlackDelivery(store, slack.apiUrl);
  await eventually('the other one is posted', () => slack.roots().length === 1);
  await pause(200);
  expect(slack.roots().map(({ metadata }) => metadata)).toEqual([keyed('other')]);
  await person(store, 'load', { kind: 'unsuppress' });
  await decided(store, [{ kind: 'tell', id: 'load' }]);
  await eventually('it is posted', () => slack.roots().length === 2);
  expect(delivery.lines).toEqual([]);
});

test.each([
  ['the connection breaks after it was taken', { kind: 'drop', taken: true } as const],
  ['the connection breaks before it was taken', { kind: 'drop', taken: false } as const],
  ['nobody answers', { kind: 'hang' } as const],
  ['it answers 500', { kind: 'status', status: 500 } as const],
  ['it cannot for now', { kind: 'error', error: 'internal_error' } as const],
])('%s: the message is there once in the end', async (_what, mishap) => {
  await using slack = await startSlackServer(quick);
  let left = 1;
  slack.state.mishap = ({ method }) => (method === 'chat.postMessage' && left-- > 0 ? mishap : null);
  await openIncident(store, 'load');
  await using delivery = startSlackDelivery(store, slack.apiUrl, mishap.kind === 'hang' ? { timeout: '500ms' } : {});
  await settled('it is posted');
  expect(slack.roots().map(({ metadata }) => metadata)).toEqual([keyed('load')]);
  // It was looked for before it was posted again.
  expect(slack.calls.map(({ method }) => method).slice(0, 2)).toEqual(['chat.postMessage', 'conversations.history']);
  expect(delivery.lines.filter(({ level }) => level === 'error')).toEqual([]);
});

test('an answer in a thread that may be there is looked for in the thread', async () => {
  await using slack = await startSlackServer(quick);
  await openIncident(store, 'load');
  await using delivery = startSlackDelivery(store, slack.apiUrl);
  const [root] = await eventually('it is posted', () => slack.roots().length === 1 && slack.roots());
  let left = 1;
  slack.state.mishap = ({ args }) => (args['thread_ts'] !== undefined && left-- > 0 ? { kind: 'drop', taken: true } : null);
  await person(store, 'load', { kind: 'acknowledge' });
  await eventually('it was looked for', () => slack.calls.some(({ method }) => method === 'conversations.replies'));
  await settled('it is known to be there');
  expect(slack.thread(root?.ts ?? '')).toHaveLength(1);
  expect(delivery.outcomes()).toContain('look_up ok');
});

test('429 is waited out for as long as Slack says, and only in that channel', async () => {
  await using slack = await startSlackServer({ ...quick, channels: { [channel]: {}, C0000000002: {} } });
  slack.state.mishap = ({ method, args }) =>
    method === 'chat.postMessage' &&
    args['channel'] === channel &&
    slack.calls.filter(({ status }) => status === 429).length === 0
      ? { kind: 'status', status: 429, retryAfter: 2 }
      : null;
  await openIncident(store, 'load');
  await openIncident(store, 'other', { subject: { type: 'task', dagId: 'finance', taskId: 'other' } });
  await using delivery = startSlackDelivery(store, slack.apiUrl, { routes: [{ dags: ['fin*'], channel: 'C0000000002' }] });
  await settled('both are posted');
  expect(slack.roots(channel)).toHaveLength(1);
  expect(slack.roots('C0000000002')).toHaveLength(1);
  const [refused, taken] = slack.calls.filter(({ method, args }) => method === 'chat.postMessage' && args['channel'] === channel);
  expect((taken?.at ?? 0) - (refused?.at ?? 0)).toBeGreaterThanOrEqual(2000);
  expect(delivery.lines).toEqual([]);
});

test.each([
  ['channel_not_found', {}],
  ['is_archived', { [channel]: { archived: true } }],
  ['not_in_channel', { [channel]: { member: false } }],
])('a channel that is dead (%s) is said once, and all goes to the fallback', async (error, channels) => {
  await using slack = await startSlackServer({ ...quick, channels: { ...channels, C0000000009: {} } });
  for (const id of ['one', 'two', 'three']) await openIncident(store, id);
  await using delivery = startSlackDelivery(store, slack.apiUrl, { fallback_channel: 'C0000000009' });
  await settled('all are posted');
  expect(slack.roots('C0000000009')).toHaveLength(3);
  expect(delivery.lines).toMatchObject([
    { level: 'error', message: expect.stringContaining('C0000000009'), fields: { channel, reason: error } },
  ]);
  await person(store, 'one', { kind: 'acknowledge' });
  await eventually('its thread is there, too', () =>
    slack.messages.some(({ threadTs, channel: to }) => threadTs !== null && to === 'C0000000009'),
  );
  await eventually('the channel is told to be down', () =>
    delivery.reports.some(
      (each) => each.kind === 'state' && each.state.channels.some((one) => one.channel === channel && !one.up),
    ),
  );
});

test('a channel that is archived later: what is open there moves to the fallback', async () => {
  await using slack = await startSlackServer({ ...quick, channels: { [channel]: {}, C0000000009: {} } });
  await openIncident(store, 'load');
  await using delivery = startSlackDelivery(store, slack.apiUrl, { fallback_channel: 'C0000000009' });
  await settled('it is posted');
  slack.state.channels.set(channel, { archived: true, member: true });
  await resolveIncident(store, 'load');
  await eventually('its end is told elsewhere', () => slack.roots('C0000000009').length === 1);
  expect(JSON.stringify(slack.roots('C0000000009')[0]?.blocks)).toMatch(/Resolved/);
  expect(delivery.outcomes()).toContain('edit channel');
});

test.each(['invalid_auth', 'token_revoked'])(
  'a token that is not accepted (%s) loses nothing, and is said once',
  async (error) => {
    await using slack = await startSlackServer(quick);
    slack.state.locked = error;
    await openIncident(store, 'load');
    await openIncident(store, 'other');
    await using delivery = startSlackDelivery(store, slack.apiUrl);
    await eventually('it is tried', () => slack.calls.length > 0);
    await pause(500);
    expect(slack.calls).toHaveLength(1);
    expect(delivery.lines).toMatchObject([{ level: 'error', fields: { reason: error } }]);
    expect((await rowsOf(store)).map(({ state }) => state)).toEqual(['queued', 'queued']);
  },
);

test('a message that Slack refuses is sent as plain text; one that it refuses at all holds up no other', async () => {
  await using slack = await startSlackServer(quick);
  slack.state.mishap = ({ args }) => {
    if (args['metadata']?.includes('incident:odd') === true && args['blocks'] !== '[]')
      return { kind: 'error', error: 'invalid_blocks' };
    return args['metadata']?.includes('incident:poison') === true ? { kind: 'error', error: 'msg_too_long' } : null;
  };
  for (const id of ['odd', 'poison', 'good']) await openIncident(store, id);
  await using delivery = startSlackDelivery(store, slack.apiUrl);
  await eventually('the good one and the odd one are there', () => slack.roots().length === 2);
  await eventually('the poison is put aside', async () =>
    (await rowsOf(store)).some(({ key, state }) => key === 'incident:poison' && state === 'refused'),
  );
  await pause(300);
  const odd = slack.roots().find(({ metadata }) => metadata?.event_payload['key'] === 'incident:odd');
  expect(odd).toMatchObject({ blocks: [], text: expect.stringContaining('odd') });
  expect((await rowsOf(store)).find(({ key }) => key === 'incident:poison')).toMatchObject({
    state: 'refused',
    error: 'msg_too_long',
  });
  expect(delivery.lines.map(({ level, fields }) => [level, fields['message']])).toEqual(
    expect.arrayContaining([
      ['warn', 'incident:odd'],
      ['error', 'incident:poison'],
    ]),
  );
  expect(slack.calls.filter(({ args }) => args['metadata']?.includes('poison') === true)).toHaveLength(2);
  slack.state.mishap = () => null;
  await person(store, 'poison', { kind: 'acknowledge' });
  await eventually('with other words it is taken', () => slack.roots().length === 3);
});

test('where Slack cannot fetch a chart, messages come without, and all else of them stays', async () => {
  await using slack = await startSlackServer(quick);
  slack.state.mishap = ({ args }) =>
    args['blocks']?.includes('"image"') === true ? { kind: 'error', error: 'invalid_blocks' } : null;
  await openIncident(store, 'first');
  await using delivery = startSlackDelivery(
    store,
    slack.apiUrl,
    {},
    { chartOf: ({ id }) => `https://windsock.example.com/${id}.png` },
  );
  const [root] = await eventually('it is posted', () => slack.roots().length === 1 && slack.roots());
  expect(root?.blocks.map(({ type }) => type)).toEqual(expect.arrayContaining(['header', 'section', 'context']));
  await openIncident(store, 'second');
  await eventually('the next is posted', () => slack.roots().length === 2);
  const posts = slack.calls.filter(({ method }) => method === 'chat.postMessage');
  expect(posts.map(({ args }) => args['blocks']?.includes('"image"'))).toEqual([true, false, false]);
  expect(delivery.lines.filter(({ message }) => message.includes('notify.public_url'))).toHaveLength(1);
});

test('a message that somebody deleted is posted anew when there is news', async () => {
  await using slack = await startSlackServer(quick);
  await openIncident(store, 'load');
  await using delivery = startSlackDelivery(store, slack.apiUrl);
  await settled('it is posted');
  slack.messages.length = 0;
  await resolveIncident(store, 'load');
  await eventually('it is there again', () => slack.roots().length === 1);
  await settled('all is told');
  expect(slack.messages).toHaveLength(1);
  expect(JSON.stringify(slack.roots()[0]?.blocks)).toMatch(/Resolved/);
  expect(delivery.lines).toEqual([]);
});

test('a queued message is posted once, to its channel or the usual one', async () => {
  await using slack = await startSlackServer({ ...quick, channels: { [channel]: {}, C0000000002: {} } });
  const message = { text: 'the day', blocks: [] };
  await queueMessage(store, 'a', { key: 'report:daily:2026-11-25', channel: null, message, at: new Date() });
  await queueMessage(store, 'a', { key: 'report:weekly:2026-11-25', channel: 'C0000000002', message, at: new Date() });
  await using delivery = startSlackDelivery(store, slack.apiUrl);
  await settled('both are posted');
  expect(slack.messages.map(({ channel: to, text }) => [to, text])).toEqual([
    [channel, 'the day'],
    ['C0000000002', 'the day'],
  ]);
  expect(delivery.outcomes()).toEqual(['post ok', 'post ok']);
});

test('a replica that does not lead posts nothing', async () => {
  await using slack = await startSlackServer(quick);
  await openIncident(store, 'load');
  await using follower = startSlackDelivery(store, slack.apiUrl, {}, { leads: () => false });
  await pause(300);
  expect(slack.calls).toEqual([]);
  expect(follower.outcomes()).toEqual([]);
});

test('a leader that froze while it posted, and wakes when another has posted, takes its message back', async () => {
  await using slack = await startSlackServer(quick);
  let left = 1;
  slack.state.mishap = ({ method }) => (method === 'chat.postMessage' && left-- > 0 ? { kind: 'slow', ms: 1500 } : null);
  await openIncident(store, 'load');
  let isLeader = true;
  await using frozen = startSlackDelivery(store, slack.apiUrl, {}, { leads: () => isLeader });
  await eventually('it posts', () => slack.calls.length === 1);
  isLeader = false;
  await store.query("UPDATE slack_message SET due_at = now() WHERE state = 'sending'");
  await using other = startSlackDelivery(store, slack.apiUrl);
  await eventually('the other one has posted', () => slack.roots().length === 1);
  const [kept] = slack.roots();
  await eventually('it takes its own back', () => slack.calls.some(({ method }) => method === 'chat.delete'));
  await pause(200);
  expect(slack.roots()).toEqual([kept]);
  expect((await store.query<{ ts: string }>(`SELECT ts FROM slack_message WHERE key = 'incident:load'`))[0]?.ts).toBe(kept?.ts);
  expect(frozen.outcomes()).toEqual(['post ok']);
  expect(other.outcomes()).toEqual(expect.arrayContaining(['look_up ok', 'post ok']));
});

test('ten incidents with threads are read in as many statements as two hundred', async () => {
  const counted = async (incidents: number): Promise<number> => {
    await store.query('TRUNCATE incident, incident_event, webhook_alert, slack_message CASCADE');
    for (let index = 0; index < incidents; index += 1) await openIncident(store, `t${index}`);
    let statements = 0;
    const counting: Store = { ...store, query: (...given) => ((statements += 1), store.query(...given)) };
    await loadStories(
      counting,
      'a',
      Array.from({ length: incidents }, (_, index) => `t${index}`),
      places,
    );
    return statements;
  };
  expect(await counted(200)).toBe(await counted(10));
});
