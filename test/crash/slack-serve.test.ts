import { expect, test } from 'vitest';
import { createDatabase } from '../kit/database.ts';
import { eventually } from '../kit/eventually.ts';
import { valueOf } from '../kit/parse-exposition.ts';
import { startSlackServer } from '../kit/slack-server.ts';
import { startWindsock } from '../kit/windsock.ts';
import { startBriskAirflow } from './alert-kit.ts';

test('serve killed while Slack takes its message: started anew it finds it, edits it and tells its end in its thread, and shows no token', async () => {
  await using database = await createDatabase();
  await using store = await createDatabase('template_store');
  await using airflow = await startBriskAirflow(database);
  await using slack = await startSlackServer();
  slack.state.mishap = ({ method }) => (method === 'chat.postMessage' ? { kind: 'slow', ms: 1500 } : null);
  const environment = {
    WINDSOCK_AIRFLOW_DATABASE_URL: database.url,
    WINDSOCK_STORE_DATABASE_URL: store.url,
    WINDSOCK_HISTORY: '1h',
    WINDSOCK_NOTIFY_SLACK_BOT_TOKEN: slack.state.token,
    WINDSOCK_NOTIFY_SLACK_CHANNEL: 'C0000000001',
    WINDSOCK_NOTIFY_SLACK_DIRECT: 'true',
    WINDSOCK_NOTIFY_SLACK_API_URL: slack.apiUrl,
    WINDSOCK_NOTIFY_SLACK_TIMEOUT: '2s',
  };
  let said = '';
  {
    await using windsock = startWindsock(environment);
    await windsock.says(/"leading/);
    await eventually('it is ready', async () => (await windsock.readyStatus()) === 200);
    airflow.simulation.inject({ kind: 'fail', dagId: 'micro', taskId: 'fetch', forSeconds: 12 });
    await eventually('the message is on its way', () => slack.calls.some(({ method }) => method === 'chat.postMessage'));
    windsock.signal('SIGKILL');
    await windsock.exit;
    said += windsock.output();
  }
  expect(await store.query('SELECT state FROM slack_message WHERE event_id IS NULL AND incident_id IS NOT NULL')).toEqual([
    { state: 'sending' },
  ]);
  slack.state.mishap = () => null;
  await using windsock = startWindsock(environment);
  await windsock.says(/"leading/);
  await eventually('it was looked for', () => slack.calls.some(({ method }) => method === 'conversations.history'));
  const root = await eventually(
    'its end is told',
    () => slack.roots().find(({ ts }) => slack.thread(ts).some(({ text }) => text.includes('Resolved'))),
    { withinMs: 90_000 },
  );
  expect(JSON.stringify(root.blocks)).toMatch(/micro/);
  const keys = slack.messages.map(({ metadata }) => metadata?.event_payload['key']);
  expect(keys.length).toBe(new Set(keys).size);
  expect(slack.roots()).toHaveLength(1);
  const sent = valueOf(await windsock.metrics(), 'windsock_slack_sent_total', { call: 'look_up' });
  expect(sent).toBe(1);
  said += windsock.output() + windsock.printed() + (await windsock.body());
  expect(said).not.toContain(slack.state.token);
});
