import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';

export interface PrometheusTarget {
  scrapeUrl: string;
  health: string;
  lastError: string;
  labels: Record<string, string>;
}

/** A real Prometheus on a free loopback port. */
export interface Prometheus extends AsyncDisposable {
  url: string;
  targets(): Promise<PrometheusTarget[]>;
  /** Labels and value of each series that an instant query finds. */
  query(expression: string): Promise<{ labels: Record<string, string>; value: number }[]>;
}

/** Starts the Prometheus at `binary` with this configuration. */
export async function startPrometheus(binary: string, config: object): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'windsock-prometheus-'));
  // JSON is YAML.
  writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config));
  const url = `http://127.0.0.1:${await freePort()}`;
  const child = spawn(
    binary,
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${new URL(url).host}`,
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
  const api = async <Data>(path: string): Promise<Data> => {
    const response = await fetch(`${url}/api/v1/${path}`);
    const { data } = (await response.json()) as { data: Data };
    return data;
  };
  await eventually('Prometheus is ready', async () => {
    if (child.exitCode !== null) throw new Error(`Prometheus ended: ${output}`);
    return (await fetch(`${url}/-/ready`)).ok;
  });
  return {
    url,
    targets: async () => (await api<{ activeTargets: PrometheusTarget[] }>('targets?state=active')).activeTargets,
    async query(expression) {
      const found = await api<{ result: { metric: Record<string, string>; value: [number, string] }[] }>(
        `query?query=${encodeURIComponent(expression)}`,
      );
      return found.result.map(({ metric, value: [, value] }) => ({ labels: metric, value: Number(value) }));
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), 5000);
      await exit;
      clearTimeout(late);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
