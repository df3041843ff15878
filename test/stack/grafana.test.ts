import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { boards, render } from '../../grafana/dashboards.ts';
import { families } from '../../src/measure/catalogue.ts';
import { failing, promptOf, saying, written } from '../kit/asking.ts';
import { findBinary } from '../kit/binaries.ts';
import { eventually } from '../kit/eventually.ts';
import { withVariables, type DashboardJson } from '../kit/grafana.ts';
import { startLlmServer } from '../kit/llm-server.ts';
import { startPrometheus } from '../kit/prometheus.ts';
import { startAlertmanager } from '../kit/shipped-alertmanager.ts';
import { startWindsock } from '../kit/windsock.ts';

const [prometheus, alertmanager] = [findBinary('prometheus'), findBinary('prometheus-alertmanager')];

/** Queries that find nothing beside this demo, each with its reason: `dashboard / panel / query`. */
const exceptions: Record<string, string> = {
  'windsock-incidents / Secrets taken out / A': 'the logs of the demo hold no secret',
  'windsock-self / Channels / A': 'the demo posts to no Slack',
  "windsock-slas / Airflow's own deadlines / B": 'SLA misses are of Airflow 2, and the demo is an Airflow 3',
};

interface Query {
  name: string;
  expression: string;
}

const queries = boards
  .map((board) => JSON.parse(render(board)) as DashboardJson)
  .flatMap(({ uid, panels }) =>
    panels.flatMap(({ title, targets = [] }) =>
      targets.map(({ refId, expr }): Query => ({ name: `${uid} / ${title} / ${refId}`, expression: expr })),
    ),
  );

/** What a user who looks at the demo has chosen. */
const chosen =
  (uid: string) =>
  (variable: string): string =>
    variable === 'slot_hour_rate' ? '0.10' : variable === 'dag_id' && uid === 'windsock-dag' ? 'price_feed' : '.*';

/** A folder with the files of this test; gone with it. */
function workFolder() {
  const path = mkdtempSync(join(tmpdir(), 'windsock-stack-'));
  return {
    file(name: string, content: object): string {
      // JSON is YAML.
      writeFileSync(join(path, name), JSON.stringify(content));
      return join(path, name);
    },
    path: (name: string) => join(path, name),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}

test.skipIf(prometheus === undefined || alertmanager === undefined)(
  'each query of each panel finds data in a real Prometheus that has scraped the demo',
  async () => {
    using folder = workFolder();
    // The first question and its one repeat find the model down, whatever is asked beside it.
    let first = '';
    await using model = await startLlmServer((received) => {
      first ||= promptOf(received);
      return promptOf(received) === first ? failing(500) : saying(written());
    });
    await using cluster = await startAlertmanager(
      alertmanager ?? '',
      folder.file('alertmanager.yml', { route: { receiver: 'none' }, receivers: [{ name: 'none' }] }),
    );
    const config = folder.file('windsock.yml', {
      notify: { alertmanager: { urls: [cluster.url] } },
      sla: {
        objectives: [
          { name: 'feeds', kind: 'success_ratio', match: { dags: ['price_feed', 'stock_levels'] }, objective: '99%' },
          {
            name: 'fresh prices',
            kind: 'freshness',
            match: { dags: ['price_feed'] },
            thresholds: { warning: '10m', critical: '1h' },
          },
        ],
      },
      llm: {
        providers: ['openai'],
        openai: { base_url: `${model.url}/v1`, model: 'gpt-x', api_key: 'no-key' },
        prices: { 'gpt-x*': { input: 1, output: 2 } },
      },
    });
    const args = ['demo', '--port', '0', '--data-dir', folder.path('demo'), '--config', config];
    const wrong = ['--anomaly-probability', '0.2', '--inject', 'fail', '--inject', 'slow'];
    await using demo = startWindsock({ WINDSOCK_TELEMETRY_LOG_LEVEL: 'info' }, [...args, '--history', '1d', ...wrong]);
    const url = await demo.url();
    await using server = await startPrometheus(prometheus ?? '', {
      global: { scrape_interval: '1s', scrape_timeout: '1s' },
      scrape_configs: [
        { job_name: 'windsock', static_configs: [{ targets: [new URL(url).host], labels: { airflow: 'airflow' } }] },
      ],
    });
    await eventually(
      'the first scrape',
      async () => (await server.query(families.incidentTimeToResolve.name + '_count')).length > 0,
    );
    await acknowledgeAndResolve(url);
    expect(Object.keys(exceptions).length).toBeLessThanOrEqual(3);
    // Some have data now and then only, such as the age of what is queued: each is to have some once.
    const waiting = new Map(queries.map(({ name, expression }) => [name, expression]));
    for (const name of Object.keys(exceptions)) expect(waiting.delete(name), name).toBe(true);
    await eventually(
      'every query finds data',
      async () => {
        for (const [name, expression] of waiting) {
          const [uid = ''] = name.split(' / ');
          const series = await server.query(withVariables(expression, chosen(uid)));
          if (series.some(({ value }) => !Number.isNaN(value))) waiting.delete(name);
        }
        expect([...waiting.keys()], `the model was asked ${model.received.length} times`).toEqual([]);
        return true;
      },
      { withinMs: 200_000, everyMs: 1000 },
    );
  },
  240_000,
);

/** What a person does with the first incident: the file that does not parse from the beginning. */
async function acknowledgeAndResolve(url: string): Promise<void> {
  const api = `${url}/api/v1/incidents`;
  const id = await eventually('the first incident', async () => {
    const { items } = (await (await fetch(api)).json()) as { items: { id: string }[] };
    return items[0]?.id;
  });
  for (const act of ['acknowledge', 'resolve']) {
    const answer = await fetch(`${api}/${id}/${act}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    expect(answer.status, await answer.text()).toBe(200);
  }
}
