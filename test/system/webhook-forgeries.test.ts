import { expect, test } from 'vitest';
import { insertRows, runRow, taskRow } from '../kit/airflow-rows.ts';
import { createAirflowDatabase, createDatabase } from '../kit/database.ts';
import { eventually } from '../kit/eventually.ts';
import { startSlackServer } from '../kit/slack-server.ts';
import { startWindsock } from '../kit/windsock.ts';

const secret = 'the-secret-of-the-webhook';
const path = '/api/v1/webhooks/alertmanager';
const channel = 'C0000000001';

test('what Alertmanager tells is posted to Slack once, however often it is repeated; forgeries, and what is not about an incident of ours, post nothing', async () => {
  await using airflow = await createAirflowDatabase('3.3.2');
  await using store = await createDatabase('template_store');
  await using slack = await startSlackServer();
  const begun = new Date(Date.now() - 60_000);
  const failing = ['load', 'copy'];
  await insertRows(airflow, 'dag_run', [runRow({ id: 1, dagId: 'etl', state: 'running', startDate: begun })]);
  await insertRows(
    airflow,
    'task_instance',
    failing.map((taskId) => taskRow({ dagId: 'etl', runId: 'manual__1', taskId, state: 'running', startDate: begun })),
  );
  await using windsock = startWindsock({
    WINDSOCK_AIRFLOW_DATABASE_URL: airflow.url,
    WINDSOCK_STORE_DATABASE_URL: store.url,
    WINDSOCK_HTTP_HOST: '127.0.0.1',
    WINDSOCK_HTTP_WEBHOOKS_ALERTMANAGER_SECRET: secret,
    WINDSOCK_INCIDENT_CORRELATION_WINDOW: '1s',
    WINDSOCK_NOTIFY_SLACK_BOT_TOKEN: 'xoxb-test-token',
    WINDSOCK_NOTIFY_SLACK_CHANNEL: channel,
    WINDSOCK_NOTIFY_SLACK_API_URL: slack.apiUrl,
  });
  await eventually('its history is read', async () => /\nwindsock_backfill_progress_ratio 1\n/.test(await windsock.body()));
  await airflow.query(`UPDATE task_instance SET state = 'failed', end_date = now(), updated_at = now()`);
  await airflow.query(`UPDATE dag_run SET state = 'failed', end_date = now(), updated_at = now()`);
  const incidents = await eventually('both failures are incidents', async () => {
    const rows = await store.query<{ id: string; task: string; alertname: string }>(
      `SELECT id, subject->>'taskId' AS task FROM incident WHERE kind = 'task_failed' AND root_id IS NULL`,
    );
    return rows.length === failing.length && rows;
  });
  const idOf = (task: string): string => incidents.find((each) => each.task === task)?.id ?? '';
  const url = await windsock.url();

  const alert = (incidentId: string, over: Record<string, unknown> = {}) => ({
    fingerprint: `fingerprint-of-${incidentId}`.slice(0, 100),
    status: 'firing',
    labels: { alertname: 'AirflowTaskFailed', source: 'windsock', airflow: 'airflow', dag_id: 'etl', task_id: 'load' },
    annotations: { incident_url: `${url}/incidents/${incidentId}` },
    startsAt: '2026-03-02T10:00:00Z',
    endsAt: '0001-01-01T00:00:00Z',
    ...over,
  });
  const post = async (alerts: readonly unknown[], authorization = `Bearer ${secret}`) => {
    const body = JSON.stringify({ version: '4', groupKey: '{}:{}', truncatedAlerts: 0, alerts });
    const headers = { 'content-type': 'application/json', authorization };
    return (await fetch(`${url}${path}`, { method: 'POST', body, headers })).status;
  };

  const genuine = alert(idOf('load'));
  // Forgeries first: had one of them been believed, its message would stand there, too.
  const wrong = ['', 'Bearer ', `Bearer ${secret}x`, `Bearer ${secret.slice(0, -1)}`, `Basic ${btoa(`${secret}:`)}`, secret];
  for (const authorization of wrong) expect([authorization, await post([genuine], authorization)]).toEqual([authorization, 401]);
  const others = { ...genuine.labels, airflow: 'another' };
  const about = (page: unknown) => ({ annotations: { incident_url: page } });
  const foreign = [
    alert(idOf('copy'), { labels: others }),
    alert(idOf('copy'), { labels: { ...genuine.labels, source: 'node' } }),
    alert(idOf('copy'), { labels: {} }),
    ...['none', '..', '__proto__', '%00', 'a'.repeat(5000), "' OR 1=1--"].map((id) => alert(id)),
    ...['', 'javascript:alert(1)', `${url}/incidents/`, `${url}/incidents/${idOf('copy')}/acknowledge`].map((page) =>
      alert('none', about(page)),
    ),
  ];
  expect(await post(foreign)).toBe(200);

  // The same at once and one after the other, as episodes of old, with an end before its beginning, and a hundredfold in one message.
  const same = Array.from({ length: 10 }, () => post([genuine]));
  expect(await Promise.all(same)).toEqual(same.map(() => 200));
  expect(await post(Array.from({ length: 100 }, () => genuine))).toBe(200);
  for (const startsAt of ['2020-01-01T00:00:00Z', '2026-03-02T10:00:00Z', '9999-12-31T23:59:59Z'])
    expect(await post([{ ...genuine, startsAt }])).toBe(200);
  expect(await post([{ ...genuine, status: 'resolved', endsAt: '2020-01-01T00:00:00Z' }, genuine])).toBe(200);

  await eventually('Slack is told', () => slack.roots().length > 0);
  // A fresh one behind them all: once it is there, whatever else was to come would have come.
  expect(await post([alert(idOf('copy'))])).toBe(200);
  await eventually('Slack is told of the other', () => slack.roots().length > 1);
  await new Promise((done) => setTimeout(done, 3000));
  const told = slack.roots().map(({ metadata }) => metadata?.event_payload['key']);
  expect(told).toEqual([`incident:${idOf('load')}`, `incident:${idOf('copy')}`]);
  // An alert that is said to be over resolves nothing: only Airflow does.
  expect(await store.query(`SELECT DISTINCT state FROM incident WHERE kind = 'task_failed'`)).toEqual([{ state: 'open' }]);
  const metrics = await windsock.body();
  expect(metrics).toMatch(/\nwindsock_webhook_alerts_total\{origin="foreign"\} 3\n/);
  expect(windsock.lines().filter(({ level }) => level === 'error' || level === 'warn')).toEqual([]);
});
