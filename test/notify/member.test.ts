import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { connectMembers, type Member } from '../../src/notify/alertmanager.ts';
import { notifyConfig } from '../../src/notify/config.ts';

const never = new AbortController().signal;

/** A member that is asked of this server. */
async function startMember(listener: RequestListener): Promise<{ member: Member } & AsyncDisposable> {
  const server = createServer(listener);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const [member] = connectMembers(notifyConfig.parse({ alertmanager: { urls: [`http://127.0.0.1:${port}`] } }).alertmanager);
  if (member === undefined) throw new Error('no member');
  return {
    member,
    async [Symbol.asyncDispose]() {
      await member.close();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

test('the states of a storm of alerts are read, however long their annotations are', async () => {
  const alert = {
    labels: { alertname: 'AirflowTaskFailed' },
    annotations: { description: 'x'.repeat(8000) },
    status: { state: 'active', silencedBy: [], inhibitedBy: [] },
  };
  await using started = await startMember((_request, response) =>
    response.end(JSON.stringify(Array.from({ length: 500 }, () => alert))),
  );
  expect(await started.member.readStates('a', never)).toHaveLength(500);
});

test.each([
  [200, true],
  [404, true],
  [500, true],
  [401, false],
  [503, false],
])('a silence that ends with status %d is over: %s', async (status, isOver) => {
  await using started = await startMember((_request, response) => response.writeHead(status).end());
  const ended = await started.member.endSilence('1', never).then(
    () => true,
    () => false,
  );
  expect(ended).toBe(isOver);
});

test.each([
  ['a header of two lines', { headers: { 'X-Key': 'topsecret\nX-Other: 1' } }],
  ['a header that no line of HTTP can hold', { headers: { 'X-Key': 'topsecret\u2013' } }],
  ['a name that is none', { headers: { 'X Key': 'topsecret' } }],
  ['a token of two lines', { bearer_token: 'topsecret\n' }],
])('%s is refused at the start, and not shown', (_what, alertmanager) => {
  const parsed = notifyConfig.safeParse({ alertmanager });
  expect(parsed.success).toBe(false);
  expect(parsed.error?.message).not.toContain('topsecret');
});

test('a password in an address may hold any character', () => {
  expect(() =>
    connectMembers(notifyConfig.parse({ alertmanager: { urls: ['http://ann:100%@alerts'] } }).alertmanager),
  ).not.toThrow();
});
