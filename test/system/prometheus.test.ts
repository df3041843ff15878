import { spawnSync } from 'node:child_process';
import { createServer, request } from 'node:http';
import { writeFileSync } from 'node:fs';
import { hashSync } from 'bcryptjs';
import { expect, test } from 'vitest';
import { createSimulation } from '../../src/demo/simulation.ts';
import { findBinary } from '../kit/binaries.ts';
import { certificateFolder } from '../kit/certificates.ts';
import { createDatabase } from '../kit/database.ts';
import { eventually } from '../kit/eventually.ts';
import { startPrometheus } from '../kit/prometheus.ts';
import { startWindsock } from '../kit/windsock.ts';

const [promtool, prometheus, openssl] = [findBinary('promtool'), findBinary('prometheus'), findBinary('openssl')];

/** Passes requests on without what the client accepts: Prometheus 2.42 cannot be told to want the text format. */
async function startTextProxy(target: string) {
  const server = createServer((asked, answer) => {
    const passed = request(`${target}${asked.url}`, { headers: { host: 'localhost' } }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    });
    passed.on('error', () => answer.destroy());
    passed.end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  return {
    host: `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

const missing = promtool === undefined || prometheus === undefined || openssl === undefined;

test.skipIf(missing)(
  'promtool and a real Prometheus take what leader and follower serve, in each format, by TLS and with a password',
  async () => {
    await using airflow = await createDatabase();
    await using store = await createDatabase('template_store');
    const start = new Date(Date.now() - 65 * 60_000);
    await using simulation = await createSimulation({ databaseUrl: airflow.url, airflow: '3', seed: 7, start, historyDays: 1 });
    using files = certificateFolder(openssl ?? '');
    files.make('ca');
    files.make('server', { by: 'ca' });
    const tls = 'tls_server_config: {cert_file: server.crt, key_file: server.key}';
    writeFileSync(files.path('web.yml'), `${tls}\nbasic_auth_users: {prometheus: ${hashSync('scrape', 6)}}\n`);
    const environment = {
      WINDSOCK_AIRFLOW_DATABASE_URL: airflow.url,
      WINDSOCK_STORE_DATABASE_URL: store.url,
      WINDSOCK_HTTP_HOST: '127.0.0.1',
    };
    await using leader = startWindsock(environment);
    await eventually('the leader is ready', async () => (await leader.readyStatus()) === 200);
    await using follower = startWindsock({ ...environment, WINDSOCK_HTTP_WEB_CONFIG_FILE: files.path('web.yml') });
    // What happens while we look moves the counters: in so much time every hourly DAG has run.
    await simulation.step(new Date());
    await follower.says(/following/);
    const body = await eventually('every group of families is there', async () => {
      const text = await leader.body();
      const all = [
        'airflow_task_success_total{',
        'airflow_dag_duration_seconds_bucket{',
        'airflow_pool_slots{',
        'windsock_build_info{',
      ];
      return all.every((name) => text.includes(`\n${name}`)) && text;
    });
    const checked = spawnSync(promtool ?? '', ['check', 'metrics'], { input: body, encoding: 'utf8' });
    expect(checked).toMatchObject({ status: 0, stdout: '', stderr: '' });

    const leaderHost = new URL(await leader.url()).host;
    const followerHost = new URL((await follower.says(/listening on/)).msg.split(' ').at(-1) ?? '').host;
    await using textOnly = await startTextProxy(`http://${leaderHost}`);
    const job = (name: string, target: string, more: object = {}) => ({
      job_name: name,
      static_configs: [{ targets: [target] }],
      ...more,
    });
    const secured = {
      scheme: 'https',
      tls_config: { ca_file: files.path('ca.crt') },
      basic_auth: { username: 'prometheus', password: 'scrape' },
    };
    await using server = await startPrometheus(prometheus ?? '', {
      global: { scrape_interval: '1s', scrape_timeout: '1s' },
      scrape_configs: [job('openmetrics', leaderHost), job('text', textOnly.host), job('tls', followerHost, secured)],
    });
    const targets = await eventually('every target is up', async () => {
      const all = await server.targets();
      // Not at the first scrape yet: one may run out of time on a busy machine.
      return all.length === 3 && all.every(({ health }) => health === 'up') && all;
    });
    expect(targets.map(({ labels, lastError }) => [labels['job'], lastError])).toEqual([
      ['openmetrics', ''],
      ['text', ''],
      ['tls', ''],
    ]);
    const counts = await server.query('count by (job) ({__name__=~"airflow_.+"})');
    expect(counts).toHaveLength(3);
    for (const { value } of counts) expect(value).toBeGreaterThan(500);
    const versions = await server.query('airflow_info');
    expect(versions.map(({ labels }) => labels['version'])).toEqual(['3.3', '3.3', '3.3']);
    await eventually('durations can be asked for', async () => {
      const median = await server.query('histogram_quantile(0.5, sum by (le) (airflow_task_duration_seconds_bucket)) > 0');
      return median.length === 1;
    });
  },
  120_000,
);
