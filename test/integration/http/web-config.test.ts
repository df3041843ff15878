import { readFileSync, writeFileSync } from 'node:fs';
import { Agent, request, type RequestOptions } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { hashSync } from 'bcryptjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { httpConfig } from '../../../src/http/config.ts';
import { listen } from '../../../src/http/listen.ts';
import { findBinary } from '../../kit/binaries.ts';
import { certificateFolder, type Certificates } from '../../kit/certificates.ts';
import { eventually } from '../../kit/eventually.ts';
import { keptLog, sourcesWith } from '../../kit/http.ts';

const openssl = findBinary('openssl');

interface Answer {
  status: number;
  headers: Record<string, unknown>;
  body: string;
  /** Common name of the server's certificate. */
  certificate: string;
  protocol: string | null;
  cipher: string;
}

describe.skipIf(openssl === undefined)('web config file', () => {
  let files: Certificates;
  beforeAll(() => {
    files = certificateFolder(openssl ?? '');
    files.make('ca');
    files.make('server', { by: 'ca' });
    files.make('renewed', { by: 'ca' });
    files.make('client', {
      by: 'ca',
      names: 'DNS:prometheus.example,IP:192.0.2.7,URI:spiffe://example/prometheus,email:me@example.com',
    });
    files.make('stranger');
  });
  afterAll(() => files[Symbol.dispose]());

  const put = (text: string): void => writeFileSync(files.path('web.yml'), text);
  const copy = (from: string, to: string): void => writeFileSync(files.path(to), readFileSync(files.path(from)));
  const pem = (name: string): string => readFileSync(files.path(name), 'utf8');

  async function serve(text: string) {
    put(text);
    const { logger, lines } = keptLog();
    const config = httpConfig.parse({ host: '127.0.0.1', port: 0, web_config_file: files.path('web.yml') });
    const server = await listen(sourcesWith(), config, logger, { webConfigEveryMs: 100 });
    return { ...server, lines: () => lines.join(''), [Symbol.asyncDispose]: () => server.close() };
  }

  /** One request on a connection of its own, or of `agent`. */
  function ask(port: number, path: string, options: RequestOptions = {}): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const agent = options.agent ?? new Agent({ maxCachedSessions: 0 });
    request({ host: 'localhost', port, path, ca: pem('ca.crt'), family: 4, ...options, agent }, (response) => {
      const socket = response.socket as TLSSocket;
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
          certificate: String(socket.getPeerCertificate().subject.CN),
          protocol: socket.getProtocol(),
          cipher: socket.getCipher().name,
        }),
      );
    })
      .on('error', reject)
      .end();
    return promise;
  }
  const status = (...asked: Parameters<typeof ask>) =>
    ask(...asked).then(
      (answer) => answer.status,
      () => 'refused' as const,
    );

  const basicTls = 'tls_server_config: {cert_file: server.crt, key_file: server.key}\n';

  test('serves by TLS with files relative to it, and knows a local peer there too', async () => {
    await using server = await serve(basicTls);
    expect(server.url).toBe(`https://127.0.0.1:${server.port}`);
    const answer = await ask(server.port, '/');
    expect(answer).toMatchObject({ status: 200, certificate: 'server', protocol: 'TLSv1.3' });
    expect(answer.body).toContain('Nothing is wrong');
    expect(await status(server.port, '/', { headers: { host: 'evil.example' }, servername: 'localhost' })).toBe(403);
    await expect(fetch(`http://127.0.0.1:${server.port}/metrics`)).rejects.toThrow();
    expect(await status(server.port, '/metrics')).toBe(200);
  });

  test('takes certificate, key and CA written into it', async () => {
    const text = {
      cert: pem('server.crt'),
      key: pem('server.key'),
      client_ca: pem('ca.crt'),
      client_auth_type: 'RequireAndVerifyClientCert',
    };
    await using server = await serve(JSON.stringify({ tls_server_config: text }));
    expect(await status(server.port, '/metrics')).toBe('refused');
    expect(await status(server.port, '/metrics', { cert: pem('client.crt'), key: pem('client.key') })).toBe(200);
  });

  test('a renewed certificate is served without a restart, and half of one is not', async () => {
    copy('server.crt', 'current.crt');
    copy('server.key', 'current.key');
    await using server = await serve('tls_server_config: {cert_file: current.crt, key_file: current.key}\n');
    const shown = async () => (await ask(server.port, '/metrics')).certificate;
    expect(await shown()).toBe('server');
    copy('renewed.crt', 'current.crt');
    await eventually('the mismatch is noticed', () => server.lines().includes('is not the key of the certificate'));
    expect(server.lines()).toContain('what was read before stays in force');
    expect(await shown()).toBe('server');
    copy('renewed.key', 'current.key');
    await eventually('the renewed certificate is served', async () => (await shown()) === 'renewed');
  });

  test('bad new content keeps the old and is logged once; good content after it counts', async () => {
    await using server = await serve(`${basicTls}http_server_config: {headers: {X-Frame-Options: sameorigin}}\n`);
    const frame = async () => (await ask(server.port, '/metrics')).headers['x-frame-options'];
    put(`${basicTls}htttp_server_config: {}\n`);
    await eventually('the fault is logged', () =>
      server.lines().includes('htttp_server_config: is no setting of a web config file'),
    );
    expect(await frame()).toBe('sameorigin');
    put(basicTls);
    await eventually('the next content counts', async () => (await frame()) === 'DENY');
    expect(server.lines().split('bad web config file').length - 1).toBe(1);
  });

  test('TLS and users may come and go while the port stays open', async () => {
    await using server = await serve('');
    const plain = (headers: Record<string, string> = {}) =>
      fetch(`http://127.0.0.1:${server.port}/metrics`, { headers }).then(
        (response) => response.status,
        () => 'refused' as const,
      );
    const alice = { authorization: `Basic ${Buffer.from('alice:wonderland').toString('base64')}` };
    expect(await plain()).toBe(200);
    const users = `basic_auth_users: {alice: ${hashSync('wonderland', 4)}}\n`;
    put(users);
    await eventually('users are asked for', async () => (await plain()) === 401);
    expect(await plain(alice)).toBe(200);
    put(users + basicTls);
    await eventually('TLS is served', async () => (await status(server.port, '/metrics', { headers: alice })) === 200);
    expect([await plain(alice), await status(server.port, '/metrics')]).toEqual(['refused', 401]);
    put(`basic_auth_users: {alice: ${hashSync('changed', 4)}}\n`);
    await eventually('the remembered password counts no more', async () => (await plain(alice)) === 401);
    put('');
    await eventually('everyone is answered again', async () => (await plain()) === 200);
  });

  const verified = 'client_ca_file: ca.crt';
  test.each([
    // client_auth_type and the rest, then the answers to: no certificate, one of the CA, one of a stranger
    ['client_auth_type: NoClientCert', [200, 200, 200]],
    ['client_auth_type: RequestClientCert', [200, 200, 200]],
    ['client_auth_type: RequireAnyClientCert', ['refused', 200, 200]],
    ['client_auth_type: RequireClientCert', ['refused', 200, 200]],
    [`client_auth_type: VerifyClientCertIfGiven, ${verified}`, [200, 200, 'refused']],
    [`client_auth_type: RequireAndVerifyClientCert, ${verified}`, ['refused', 200, 'refused']],
    [
      `client_auth_type: RequireAndVerifyClientCert, ${verified}, client_allowed_sans: [prometheus.example]`,
      ['refused', 200, 'refused'],
    ],
    [
      `client_auth_type: RequireAndVerifyClientCert, ${verified}, client_allowed_sans: [x, 192.0.2.7]`,
      ['refused', 200, 'refused'],
    ],
    [
      `client_auth_type: RequireAndVerifyClientCert, ${verified}, client_allowed_sans: ["spiffe://example/prometheus"]`,
      ['refused', 200, 'refused'],
    ],
    [
      `client_auth_type: RequireAndVerifyClientCert, ${verified}, client_allowed_sans: [me@example.com]`,
      ['refused', 200, 'refused'],
    ],
    [
      `client_auth_type: RequireAndVerifyClientCert, ${verified}, client_allowed_sans: [example]`,
      ['refused', 'refused', 'refused'],
    ],
    ['client_auth_type: RequireAnyClientCert, client_allowed_sans: [localhost]', ['refused', 'refused', 200]],
  ])('with %s clients get %o', async (text, expected) => {
    await using server = await serve(`tls_server_config: {cert_file: server.crt, key_file: server.key, ${text}}\n`);
    const of = (name: string) => status(server.port, '/metrics', { cert: pem(`${name}.crt`), key: pem(`${name}.key`) });
    expect([await status(server.port, '/metrics'), await of('client'), await of('stranger')]).toEqual(expected);
  });

  test.each([
    ['min_version: TLS13', 'TLSv1.2', 'refused'],
    ['min_version: TLS13', 'TLSv1.3', 'TLSv1.3'],
    ['min_version: TLS12', 'TLSv1.2', 'TLSv1.2'],
    ['max_version: TLS12', 'TLSv1.3', 'refused'],
  ] as const)('with %s a client that speaks %s alone gets %s', async (text, version, expected) => {
    await using server = await serve(`tls_server_config: {cert_file: server.crt, key_file: server.key, ${text}}\n`);
    const got = ask(server.port, '/metrics', { minVersion: version, maxVersion: version }).then(
      ({ protocol }) => protocol,
      () => 'refused',
    );
    expect(await got).toBe(expected);
  });

  test('cipher suites and curves by their names in Go are the only ones', async () => {
    const suites = 'cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384], curve_preferences: [CurveP384]';
    await using server = await serve(`tls_server_config: {cert_file: server.crt, key_file: server.key, ${suites}}\n`);
    const old = { maxVersion: 'TLSv1.2' as const };
    expect(await ask(server.port, '/metrics', old)).toMatchObject({ cipher: 'ECDHE-ECDSA-AES256-GCM-SHA384' });
    expect(await status(server.port, '/metrics', { ...old, ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' })).toBe('refused');
    expect(await status(server.port, '/metrics', { ecdhCurve: 'P-256' })).toBe('refused');
    expect(await ask(server.port, '/metrics', { ecdhCurve: 'P-384' })).toMatchObject({ protocol: 'TLSv1.3' });
  });

  test('closing ends kept TLS connections, and those that never finish the handshake', async () => {
    const server = await serve(basicTls);
    const agent = new Agent({ keepAlive: true });
    expect(await status(server.port, '/metrics', { agent })).toBe(200);
    const { connect } = await import('node:net');
    const silent = connect(server.port, '127.0.0.1');
    await new Promise((done) => silent.once('connect', done));
    const ended = new Promise((done) => silent.once('close', done));
    silent.on('error', () => {});
    const began = performance.now();
    await server.close();
    await ended;
    expect(performance.now() - began).toBeLessThan(3000);
    agent.destroy();
  });

  test('a key that is encrypted or belongs to another certificate stops the start with one line', async () => {
    const { execFileSync } = await import('node:child_process');
    const secret = ['-aes256', '-passout', 'pass:secret'];
    execFileSync(openssl ?? '', ['ec', '-in', files.path('server.key'), ...secret, '-out', files.path('locked.key')], {
      stdio: 'pipe',
    });
    await expect(serve('tls_server_config: {cert_file: server.crt, key_file: locked.key}')).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining('tls_server_config.key_file: is encrypted; Windsock takes a key without a passphrase'),
    });
    await expect(serve('tls_server_config: {cert_file: server.crt, key_file: client.key}')).rejects.toMatchObject({
      message: expect.stringContaining('tls_server_config.key_file: is not the key of the certificate'),
    });
  });
});
