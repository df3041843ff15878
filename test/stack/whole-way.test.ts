import { readFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { askForFault } from '../../src/demo/fault-box.ts';
import { demoFolder } from '../../src/demo/folder.ts';
import { sleep } from '../../src/lib/clock.ts';
import { findBinary } from '../kit/binaries.ts';
import { launch } from '../kit/browser.ts';
import { eventually } from '../kit/eventually.ts';
import { freePort } from '../kit/free-port.ts';
import { startPrometheus } from '../kit/prometheus.ts';
import { startAlertmanager } from '../kit/shipped-alertmanager.ts';
import { formOf, press, signedHeaders, signingSecret } from '../kit/slack-press.ts';
import { startSlackServer, type ShownMessage } from '../kit/slack-server.ts';
import { startWindsock } from '../kit/windsock.ts';

const [prometheus, alertmanager, chromium] = ['prometheus', 'prometheus-alertmanager', 'chromium'].map((name) =>
  findBinary(name),
);
const shipped = resolve(import.meta.dirname, '../../deploy/compose');
const [token, webhookSecret, channel] = ['a-token-of-an-admin', 'the-secret-of-the-webhook', 'C0000000001'];
const [dagId, taskId] = ['stock_levels', 'read_tills'];

/** A shipped file with other addresses and places, and nothing else changed. */
function addressed(file: string, changes: Record<string, string>): string {
  let text = readFileSync(join(shipped, file), 'utf8');
  for (const [from, to] of Object.entries(changes)) {
    expect(text, `${file} names ${from}`).toContain(from);
    text = text.replaceAll(from, to);
  }
  return text;
}

const textOf = ({ blocks }: ShownMessage): string => JSON.stringify(blocks);
const linkIn = (message: ShownMessage, name: string): string =>
  new RegExp(String.raw`<([^<>|]+)\|${name}>`).exec(textOf(message))?.[1]?.replaceAll('&amp;', '&') ?? '';

test.skipIf(prometheus === undefined || alertmanager === undefined || chromium === undefined)(
  'one failure goes from the database by Alertmanager to Slack with its cause, is acknowledged by button, heals, and the message says so',
  async () => {
    const began = Date.now();
    const passed = (what: string): void => console.log(`${((Date.now() - began) / 1000).toFixed(1)} s: ${what}`);
    const folder = mkdtempSync(join(tmpdir(), 'windsock-whole-way-'));
    await using closing = new AsyncDisposableStack();
    closing.defer(() => rmSync(folder, { recursive: true, force: true }));
    const place = (name: string, content: string): string => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    };
    const host = `127.0.0.1:${await freePort()}`;
    const publicUrl = `http://${host}`;
    const slack = closing.use(await startSlackServer({ channels: { [channel]: {} } }));

    place('windsock-webhook', webhookSecret);
    const places = { 'windsock:9112': host, '/etc/alertmanager/secrets/': `${folder}/` };
    const cluster = closing.use(
      await startAlertmanager(alertmanager ?? '', place('alertmanager.yml', addressed('alertmanager.yml', places))),
    );
    const scrapes = {
      'windsock:9112': host,
      'alertmanager:9093': new URL(cluster.url).host,
      'rules/': `${resolve(shipped, '../../prometheus/rules')}/`,
    };
    const server = closing.use(await startPrometheus(prometheus ?? '', parse(addressed('prometheus.yml', scrapes)) as object));

    const config = place(
      'windsock.json',
      JSON.stringify({
        airflow: { name: 'airflow', base_url: 'http://airflow.example.com' },
        http: {
          tokens: [{ name: 'admin', token, scopes: ['read', 'write'] }],
          webhooks: { alertmanager: { secret: webhookSecret } },
        },
        notify: {
          public_url: publicUrl,
          alertmanager: { urls: [cluster.url] },
          slack: { bot_token: 'xoxb-test-token', signing_secret: signingSecret, channel, api_url: slack.apiUrl },
        },
      }),
    );
    const demo = ['demo', '--port', new URL(publicUrl).port, '--data-dir', join(folder, 'demo'), '--config', config];
    const windsock = closing.use(
      startWindsock({ WINDSOCK_TELEMETRY_LOG_LEVEL: 'info' }, [...demo, '--history', '1d', '--anomaly-probability', '0']),
    );
    await windsock.url();
    passed('the demo runs');
    const api = async <Answer>(path: string): Promise<Answer> => {
      const answer = await fetch(`${publicUrl}/api/v1/${path}`, { headers: { authorization: `Bearer ${token}` } });
      return (await answer.json()) as Answer;
    };

    // The run of the next minute fails with all its tries, and the one after it does not. One that is under way is let through.
    await sleep(Math.max(0, 20 - new Date().getSeconds()) * 1000);
    const forSeconds = 60 - new Date().getSeconds() + 25;
    const answer = await askForFault(
      demoFolder(join(folder, 'demo')),
      { kind: 'fail', dagId, taskId, forSeconds },
      { timeoutMs: 15_000 },
    );
    expect(answer.ok).toBe(true);
    passed('a fault is injected');
    const about = (message: ShownMessage): boolean => textOf(message).includes(`${dagId}.${taskId} failed`);
    const message = (): ShownMessage => {
      const found = slack.roots(channel).filter(about);
      expect(found, slack.roots(channel).map(textOf).join('\n')).toHaveLength(1);
      return found[0] as ShownMessage;
    };
    await eventually('the failure is told in Slack, with its cause', () => textOf(message()).includes('```'), {
      withinMs: 110_000,
    });
    passed('Slack has the message with its cause');
    const first = message();
    expect(textOf(first)).toMatch(
      /\*Open\* since .*\*Why\*\\n.*\*Who is affected\*.*\*What to do\*.*windsock\.acknowledge.*windsock\.wrong/,
    );
    const image = first.blocks.find(({ type }) => type === 'image') as { image_url: string } | undefined;
    const drawn = await fetch(image?.image_url ?? '');
    expect([drawn.status, drawn.headers.get('content-type')]).toEqual([200, 'image/png']);

    // What Prometheus has of it, and that it is Alertmanager that was told and told Windsock.
    const { items } = await api<{ items: { id: string; subject: Record<string, string> }[] }>('incidents?kind=task_failed');
    const id = items.find(({ subject }) => Object.values(subject).includes(taskId))?.id ?? '';
    expect(linkIn(first, 'Incident')).toBe(`${publicUrl}/incidents/${id}`);
    const held = async () => (await cluster.alerts()).filter(({ labels }) => labels['task_id'] === taskId);
    expect((await held()).map(({ status }) => status.state)).toEqual(['active']);

    const body = formOf(press({ response_url: slack.responseUrl('1') }, { value: id, action_ts: String(Date.now() / 1000) }));
    const pressed = await fetch(`${publicUrl}/api/v1/webhooks/slack`, {
      method: 'POST',
      body,
      headers: signedHeaders(body, new Date()),
    });
    expect(pressed.status).toBe(200);
    await eventually('the message says who has it', () => textOf(message()).includes('*Acknowledged* by ann'), {
      withinMs: 30_000,
    });
    passed('the message says who has it');
    expect(await api<{ state: string; acknowledged_by: string }>(`incidents/${id}`)).toMatchObject({
      state: 'acknowledged',
      acknowledged_by: 'ann (Slack U0123456789)',
    });
    await eventually(
      'Alertmanager has the silence',
      async () => (await held()).every(({ status }) => status.state === 'suppressed'),
      {
        withinMs: 30_000,
      },
    );
    passed('Alertmanager has the silence');

    const browser = await launch(chromium ?? '');
    closing.defer(() => browser.close());
    const page = await browser.newPage({ httpCredentials: { username: 'ann', password: token } });
    await page.goto(linkIn(message(), 'Incident'), { waitUntil: 'load' });
    expect(await page.locator('h1').innerText()).toBe(`${dagId}.${taskId} failed`);
    expect(await page.locator('main').innerText()).toMatch(/ann \(Slack U0123456789\)/);

    await eventually('it heals, and the message says so', () => textOf(message()).includes('*Resolved* after'), {
      withinMs: 110_000,
    });
    passed('the message says that it is over');
    expect(textOf(message())).toContain('✅ Resolved: ');
    await eventually('the thread tells all of it', () => {
      const thread = slack.thread(first.ts).map(({ text }) => text);
      expect(thread.join('\n')).toMatch(/Acknowledged by ann[\s\S]*Resolved/);
      return true;
    });
    expect(message().ts).toBe(first.ts);
    await page.reload({ waitUntil: 'load' });
    expect(await page.locator('.marks').first().innerText()).toMatch(/resolved/i);
    const seen = await server.query(`windsock_incidents{kind="task_failed"}`);
    expect(seen.length).toBeGreaterThan(0);
    passed('page and Prometheus say the same');
  },
  240_000,
);
