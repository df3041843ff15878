import { readFileSync } from 'node:fs';
import { createServer as createHttp, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Store } from '../../../src/store/store.ts';
import { readBody } from '../../kit/alertmanager.ts';
import { findBinary } from '../../kit/binaries.ts';
import { certificateFolder } from '../../kit/certificates.ts';
import { createStore } from '../../kit/database.ts';
import { eventually } from '../../kit/eventually.ts';
import { openIncident, startDelivery } from './kit.ts';

const fast = { resend: '1s', timeout: '5s', silences: false };
/** Where nobody answers: else a machine that is busy with other tests is taken for a member that is sick. */
const impatient = { ...fast, timeout: '500ms' };

let store: Store & AsyncDisposable;
beforeAll(async () => {
  store = await createStore();
});
afterAll(() => store[Symbol.asyncDispose]());
beforeEach(() => store.query('TRUNCATE incident, incident_event CASCADE'));

type Answer = { status: number; body?: string } | 'never';

/** A member that answers as it is told, and remembers what it was asked. */
async function startMember(first: Answer, tls?: { key: Buffer; cert: Buffer }) {
  const asked: { headers: IncomingHttpHeaders; path: string; alerts: number }[] = [];
  const state = { answer: first };
  const listener: RequestListener = (request, response) => {
    void (async () => {
      const body = await readBody(request);
      if (request.method !== 'POST') return void response.end('[]');
      asked.push({ headers: request.headers, path: request.url ?? '', alerts: (JSON.parse(body) as unknown[]).length });
      if (state.answer !== 'never') response.writeHead(state.answer.status).end(state.answer.body);
    })();
  };
  const server = tls === undefined ? createHttp(listener) : createHttps(tls, listener);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    asked,
    state,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

test.each<[string, Answer, RegExp]>([
  ['answers 500', { status: 500, body: 'no space left' }, /^answered 500: no space left$/],
  ['answers 503', { status: 503, body: '' }, /^answered 503/],
  ['knows us not', { status: 401, body: 'Unauthorized password=hunter2' }, /^answered 401(?!.*hunter2)/],
  ['is busy', { status: 429, body: 'slow down' }, /^answered 429/],
  ['sends us elsewhere', { status: 302, body: '' }, /redirect/],
  ['never answers', 'never', /time-?out/i],
])('a member that %s is said once, holds up no other, and gets all when it is well', async (_what, answer, reason) => {
  await using sick = await startMember(answer);
  await using well = await startMember({ status: 200 });
  await using delivery = startDelivery(store, { urls: [sick.url, well.url], ...(answer === 'never' ? impatient : fast) });
  const said = () => delivery.lines.filter(({ fields }) => fields['member'] === sick.url);
  await openIncident(store, 'load');
  await eventually('the other has it', () => well.asked.length > 0);
  await eventually('the sick one was tried again', () => sick.asked.length >= 3);
  await eventually('it is said', () => said().length > 0);
  expect(said()).toMatchObject([{ level: 'warn', fields: { reason: expect.stringMatching(reason) } }]);
  const reported = delivery.reports.filter(({ member, failed }) => member === sick.url && failed);
  expect(reported.length).toBeGreaterThan(0);
  sick.state.answer = { status: 200 };
  await eventually('it is well', () => said().length > 1);
  expect(said().at(1)).toMatchObject({ level: 'info', message: 'Alertmanager answers again' });
});

test('a member where nobody listens is said in one line that names it and no password', async () => {
  const gone = await startMember('never');
  await gone[Symbol.asyncDispose]();
  await using delivery = startDelivery(store, { urls: [gone.url.replace('//', '//bob:hunter2@')], ...fast });
  await openIncident(store, 'load');
  await eventually('it is said', () => delivery.lines.length > 0);
  await delivery.round();
  expect(delivery.lines).toMatchObject([
    { level: 'warn', fields: { member: gone.url, reason: expect.stringContaining('ECONNREFUSED') } },
  ]);
  expect(JSON.stringify([delivery.lines, delivery.reports])).not.toContain('hunter2');
});

test.each<[string, Record<string, unknown>, Record<string, string>]>([
  [
    'user and password',
    { username: 'bob', password: 'pä:ss' },
    { authorization: `Basic ${Buffer.from('bob:pä:ss').toString('base64')}` },
  ],
  ['a token, which goes first', { username: 'bob', password: 'x', bearer_token: 't0ken' }, { authorization: 'Bearer t0ken' }],
  [
    'headers of one’s own',
    { headers: { 'X-Scope-OrgID': 'data', 'Content-Type': 'text/plain' } },
    { 'x-scope-orgid': 'data', 'content-type': 'application/json' },
  ],
  [
    'a token over a header of that name',
    { headers: { Authorization: 'Basic old' }, bearer_token: 't0ken' },
    { authorization: 'Bearer t0ken' },
  ],
])('alerts are sent under the path prefix, with %s', async (_what, config, headers) => {
  await using member = await startMember({ status: 200 });
  await using delivery = startDelivery(store, { urls: [`${member.url}/prefix`], ...fast, ...config });
  await openIncident(store, 'load');
  await eventually('it is sent', () => member.asked.length > 0);
  expect(delivery.lines).toEqual([]);
  expect(member.asked[0]).toMatchObject({ path: '/prefix/api/v2/alerts', headers });
});

const openssl = findBinary('openssl');
test.skipIf(openssl === undefined)(
  'a member by TLS is believed by the CA file, and by nothing without it (openssl)',
  async () => {
    using files = certificateFolder(openssl ?? '');
    files.make('ca');
    files.make('member', { by: 'ca' });
    const tls = { key: readFileSync(files.path('member.key')), cert: readFileSync(files.path('member.crt')) };
    await using member = await startMember({ status: 200 }, tls);
    await openIncident(store, 'load');
    {
      await using delivery = startDelivery(store, { urls: [member.url], ...fast });
      await eventually('it is said', () => delivery.lines.length > 0);
      expect(delivery.lines).toMatchObject([{ level: 'warn', fields: { reason: expect.stringMatching(/certificate/) } }]);
      expect(member.asked).toEqual([]);
    }
    await using delivery = startDelivery(store, { urls: [member.url], ...fast, ca_file: files.path('ca.crt') });
    await eventually('it is sent', () => member.asked.length > 0);
    expect(delivery.lines).toEqual([]);
  },
);

test('a CA file that cannot be read is a fault of the configuration, and names its key', () => {
  expect(() => startDelivery(store, { urls: ['https://127.0.0.1:1'], ca_file: '/nowhere/ca.pem' })).toThrow(
    /notify\.alertmanager\.ca_file cannot be read/,
  );
});

test('a storm goes in batches of 64, each alert once until it is due again', async () => {
  await using member = await startMember({ status: 200 });
  await using delivery = startDelivery(store, { urls: [member.url], ...fast, resend: '10s' }, { everyMs: 60_000 });
  for (let n = 0; n < 130; n += 1) await openIncident(store, `task_${n}`);
  await delivery.round();
  expect(member.asked.map(({ alerts }) => alerts)).toEqual([64, 64, 2]);
  await delivery.round();
  expect(member.asked, 'nothing is due').toHaveLength(3);
});

test('what is committed while a round runs is sent right after it, by no further round', async () => {
  await using member = await startMember('never');
  await using delivery = startDelivery(store, { urls: [member.url], ...impatient }, { everyMs: 3_600_000 });
  await openIncident(store, 'first');
  const running = delivery.round();
  await eventually('the first is on its way', () => member.asked.length === 1);
  member.state.answer = { status: 200 };
  await openIncident(store, 'second');
  await delivery.round();
  await running;
  expect(member.asked.map(({ alerts }) => alerts)).toEqual([1, 2]);
});
