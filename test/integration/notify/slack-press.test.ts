import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { saveExplanation } from '../../../src/explain/rows.ts';
import { act } from '../../../src/incident/act.ts';
import { readIncident } from '../../../src/incident/list.ts';
import { saveIncidents } from '../../../src/incident/save.ts';
import type { Interaction } from '../../../src/notify/slack/interaction.ts';
import { takePress } from '../../../src/notify/slack/take-press.ts';
import type { Store } from '../../../src/store/store.ts';
import { createStore } from '../../kit/database.ts';
import { keptExplanation } from '../../kit/explanations.ts';
import { at, incident } from '../../kit/findings.ts';
import { keptLog } from '../../kit/http.ts';
import { startSlackServer } from '../../kit/slack-server.ts';

let store: Store & AsyncDisposable;
let slack: Awaited<ReturnType<typeof startSlackServer>>;
beforeAll(async () => {
  store = await createStore();
  slack = await startSlackServer();
});
afterAll(async () => {
  await slack[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await store.query('TRUNCATE incident, incident_event, explanation, explanation_feedback, slack_press CASCADE');
  await saveIncidents(store, 'a', [incident({ id: 'inc-1' })]);
  slack.responses.splice(0);
});

const verdicts: string[] = [];
const log = keptLog();
let seq = 0;

const pressed = (partial: Partial<Interaction> = {}): Interaction => ({
  act: 'acknowledge',
  incidentId: 'inc-1',
  who: 'ann (Slack U1)',
  key: `press-${(seq += 1)}`,
  responseUrl: slack.responseUrl(`r${seq}`),
  ...partial,
});
const take = (interaction: Interaction, airflow = 'a') =>
  takePress(interaction, {
    store,
    airflow,
    config: { api_url: slack.apiUrl },
    logger: log.logger,
    now: at('10:05'),
    metrics: { feedback: (verdict) => void verdicts.push(verdict) },
  });

async function standing() {
  const { incident: now, events } = await readIncident(store, 'a', 'inc-1');
  return { state: now.state, by: now.acknowledgedBy, events: events.map(({ kind, who }) => `${kind} by ${who}`) };
}
const told = () => slack.responses.map(({ body }) => body);

test('who presses Acknowledge has it, and Give back gives it back', async () => {
  await take(pressed());
  expect(await standing()).toEqual({
    state: 'acknowledged',
    by: 'ann (Slack U1)',
    events: ['acknowledged by ann (Slack U1)'],
  });
  await take(pressed({ act: 'unacknowledge', who: 'bob (Slack U2)' }));
  expect(await standing()).toMatchObject({ state: 'open', by: null });
  expect(told()).toEqual([]);
});

test('the same press does nothing when it comes again, whatever happened in between', async () => {
  const first = pressed();
  await Promise.all([take(first), take(first), take(first)]);
  await act(store, 'a', 'inc-1', { kind: 'unacknowledge' }, { who: 'bob', now: at('10:06') });
  await take(first);
  expect(await standing()).toMatchObject({
    state: 'open',
    events: ['acknowledged by ann (Slack U1)', 'unacknowledged by bob'],
  });
});

test('what is resolved already is said to who presses, and to nobody else', async () => {
  await take(pressed({ act: 'resolve' }));
  expect(await standing()).toMatchObject({ state: 'resolved' });
  await take(pressed());
  await take(pressed({ act: 'resolve', who: 'bob (Slack U2)' }));
  expect((await standing()).events).toEqual(['resolved by ann (Slack U1)']);
  const sentence = 'incident inc-1 is resolved already; only notes can be added';
  expect(told()).toEqual([
    { response_type: 'ephemeral', replace_original: false, text: sentence },
    { response_type: 'ephemeral', replace_original: false, text: sentence },
  ]);
});

test('thumbs are kept as feedback of who pressed; without an explanation that is said', async () => {
  await take(pressed({ act: 'right' }));
  expect(told()).toEqual([expect.objectContaining({ text: 'incident inc-1 is not explained yet' })]);
  await saveExplanation(store, 'a', keptExplanation());
  await take(pressed({ act: 'wrong' }));
  expect(await store.query('SELECT who, verdict FROM explanation_feedback')).toEqual([
    { who: 'ann (Slack U1)', verdict: 'down' },
  ]);
  expect(verdicts).toEqual(['down']);
  expect(told().at(-1)).toMatchObject({ response_type: 'ephemeral', text: expect.stringContaining('Thank you') as string });
});

test('an incident of another deployment, or of none, is not found, and stays as it was', async () => {
  await expect(take(pressed(), 'b')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(take(pressed({ incidentId: 'inc-2' }))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(await standing()).toMatchObject({ state: 'open', events: [] });
});

test('nothing is sent to an address that is not of Slack, nor where one of Slack leads to', async () => {
  const asked: string[] = [];
  const inside = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.end();
  });
  await new Promise<void>((done) => inside.listen(0, '127.0.0.1', done));
  const { port } = inside.address() as AddressInfo;
  await take(pressed({ act: 'resolve' }));
  for (const responseUrl of [
    `http://127.0.0.1:${port}/latest/meta-data`,
    `http://user:pass@127.0.0.1:${port}/`,
    `http://hooks.slack.com:${port}/x`,
    'file:///etc/passwd',
    'https://hooks.slack.com.evil.example/x',
    'http://hooks.slack.com/x',
  ])
    await take(pressed({ responseUrl }));
  inside.close();
  expect(asked).toEqual([]);
  expect(told()).toEqual([]);
  expect(log.lines.filter((line) => line.includes('is not Slack'))).toHaveLength(6);
});

test('a press that could not be tried can be pressed again', async () => {
  const press = pressed();
  await store.query('ALTER TABLE incident RENAME TO incident_away');
  await expect(take(press)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  await store.query('ALTER TABLE incident_away RENAME TO incident');
  expect(told()).toEqual([expect.objectContaining({ text: 'That did not work just now; please press it again.' })]);
  await take(press);
  expect(await standing()).toMatchObject({ state: 'acknowledged' });
});
