import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { insertRows, runRow, taskRow } from '../kit/airflow-rows.ts';
import { createAirflowDatabase, createDatabase, type TestDatabase } from '../kit/database.ts';
import { eventually } from '../kit/eventually.ts';
import { startLlmServer } from '../kit/llm-server.ts';
import { wires } from '../kit/llm-wires.ts';
import { formOf, press, signedHeaders } from '../kit/slack-press.ts';
import { startSlackServer } from '../kit/slack-server.ts';
import { startWindsock } from '../kit/windsock.ts';

/** Every secret holds this word, in two parts so that no file holds it. */
const canary = ['canary', '9', 'Qx'].join('');
const secretOf = (door: string): string => `${canary}${door}0123456789`;
/** A secret in two of the ways in which texts give it away. */
const leak = (door: string): string => `password=${secretOf(door)} postgresql://etl:${secretOf(`${door}url`)}@db.example/mart`;

/** An Alertmanager that keeps all that it is sent. */
async function startListener() {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      bodies.push(Buffer.concat(chunks).toString());
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('[]');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bodies,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** All rows of all tables of a store, as texts, by table. */
async function dump(store: TestDatabase): Promise<[table: string, text: string][]> {
  const tables = await store.query<{ name: string }>(
    `SELECT quote_ident(table_name) AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`,
  );
  const rows = tables.map(async ({ name }): Promise<[string, string]> => {
    const found = await store.query<{ text: string }>(`SELECT t::text AS text FROM ${name} t`);
    return [name, found.map(({ text }) => text).join('\n')];
  });
  return Promise.all(rows);
}

const log = (begun: Date): string => {
  const trouble = `cannot reach ${leak('trouble')}`;
  const frame = { filename: '/opt/airflow/dags/etl.py', lineno: 12, name: 'load' };
  const lines = [
    { level: 'info', event: `connecting with ${leak('event')}` },
    { level: 'info', event: 'headers', logger: 'task.stdout', authorization: `Bearer ${secretOf('header')}` },
    { level: 'warning', event: `{'api_key': '${secretOf('repr')}', "token": "${secretOf('json')}"}` },
    { level: 'info', event: `export AWS_SECRET_ACCESS_KEY=${secretOf('export')} && run --password ${secretOf('flag')}` },
    {
      level: 'error',
      event: 'Task failed with exception',
      error_detail: [{ exc_type: 'GateError', exc_value: trouble, exc_notes: [leak('notes')], is_cause: false, frames: [frame] }],
    },
  ];
  return lines.map((line) => JSON.stringify({ timestamp: begun.toISOString(), ...line })).join('\n');
};

/** A model that repeats secrets wherever it may write. */
const answer = JSON.stringify({
  evidence: [{ ref: 'L5', quote: 'GateError: cannot reach' }],
  category: 'dependency_failure',
  root_cause: `The gate refuses ${leak('cause')}`,
  transient: 'yes',
  next_steps: [`Try with ${leak('step')}`],
  alternative: `Or ${leak('alternative')}`,
  certainty: 'high',
});

test('a secret planted at every door is in no row, metric, answer, page, prompt, alert or line of our log', async () => {
  await using airflow = await createAirflowDatabase('3.3.2');
  await using store = await createDatabase('template_store');
  await using listener = await startListener();
  await using slack = await startSlackServer({ token: `xoxb-${secretOf('bottoken')}`, postEveryMs: 0 });
  await using model = await startLlmServer(() => wires.openai.says(answer));
  const logs = await mkdtemp(join(tmpdir(), 'windsock-canaries-'));
  try {
    const begun = new Date(Date.now() - 60_000);
    await insertRows(airflow, 'dag_run', [runRow({ id: 1, dagId: 'etl', state: 'running', startDate: begun })]);
    await airflow.query('UPDATE dag_run SET log_template_id = (SELECT max(id) FROM log_template)');
    await insertRows(airflow, 'task_instance', [
      taskRow({ dagId: 'etl', runId: 'manual__1', taskId: 'load', state: 'running', startDate: begun }),
    ]);
    const folder = join(logs, 'dag_id=etl', 'run_id=manual__1', 'task_id=load');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'attempt=1.log'), log(begun));
    await using windsock = startWindsock({
      WINDSOCK_AIRFLOW_DATABASE_URL: airflow.url,
      WINDSOCK_STORE_DATABASE_URL: store.url,
      WINDSOCK_AIRFLOW_LOGS_FOLDER: logs,
      WINDSOCK_INTERVAL: '1s',
      WINDSOCK_TELEMETRY_LOG_LEVEL: 'debug',
      WINDSOCK_NOTIFY_ALERTMANAGER_URLS: JSON.stringify([listener.url]),
      WINDSOCK_NOTIFY_PUBLIC_URL: 'https://windsock.example.com',
      WINDSOCK_NOTIFY_SLACK_BOT_TOKEN: `xoxb-${secretOf('bottoken')}`,
      WINDSOCK_NOTIFY_SLACK_SIGNING_SECRET: secretOf('signing'),
      WINDSOCK_NOTIFY_SLACK_CHANNEL: 'C0000000001',
      WINDSOCK_NOTIFY_SLACK_DIRECT: 'true',
      WINDSOCK_NOTIFY_SLACK_API_URL: slack.apiUrl,
      WINDSOCK_LLM_PROVIDERS: '["compatible"]',
      WINDSOCK_LLM_COMPATIBLE_BASE_URL: `${model.url}/v1`,
      WINDSOCK_LLM_COMPATIBLE_MODEL: 'repeats',
      WINDSOCK_LLM_COMPATIBLE_API_KEY: secretOf('apikey'),
    });
    const told: [string, string][] = [];
    const get = async (path: string): Promise<string> => {
      const response = await fetch(`${await windsock.url()}${path}`, { signal: AbortSignal.timeout(20_000) });
      const text = await response.text();
      told.push([`GET ${path}`, text]);
      return text;
    };
    const post = async (path: string, body: unknown): Promise<number> => {
      const response = await fetch(`${await windsock.url()}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      told.push([`POST ${path}`, await response.text()]);
      return response.status;
    };
    await eventually('its history is read', async () => /\nwindsock_backfill_progress_ratio 1\n/.test(await windsock.body()));
    await airflow.query(`UPDATE task_instance SET state = 'failed', end_date = now(), updated_at = now()`);
    await airflow.query(`UPDATE dag_run SET state = 'failed', end_date = now(), updated_at = now()`);
    await airflow.query(
      `INSERT INTO log (dttm, dag_id, task_id, event, owner, extra) VALUES (now(), 'etl', 'load', 'heartbeat timeout', 'airflow', $1)`,
      [leak('extra')],
    );
    await airflow.query(`INSERT INTO import_error (timestamp, filename, stacktrace) VALUES (now(), 'etl2.py', $1)`, [
      `Traceback (most recent call last):\n  File "etl2.py", line 3, in <module>\nGateError: ${leak('import')}`,
    ]);
    await eventually('a model has answered', async () => {
      const [row] = await store.query<{ count: number }>(
        'SELECT count(*)::int AS count FROM explanation WHERE result_b IS NOT NULL',
      );
      return (row?.count ?? 0) > 0 || model.received.length > 1;
    });
    const incidents = await store.query<{ id: string }>('SELECT id FROM incident');
    const [{ id } = { id: '' }] = await store.query<{ id: string }>(`SELECT id FROM incident WHERE kind = 'task_failed'`);

    // What people and programs tell us.
    const error = {
      type: 'GateError',
      message: leak('message'),
      trace: `Traceback (most recent call last):\nGateError: ${leak('trace')}`,
    };
    const env = {
      python: '3.12.1',
      packages: ['pandas==2.2.1'],
      variables: { LAKE: leak('variable'), DB_PASSWORD: secretOf('name') },
    };
    const codes = [
      await post(`/api/v1/incidents/${id}/note`, { text: leak('note') }),
      await post(`/api/v1/incidents/${id}/suppress`, {
        until: new Date(Date.now() + 5000).toISOString(),
        note: leak('suppress'),
      }),
      await post(`/api/v1/incidents/${id}/unsuppress`, {}),
      await post(`/api/v1/incidents/${id}/feedback`, {
        verdict: 'corrected',
        category: 'permission_error',
        root_cause: `It was ${leak('corrected')}`,
        note: leak('remark'),
      }),
      await post('/api/v1/env', env),
      await post('/api/v1/beacon', { ...error, env }),
      await post('/api/v1/suggest', error),
      await post('/api/v1/metrics', { name: 'rows_loaded', labels: { source: leak('label') }, value: 1 }),
    ];
    expect(codes.map((code) => Math.floor(code / 100))).toEqual(codes.map(() => 2));
    await eventually('the alert carries a cause', () => listener.bodies.some((body) => body.includes('"cause"')));
    await eventually('the posted value is a metric', async () => (await windsock.body()).includes('rows_loaded'));

    const api = [
      'incidents',
      'findings',
      'feedback',
      'model-calls',
      'clusters',
      'patterns',
      'metrics',
      'slas',
      'dags',
      'dags/etl',
    ];
    const today = new Date().toISOString().slice(0, 10);
    for (const kind of ['daily', 'weekly']) {
      await get(`/report?kind=${kind}&date=${today}`);
      for (const format of ['json', 'markdown', 'html']) await get(`/api/v1/reports/${kind}?date=${today}&format=${format}`);
    }
    for (const path of api) await get(`/api/v1/${path}`);
    for (const path of [
      '/',
      '/incidents',
      '/errors',
      '/dags',
      '/dags/etl',
      '/dags/etl/tasks/load',
      '/slas',
      '/status',
      '/metrics',
    ])
      await get(path);
    for (const each of incidents) {
      await get(`/api/v1/incidents/${each.id}`);
      await get(`/incidents/${each.id}`);
    }
    for (const cluster of await store.query<{ id: string }>('SELECT id FROM error_cluster')) {
      await get(`/api/v1/clusters/${cluster.id}`);
      await get(`/errors/${cluster.id}`);
    }
    // A press in the name of a secret, of what is not there, and one of somebody else: what is answered is looked at, too.
    const name = { id: 'U0123456789', username: leak('person') };
    for (const [value, secret] of [
      [id, secretOf('signing')],
      ['inc-none', secretOf('signing')],
      [id, secretOf('forged')],
    ] as const) {
      const body = formOf(press({ user: name, response_url: slack.responseUrl(value) }, { value }));
      const headers = signedHeaders(body, new Date(), secret);
      const pressed = await fetch(`${await windsock.url()}/api/v1/webhooks/slack`, { method: 'POST', body, headers });
      told.push(['press', await pressed.text()]);
    }
    await eventually('Slack has the cause, the notes and who pressed', () => {
      const texts = JSON.stringify(slack.messages);
      return texts.includes('GateError') && /Note by/.test(texts) && texts.includes('*Acknowledged*');
    });
    const rows = await dump(store);
    const messages = slack.calls.map(({ method, args }): [string, string] => [`Slack ${method}`, JSON.stringify(args)]);
    const responses = slack.responses.map((each): [string, string] => ['answer to a press', JSON.stringify(each)]);
    const prompts = model.received.map(({ body }): [string, string] => ['prompt', JSON.stringify(body)]);
    const alerts = listener.bodies.map((body): [string, string] => ['alert', body]);
    windsock.signal('SIGTERM');
    await windsock.exit;
    const places = [
      ...told,
      ...rows,
      ...prompts,
      ...alerts,
      ...messages,
      ...responses,
      ['log', windsock.output()],
      ['stdout', windsock.printed()],
    ] as const;
    expect(places.flatMap(([where, text]) => (text.includes(canary) ? [`${where}: ${around(text)}`] : []))).toEqual([]);

    // Not for want of texts: each door was passed, and shows that something was taken out.
    const text = (name: string): string => rows.find(([table]) => table === name)?.[1] ?? '';
    for (const table of ['explanation', 'explanation_call', 'explanation_feedback', 'incident_event', 'error_cluster'])
      expect(text(table), table).toMatch(/‹secret:|\[redacted\]/);
    expect(JSON.stringify(prompts)).toMatch(/‹secret:|\[redacted\]/);
    expect(JSON.stringify(alerts)).toContain('GateError');
    expect(JSON.stringify(messages)).toMatch(/‹secret:|\[redacted\]/);
    expect(responses.length).toBeGreaterThan(0);
  } finally {
    await rm(logs, { recursive: true, force: true });
  }
}, 120_000);

/** The text round a canary, for the message of a failure. */
function around(text: string): string {
  const at = text.indexOf(canary);
  return text.slice(Math.max(0, at - 80), at + 60);
}
