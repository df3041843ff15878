import { expect, test } from 'vitest';
import { httpConfig } from '../../../src/http/config.ts';
import { listen } from '../../../src/http/listen.ts';
import { sortAlerts, type WebhookAlert } from '../../../src/notify/webhook.ts';
import { createAlertmanager } from '../../kit/alertmanager.ts';
import { findBinary } from '../../kit/binaries.ts';
import { eventually } from '../../kit/eventually.ts';
import { keptLog, noWebhooks, sourcesWith } from '../../kit/http.ts';

const binary = findBinary('prometheus-alertmanager') ?? '';

test.skipIf(binary === '')(
  'what a real Alertmanager posts is understood: an alert of ours that fires, then its end, and one that is not ours (prometheus-alertmanager)',
  async () => {
    const secret = 'the-secret-of-the-webhook';
    const taken: WebhookAlert[] = [];
    const sources = sourcesWith({ webhooks: { ...noWebhooks, alertmanager: async (alerts) => void taken.push(...alerts) } });
    const config = httpConfig.parse({ host: '127.0.0.1', port: 0, webhooks: { alertmanager: { secret } } });
    const http = await listen(sources, config, keptLog().logger);
    await using closing = new AsyncDisposableStack();
    closing.defer(() => http.close());
    await using member = await createAlertmanager(binary, {
      receiver: `${http.url}/api/v1/webhooks/alertmanager`,
      secret,
    });
    const startsAt = new Date(Date.now() - 1000);
    const send = (alertname: string, source: string, endsAt: Date) =>
      fetch(`${member.url}/api/v2/alerts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify([{ labels: { alertname, source, airflow: 'production' }, startsAt, endsAt }]),
      });
    const later = new Date(Date.now() + 300_000);
    await send('AirflowTaskFailed', 'windsock', later);
    await send('DiskFull', 'node', later);
    await eventually('both are told', () => taken.length === 2);
    const { own, foreign } = sortAlerts(taken, 'production');
    expect(own).toMatchObject([{ status: 'firing', startsAt, endsAt: null, labels: { alertname: 'AirflowTaskFailed' } }]);
    expect(foreign).toMatchObject([{ labels: { alertname: 'DiskFull' } }]);
    await send('AirflowTaskFailed', 'windsock', new Date());
    await eventually('the end is told', () => taken.length === 3);
    expect(taken[2]).toMatchObject({ status: 'resolved', fingerprint: own[0]?.fingerprint, endsAt: expect.any(Date) });
  },
);
