import { expect, test } from 'vitest';
import { sortAlerts, type WebhookAlert } from '../../src/notify/webhook.ts';
import { at } from '../kit/findings.ts';

const alert = (labels: Record<string, string>): WebhookAlert => ({
  fingerprint: JSON.stringify(labels),
  status: 'firing',
  labels,
  annotations: {},
  startsAt: at('10:00'),
  endsAt: null,
});

test('alerts are our own when Windsock sent them about this Airflow', () => {
  const own = alert({ source: 'windsock', airflow: 'production', alertname: 'AirflowTaskFailed' });
  const foreign = [
    alert({ source: 'windsock', airflow: 'staging' }),
    alert({ source: 'windsock-self', airflow: 'production' }),
    alert({ source: 'metrics', airflow: 'production' }),
    alert({ alertname: 'DiskFull' }),
  ];
  expect(sortAlerts([...foreign, own], 'production')).toEqual({ own: [own], foreign });
  expect(sortAlerts([], 'production')).toEqual({ own: [], foreign: [] });
});
