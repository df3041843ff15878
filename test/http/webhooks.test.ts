import { describe, expect, test } from 'vitest';
import type { HttpSettings } from '../../src/http/create-app.ts';
import type { WebhookAlert } from '../../src/notify/webhook.ts';
import { askApp, noWebhooks, sourcesWith } from '../kit/http.ts';

const secret = 'the-secret-of-the-webhook';
const path = '/api/v1/webhooks/alertmanager';

const alert = (over: Record<string, unknown> = {}) => ({
  status: 'firing',
  labels: { alertname: 'AirflowTaskFailed', source: 'windsock', airflow: 'production' },
  annotations: { summary: 'etl.load failed' },
  startsAt: '2026-03-02T10:00:00.123+01:00',
  endsAt: '0001-01-01T00:00:00Z',
  generatorURL: 'http://windsock/incidents/1',
  fingerprint: '5a1d0f2e3b4c5d6e',
  ...over,
});
/** As Alertmanager 0.25 sends it. */
const message = (over: Record<string, unknown> = {}) => ({
  receiver: 'windsock',
  status: 'firing',
  alerts: [alert()],
  groupLabels: {},
  commonLabels: {},
  commonAnnotations: {},
  externalURL: 'http://alertmanager:9093',
  version: '4',
  groupKey: '{}:{}',
  truncatedAlerts: 0,
  ...over,
});

interface Given {
  authorization?: string;
  settings?: Partial<HttpSettings>;
}

/** Asked from another machine, as Alertmanager does. */
async function post(body: unknown, { authorization = `Bearer ${secret}`, settings = { webhookSecret: secret } }: Given = {}) {
  const taken: WebhookAlert[] = [];
  const { ask } = askApp({
    sources: sourcesWith({ webhooks: { ...noWebhooks, alertmanager: async (alerts) => void taken.push(...alerts) } }),
    settings,
  });
  const answer = await ask(path, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    peer: '10.0.0.9',
    headers: { host: 'windsock:9112', 'content-type': 'application/json', ...(authorization === '' ? {} : { authorization }) },
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown>, taken };
}

test('what Alertmanager posts is taken at once, each alert with its times', async () => {
  const resolved = alert({ status: 'resolved', endsAt: '2026-03-02T10:05:00Z', annotations: null });
  expect(await post(message({ alerts: [alert(), resolved], notification_reason: 'later versions say more' }))).toEqual({
    status: 200,
    body: { accepted: 2 },
    taken: [
      {
        fingerprint: '5a1d0f2e3b4c5d6e',
        status: 'firing',
        labels: alert().labels,
        annotations: { summary: 'etl.load failed' },
        startsAt: new Date('2026-03-02T09:00:00.123Z'),
        endsAt: null,
      },
      expect.objectContaining({ status: 'resolved', annotations: {}, endsAt: new Date('2026-03-02T10:05:00Z') }),
    ],
  });
});

test('its secret may come as the password of basic authentication, too', async () => {
  const authorization = `Basic ${Buffer.from(`alertmanager:${secret}`).toString('base64')}`;
  expect((await post(message(), { authorization })).status).toBe(200);
});

describe('who does not know its secret changes nothing', () => {
  const token = { name: 'ci', token: 'write-token-0123456789', scopes: ['read' as const, 'write' as const] };
  const users = new Map([['alice', 'hash']]);
  test.each([
    ['no secret', '', {}],
    ['another secret', 'Bearer the-secret-of-the-webhooK', {}],
    ['a token of the API', `Bearer ${token.token}`, { tokens: [token] }],
    ['a user', `Basic ${Buffer.from('alice:wonderland').toString('base64')}`, { users }],
  ])('%s is 401', async (_what, authorization, others) => {
    const { status, taken } = await post(message(), { authorization, settings: { webhookSecret: secret, ...others } });
    expect([status, taken]).toEqual([401, []]);
  });

  test('and the secret opens nothing else', async () => {
    const { ask } = askApp({ settings: { webhookSecret: secret, tokens: [token] } });
    const headers = { authorization: `Bearer ${secret}` };
    expect((await ask('/api/v1/incidents', { headers })).status).toBe(401);
    expect((await ask(path, { headers })).status).toBe(401);
  });

  test('without a configured secret nothing is taken, and the answer says which setting is missing', async () => {
    const { status, body, taken } = await post(message(), { settings: { tokens: [token] } });
    expect([status, taken]).toEqual([404, []]);
    expect(body).toMatchObject({ status: 404, detail: expect.stringContaining('http.webhooks.alertmanager.secret') });
  });
});

describe('a body that is none of the webhook changes nothing', () => {
  test.each([
    ['no JSON', '{"version": "4",', 400, /JSON/],
    ['a list', [], 400, /object/i],
    ['another version', message({ version: '3' }), 400, /version: must be "4"/],
    ['no alerts', message({ alerts: undefined }), 400, /alerts/],
    [
      'an alert without a fingerprint',
      message({ alerts: [alert(), alert({ fingerprint: undefined })] }),
      400,
      /alerts\.1\.fingerprint/,
    ],
    ['a number as label', message({ alerts: [alert({ labels: { n: 1 } })] }), 400, /alerts\.0\.labels\.n/],
    ['a time that is none', message({ alerts: [alert({ startsAt: 'yesterday' })] }), 400, /alerts\.0\.startsAt/],
    ['a status that is none', message({ alerts: [alert({ status: 'fine' })] }), 400, /alerts\.0\.status/],
    ['more than a megabyte', message({ externalURL: 'x'.repeat(1024 * 1024) }), 413, /1048576 bytes/],
  ])('%s', async (_what, given, status, detail) => {
    const answer = await post(given);
    expect([answer.status, answer.taken]).toEqual([status, []]);
    expect(answer.body['detail']).toMatch(detail);
  });
});

test('only POST can be used, and the description of the API has it', async () => {
  const { ask } = askApp();
  expect((await ask(path)).status).toBe(405);
  const { paths } = (await (await ask('/openapi.json')).json()) as { paths: Record<string, unknown> };
  expect(paths).toHaveProperty([path, 'post']);
});
