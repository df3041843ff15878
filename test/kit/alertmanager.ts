import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';

/** How long a group waits until it tells of changes. */
export const groupIntervalMs = 2000;

/** One notification's alert, as a receiver gets it. */
export interface Notified {
  status: 'firing' | 'resolved';
  labels: Record<string, string>;
  annotations: Record<string, string>;
  startsAt: string;
  fingerprint: string;
}

/** A webhook receiver that remembers what it was told, one entry for each message. */
export async function startReceiver() {
  const messages: { at: number; alerts: Notified[] }[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const body = await readBody(request);
      messages.push({ at: Date.now(), alerts: (JSON.parse(body) as { alerts: Notified[] }).alerts });
      response.end('ok');
    })();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/`,
    messages,
    /** What it was told of alerts whose task, or other subject, is this: `firing`, `resolved`. */
    told: (label: string, value: string) =>
      messages.flatMap(({ alerts }) => alerts.filter(({ labels }) => labels[label] === value).map(({ status }) => status)),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

export async function readBody(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += chunk as string;
  return body;
}

export interface HeldAlert {
  labels: Record<string, string>;
  annotations: Record<string, string>;
  startsAt: string;
  endsAt: string;
  status: { state: string; silencedBy: string[] };
}

/** A real Alertmanager on a free loopback port; it can be killed and started again with what it had written. */
export interface Alertmanager extends AsyncDisposable {
  url: string;
  clusterAddress: string;
  start(): Promise<void>;
  kill(): Promise<void>;
  /** Ends it in order: what it told it still knows when it is started again. */
  stop(): Promise<void>;
  alerts(): Promise<HeldAlert[]>;
  silences(): Promise<{ id: string; startsAt: string; endsAt: string; comment: string; status: { state: string } }[]>;
}

/**
 * An Alertmanager that groups by every label, at once, and tells `receiver`, so that each message is one alert's. Members
 * named as `peers` form a cluster with it.
 */
export async function createAlertmanager(
  binary: string,
  {
    receiver,
    secret,
    peers,
  }: {
    receiver: string;
    /** Sent to the receiver as bearer token. */
    secret?: string;
    peers?: readonly Pick<Alertmanager, 'clusterAddress'>[];
  },
): Promise<Alertmanager> {
  const folder = mkdtempSync(join(tmpdir(), 'windsock-alertmanager-'));
  const route = {
    receiver: 'test',
    group_by: ['...'],
    group_wait: '100ms',
    group_interval: `${groupIntervalMs}ms`,
    repeat_interval: '4h',
  };
  const auth = secret === undefined ? {} : { http_config: { authorization: { type: 'Bearer', credentials: secret } } };
  const receivers = [{ name: 'test', webhook_configs: [{ url: receiver, send_resolved: true, ...auth }] }];
  // JSON is YAML.
  writeFileSync(join(folder, 'alertmanager.yml'), JSON.stringify({ route, receivers }));
  const url = `http://127.0.0.1:${await freePort()}`;
  const clusterAddress = `127.0.0.1:${await freePort()}`;
  let child: ChildProcess | null = null;
  let ended: Promise<unknown> = Promise.resolve();
  const cluster = [
    `--cluster.listen-address=${clusterAddress}`,
    ...(peers ?? []).map((peer) => `--cluster.peer=${peer.clusterAddress}`),
    '--cluster.settle-timeout=1s',
    '--cluster.peer-timeout=500ms',
    '--cluster.gossip-interval=50ms',
    '--cluster.reconnect-interval=1s',
    '--cluster.pushpull-interval=2s',
  ];
  const api = async <Data>(path: string): Promise<Data> => (await (await fetch(`${url}/api/v2/${path}`)).json()) as Data;
  async function start(): Promise<void> {
    const started = spawn(
      binary,
      [
        `--config.file=${join(folder, 'alertmanager.yml')}`,
        `--storage.path=${join(folder, 'data')}`,
        `--web.listen-address=${new URL(url).host}`,
        '--log.level=warn',
        ...(peers === undefined ? ['--cluster.listen-address='] : cluster),
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let output = '';
    started.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
    ended = new Promise((done) => {
      started.on('close', done);
    });
    child = started;
    await eventually('Alertmanager is ready', async () => {
      if (started.exitCode !== null) throw new Error(`Alertmanager ended: ${output}`);
      return (await fetch(`${url}/-/ready`)).ok;
    });
  }
  async function end(signal: NodeJS.Signals): Promise<void> {
    child?.kill(signal);
    await ended;
    child = null;
  }
  const kill = () => end('SIGKILL');
  await start();
  return {
    url,
    clusterAddress,
    start,
    kill,
    stop: () => end('SIGTERM'),
    alerts: () => api('alerts'),
    silences: () => api('silences'),
    async [Symbol.asyncDispose]() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
