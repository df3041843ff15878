import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { Agent, get } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createAirflowDatabase, createDatabase } from '../../kit/database.ts';
import { eventually } from '../../kit/eventually.ts';
import { startProxy } from '../../kit/proxy.ts';
import { startWindsock } from '../../kit/windsock.ts';

async function openFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'windsock-serve-'));
  // The embedded PostgreSQL runs as another user when we are root.
  await chmod(folder, 0o755);
  return { path: folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

/** A kept connection that has been answered once. */
function askAndStay(url: string): Promise<Agent> {
  const agent = new Agent({ keepAlive: true });
  return new Promise((done, fail) => {
    get(url, { agent }, (response) => {
      response.resume();
      response.on('end', () => done(agent));
    }).on('error', fail);
  });
}

test('SIGTERM ends everything within 5 s, with connections open, a half request, and an Airflow that does not answer', async () => {
  using folder = await openFolder();
  await using airflow = await createAirflowDatabase('3.3.2');
  await using proxy = await startProxy(airflow.url);
  await using windsock = startWindsock({
    WINDSOCK_AIRFLOW_DATABASE_URL: proxy.url,
    WINDSOCK_STORE_DATA_DIR: folder.path,
    WINDSOCK_HTTP_HOST: '127.0.0.1',
  });
  const url = await windsock.url();
  await eventually('it is ready', async () => (await windsock.readyStatus()) === 200);
  const postmaster = join(folder.path, 'postgres/postmaster.pid');
  const postgres = Number(readFileSync(postmaster, 'utf8').split('\n')[0]);
  expect(() => process.kill(postgres, 0)).not.toThrow();
  const agent = await askAndStay(`${url}/metrics`);
  const half = connect(Number(new URL(url).port), '127.0.0.1');
  half.on('error', () => {});
  half.write('POST /-/reload HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n');
  proxy.freeze();
  const began = performance.now();
  windsock.signal('SIGTERM');
  await windsock.says(/stopping/);
  windsock.signal('SIGHUP');
  expect(await windsock.exit).toEqual({ code: 0, signal: null });
  expect(performance.now() - began).toBeLessThan(5000);
  expect(existsSync(postmaster)).toBe(false);
  expect(() => process.kill(postgres, 0)).toThrow();
  expect(windsock.output()).not.toMatch(/not everything stopped|unexpected/);
  agent.destroy();
  half.destroy();
});

test('SIGHUP and POST /-/reload read the configuration again; a bad one leaves the old in force and says why', async () => {
  using folder = await openFolder();
  await using airflow = await createAirflowDatabase('3.3.2');
  await using store = await createDatabase('template_store');
  const file = join(folder.path, 'windsock.yml');
  const token = (name: string) => `{name: ${name}, token: token-of-${name}-0123456789, scopes: [read, write]}`;
  const put = (text: string): void => writeFileSync(file, `http: {host: 127.0.0.1, ${text}}\n`);
  put(`tokens: [${token('ann')}]`);
  await using windsock = startWindsock({ WINDSOCK_AIRFLOW_DATABASE_URL: airflow.url, WINDSOCK_STORE_DATABASE_URL: store.url }, [
    'serve',
    '--port',
    '0',
    '--config',
    file,
  ]);
  const url = await windsock.url();
  await eventually('it is ready', async () => (await windsock.readyStatus()) === 200);
  const ask = (path: string, name: string, method = 'GET') =>
    fetch(`${url}${path}`, { method, headers: { authorization: `Bearer token-of-${name}-0123456789` } });
  const status = async (name: string) => (await ask('/', name)).status;
  expect([await status('ann'), await status('bob')]).toEqual([200, 401]);

  put(`tokens: [${token('bob')}]`);
  windsock.signal('SIGHUP');
  await eventually('the new token counts', async () => (await status('bob')) === 200);
  expect(await status('ann')).toBe(401);

  put('tokns: []');
  windsock.signal('SIGHUP');
  const refused = await windsock.says(/reload refused: the old configuration stays in force/);
  expect(JSON.stringify(refused)).toContain('http.tokns');
  expect(await status('bob')).toBe(200);
  const answer = await ask('/-/reload', 'bob', 'POST');
  expect(answer.status).toBe(422);
  expect(await answer.json()).toMatchObject({
    detail: expect.stringMatching(/^the old configuration stays in force: .*http\.tokns/),
  });

  put(`port: 1, tokens: [${token('bob')}], web_config_file: ${join(folder.path, 'none.yml')}`);
  const missing = await ask('/-/reload', 'bob', 'POST');
  expect(await missing.json()).toMatchObject({ status: 422, detail: expect.stringContaining('none.yml') });

  writeFileSync(file, `interval: 2s\nairflow: {name: other}\nhttp: {host: 127.0.0.1, port: 1, tokens: [${token('cleo')}]}\n`);
  const good = await ask('/-/reload', 'bob', 'POST');
  expect([good.status, await good.json()]).toEqual([200, { reloaded: true, needs_restart: ['airflow.name'] }]);
  // What changed the cycles' settings restarted them; the old numbers were served meanwhile.
  const { samples } = await windsock.metrics();
  expect(samples.some(({ name, value }) => name === 'airflow_up' && value === 1)).toBe(true);
  await eventually('the cycles go on', async () => {
    const page = await (await ask('/', 'cleo')).text();
    return page.includes('leader') && page.includes('Up to date');
  });
});
