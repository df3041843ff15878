import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';

interface ShownAlert {
  labels: Record<string, string>;
  status: { state: 'unprocessed' | 'active' | 'suppressed'; inhibitedBy: string[] };
}

/** A real Alertmanager on a free loopback port, alone. */
export interface Alertmanager extends AsyncDisposable {
  url: string;
  /** Alerts that begin now and end by themselves in 5 minutes. */
  fire(labels: readonly Readonly<Record<string, string>>[]): Promise<void>;
  alerts(): Promise<ShownAlert[]>;
}

/** Starts the Alertmanager at `binary` with the configuration at `configFile`. */
export async function startAlertmanager(binary: string, configFile: string): Promise<Alertmanager> {
  const folder = mkdtempSync(join(tmpdir(), 'windsock-alertmanager-'));
  const url = `http://127.0.0.1:${await freePort()}`;
  const child = spawn(
    binary,
    [
      `--config.file=${configFile}`,
      `--storage.path=${folder}`,
      `--web.listen-address=${new URL(url).host}`,
      '--cluster.listen-address=',
      '--log.level=warn',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  const exit = new Promise((done) => {
    child.on('close', done);
  });
  async function stop(): Promise<void> {
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), 5000);
    await exit;
    clearTimeout(late);
    rmSync(folder, { recursive: true, force: true });
  }
  await eventually('Alertmanager is ready', async () => {
    if (child.exitCode !== null) return true;
    return (await fetch(`${url}/-/ready`)).ok;
  }).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  if (child.exitCode !== null) throw new Error(`Alertmanager ended: ${output}`);
  return {
    url,
    async fire(labels) {
      const response = await fetch(`${url}/api/v2/alerts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(labels.map((each) => ({ labels: each }))),
      });
      if (!response.ok) throw new Error(`Alertmanager answered ${response.status}: ${await response.text()}`);
    },
    alerts: async () => (await (await fetch(`${url}/api/v2/alerts`)).json()) as ShownAlert[],
    [Symbol.asyncDispose]: stop,
  };
}
