import { expect, test } from 'vitest';
import { createAirflowDatabase, createDatabase } from '../kit/database.ts';
import { eventually } from '../kit/eventually.ts';
import { startSlackServer } from '../kit/slack-server.ts';
import { startWindsock } from '../kit/windsock.ts';

test('a report whose time came while nobody was there is posted to Slack once somebody is, and not again by the next', async () => {
  await using airflow = await createAirflowDatabase('3.3.2');
  await using store = await createDatabase('template_store');
  await using slack = await startSlackServer();
  const missed = () =>
    store.query(
      `INSERT INTO report_due (airflow, kind, schedule, time_zone, due_at) VALUES ('airflow', 'daily', '0 7 * * *', 'UTC', now() - interval '2 hours')
       ON CONFLICT (airflow, kind) DO UPDATE SET due_at = excluded.due_at`,
    );
  const environment = {
    WINDSOCK_AIRFLOW_DATABASE_URL: airflow.url,
    WINDSOCK_STORE_DATABASE_URL: store.url,
    WINDSOCK_INTERVAL: '1s',
    WINDSOCK_NOTIFY_SLACK_BOT_TOKEN: slack.state.token,
    WINDSOCK_NOTIFY_SLACK_CHANNEL: 'C0000000001',
    WINDSOCK_NOTIFY_SLACK_API_URL: slack.apiUrl,
    WINDSOCK_REPORT_DAILY_SCHEDULE: '0 7 * * *',
  };
  const isPlanned = async (): Promise<boolean> => (await store.query('SELECT 1 FROM report_due WHERE due_at > now()')).length > 0;
  const reports = () => slack.messages.filter(({ text }) => text.startsWith('Daily report'));
  for (const round of ['first', 'next']) {
    await missed();
    await using windsock = startWindsock(environment);
    await eventually(`the ${round} has planned the time after`, isPlanned);
    await eventually('the report is posted', () => reports().length > 0);
    windsock.signal('SIGTERM');
    await windsock.exit;
  }
  expect(reports()).toHaveLength(1);
});
