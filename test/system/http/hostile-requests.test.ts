import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { insertRows, runRow, taskRow } from '../../kit/airflow-rows.ts';
import { createAirflowDatabase, createDatabase, type TestDatabase } from '../../kit/database.ts';
import { eventually } from '../../kit/eventually.ts';
import { rawRequest, type RawAnswer } from '../../kit/raw-http.ts';
import { startWindsock, type WindsockProcess } from '../../kit/windsock.ts';

// A whole Windsock on a real store: what a schema lets pass meets the database, too.
const secret = 'the-secret-of-the-webhook';
const webhook = '/api/v1/webhooks/alertmanager';
const closing = new AsyncDisposableStack();
let store: TestDatabase;
let windsock: WindsockProcess;
let port = 0;
let incidentId = '';

beforeAll(async () => {
  const airflow = closing.use(await createAirflowDatabase('3.3.2'));
  store = closing.use(await createDatabase('template_store'));
  const begun = new Date(Date.now() - 60_000);
  await insertRows(airflow, 'dag_run', [runRow({ id: 1, dagId: 'etl', state: 'running', startDate: begun })]);
  await insertRows(airflow, 'task_instance', [
    taskRow({ dagId: 'etl', runId: 'manual__1', taskId: 'load', state: 'running', startDate: begun }),
  ]);
  windsock = closing.use(
    startWindsock({
      WINDSOCK_AIRFLOW_DATABASE_URL: airflow.url,
      WINDSOCK_STORE_DATABASE_URL: store.url,
      WINDSOCK_HTTP_HOST: '127.0.0.1',
      WINDSOCK_HTTP_WEBHOOKS_ALERTMANAGER_SECRET: secret,
    }),
  );
  port = Number(new URL(await windsock.url()).port);
  await eventually('its history is read', async () => /\nwindsock_backfill_progress_ratio 1\n/.test(await windsock.body()));
  await airflow.query(`UPDATE task_instance SET state = 'failed', end_date = now(), updated_at = now()`);
  await airflow.query(`UPDATE dag_run SET state = 'failed', end_date = now(), updated_at = now()`);
  incidentId = await eventually('the incident is explained', async () => {
    const [row] = await store.query<{ id: string }>('SELECT incident_id AS id FROM explanation');
    return row?.id;
  });
}, 60_000);
afterAll(() => closing.disposeAsync());

const send = (start: string, headers: readonly string[] = [], body: string | Buffer = '') =>
  rawRequest(port, start, { headers, body });
const post = (path: string, body: string | Buffer, type = 'application/json', more: readonly string[] = []) =>
  send(
    `POST ${path}`,
    [
      `Content-Type: ${type}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      ...(path === webhook ? [`Authorization: Bearer ${secret}`] : []),
      ...more,
    ],
    body,
  );

/** Neither a fault of ours nor a header of theirs; what failed is said as a problem, to pages too. */
function soundness(what: string, { status, head, body }: RawAnswer): string[] {
  const faults = [
    ...(status >= 200 && status < 500 ? [] : [`status ${status}`]),
    ...(/^x-evil/im.test(head) ? ['a header of theirs'] : []),
    ...(/root:x|\.ts:\d+|node_modules/.test(body) ? ['inner workings'] : []),
    ...(status >= 400 && !/application\/problem\+json/.test(head) ? ['no problem'] : []),
  ];
  return faults.length === 0 ? [] : [`${what.slice(0, 160)}: ${faults.join(', ')} ${body.slice(0, 200)}`];
}

const values = [
  '..%2f..%2f..%2fetc%2fpasswd',
  '..%5c..%5cetc',
  '%2e%2e',
  '%00',
  'a%00b',
  '%0d%0aX-Evil:%201',
  '%ff%fe',
  '%ed%a0%80',
  '%c0%ae%c0%ae',
  '%',
  '%zz',
  '__proto__',
  'constructor',
  'toString',
  '%27%20OR%201=1--',
  '%3Cscript%3Ealert(1)%3C/script%3E',
  '%F0%9F%92%A9',
  '%E2%80%AE',
  '-1',
  '0',
  '9007199254740993',
  '99999999999999999999999',
  '1e309',
  'NaN',
  'true',
  'null',
  '0001-01-01T00:00:00Z',
  '275760-09-13T00:00:00Z',
  'a'.repeat(2900),
];

interface Operation {
  parameters?: { name: string; in: string }[];
}
type Paths = Record<string, Record<string, Operation>>;

const pages = ['/', '/incidents', '/incidents/{id}', '/errors', '/errors/{id}', '/dags', '/dags/{dag_id}', '/slas', '/status'];
const pageQueries = ['state', 'severity', 'kind', 'dag_id', 'owner', 'cursor', 'tag', 'tasks', 'done', 'type', 'sla', 'sort'];

/** Everything that can be asked by GET, with what it takes. */
async function asked(): Promise<{ path: string; queries: string[] }[]> {
  const { paths } = JSON.parse((await send('GET /openapi.json')).body) as { paths: Paths };
  const described = Object.entries(paths).flatMap(([path, { get }]) =>
    get === undefined
      ? []
      : [{ path, queries: (get.parameters ?? []).filter((each) => each.in === 'query').map(({ name }) => name) }],
  );
  expect(described.length).toBeGreaterThan(10);
  return [...described, ...pages.map((path) => ({ path, queries: pageQueries }))];
}

/** Runs these side by side, a few at once. */
async function each<Item>(items: readonly Item[], work: (item: Item) => Promise<string[]>): Promise<string[]> {
  const left = [...items];
  const faults: string[] = [];
  const worker = async () => {
    for (let item = left.pop(); item !== undefined; item = left.pop()) faults.push(...(await work(item)));
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  return faults;
}
const soundAll = (targets: readonly string[]) => each(targets, async (target) => soundness(target, await send(`GET ${target}`)));

const unharmed = async () => {
  expect((await send('GET /healthz')).status).toBe(200);
  expect(windsock.lines().filter(({ level }) => level === 'error')).toEqual([]);
};

describe('whatever stands in an address, the answer is sound', () => {
  test('in its path', async () => {
    const paths = (await asked()).filter(({ path }) => path.includes('{'));
    const targets = paths.flatMap(({ path }) => values.map((value) => path.replaceAll(/\{\w+\}/g, () => value)));
    const roots = values.flatMap((value) => [`/${value}`, `//${value}`, `/style.css/${value}`, `/api/v1/${value}`]);
    expect(await soundAll([...targets, ...roots])).toEqual([]);
    await unharmed();
  });

  test('in its query, once and twice, under the names that it knows and others', async () => {
    const targets = (await asked()).flatMap(({ path, queries }) => {
      const at = path.replaceAll(/\{\w+\}/g, () => incidentId);
      return [...queries, '__proto__', 'constructor[prototype]'].flatMap((name) => [
        ...values.map((value) => `${at}?${name}=${value}`),
        `${at}?${name}=a&${name}=b`,
        `${at}?${name}`,
      ]);
    });
    expect(targets.length).toBeGreaterThan(1000);
    expect(await soundAll(targets)).toEqual([]);
    await unharmed();
  });

  test('in a cursor: what is none of ours, or holds what none of ours holds, is a clear 400', async () => {
    const keys = [
      '[]',
      '{}',
      'null',
      '[1,2,3]',
      '["\\u0000"]',
      '[1e308,"a"]',
      '[9007199254740991,"a"]',
      '[0,"a\\u0000"]',
      '[0,"\\ud800"]',
    ];
    const lists = (await asked()).filter(({ queries }) => queries.includes('cursor')).map(({ path }) => path);
    const targets = lists.flatMap((path) =>
      [...keys.map((key) => Buffer.from(key).toString('base64url')), 'a'.repeat(12_000)].map(
        (cursor) => `${path}?cursor=${cursor}`,
      ),
    );
    expect(await soundAll(targets)).toEqual([]);
    await unharmed();
  });
});

/** A body that is taken, for everything that can be posted. */
const now = new Date();
const bodies = (): Record<string, unknown> => ({
  [`/api/v1/incidents/${incidentId}/acknowledge`]: {},
  [`/api/v1/incidents/${incidentId}/unacknowledge`]: {},
  [`/api/v1/incidents/${incidentId}/note`]: { text: 'hello' },
  [`/api/v1/incidents/${incidentId}/suppress`]: { until: '2030-01-01T00:00:00Z', note: 'known' },
  [`/api/v1/incidents/${incidentId}/unsuppress`]: {},
  [`/api/v1/incidents/${incidentId}/feedback`]: { verdict: 'corrected', root_cause: 'it was this', note: 'so' },
  '/api/v1/metrics': [{ name: 'rows_loaded', labels: { dag_id: 'etl' }, value: 1, timestamp: now.toISOString() }],
  '/api/v1/env': { python: '3.12.7', packages: { pandas: '2.2.1' }, os: 'Debian', variables: { TZ: 'UTC' }, host: 'worker-1' },
  '/api/v1/beacon': {
    type: 'ValueError',
    message: 'no',
    trace: [{ file: 'a.py', function: 'f', line: 1 }],
    env: { packages: ['pandas==2.2.1'] },
    host: 'worker-1',
    dag_id: 'etl',
    task_id: 'load',
    run_id: 'manual__1',
    try_number: 1,
    operator: 'PythonOperator',
  },
  '/api/v1/suggest': { type: 'ValueError', message: 'no', trace: 'Traceback (most recent call last):\nValueError: no' },
  [webhook]: {
    version: '4',
    groupKey: '{}',
    alerts: [
      {
        fingerprint: '5a1d0f2e3b4c5d6e',
        status: 'firing',
        labels: { alertname: 'AirflowTaskFailed', source: 'windsock', airflow: 'airflow' },
        annotations: { summary: 'no', incident_url: `http://windsock/incidents/${incidentId}` },
        startsAt: '2026-03-02T10:00:00Z',
        endsAt: '0001-01-01T00:00:00Z',
      },
    ],
  },
});

const strings = [
  '\0',
  'a\0b',
  '\ud800',
  'a\udfffb',
  '\r\nX-Evil: 1',
  '‮',
  'a'.repeat(200_000),
  '',
  ' ',
  '__proto__',
  '[',
  '1e999',
];
const others: unknown[] = [null, true, -1, 1e308, 0.1, [], {}, [[]], { __proto__: null, constructor: { prototype: 1 } }];

/** The body with `value` at the place of each thing in it, one after the other; of an object's keys, too. */
function* changed(body: unknown, value: unknown): Generator {
  yield value;
  if (Array.isArray(body))
    for (const [at, item] of body.entries()) for (const made of changed(item, value)) yield body.with(at, made);
  else if (typeof body === 'object' && body !== null)
    for (const [key, item] of Object.entries(body)) {
      for (const made of changed(item, value)) yield { ...body, [key]: made };
      const { [key]: _dropped, ...rest } = body as Record<string, unknown>;
      yield rest;
      if (typeof value === 'string') yield { ...rest, [value]: item };
    }
}

describe('whatever stands in a body, the answer is sound', () => {
  test('these bodies are taken, and there is one for every place that takes any', async () => {
    const { paths } = JSON.parse((await send('GET /openapi.json')).body) as { paths: Paths };
    const known = Object.keys(bodies()).map((path) => path.replace(incidentId, '{id}'));
    const all = Object.entries(paths).flatMap(([path, operations]) => ('post' in operations ? [path] : []));
    // Those that take no JSON, or end what is looked at.
    const apart = [
      '/-/reload',
      '/api/v1/webhooks/slack',
      '/api/v1/incidents/{id}/resolve',
      '/api/v1/incidents/{id}/split',
      '/api/v1/feedback/{id}/confirm',
      '/api/v1/feedback/{id}/revoke',
    ];
    expect(all.filter((path) => ![...known, ...apart].includes(path))).toEqual([]);
    for (const [path, body] of Object.entries(bodies()))
      expect([path, (await post(path, JSON.stringify(body))).status]).toEqual([path, 200]);
  });

  test.each(Object.keys(bodies()).map((path, index) => [path.replace('//', '/{id}/'), index] as const))(
    'of %s',
    async (_path, index) => {
      const [path = '', body] = Object.entries(bodies())[index] ?? [];
      const made = [...strings, ...others].flatMap((value) => [...changed(body, value)]);
      const faults = await each(made, async (given) => {
        const text = JSON.stringify(given);
        return soundness(`${path} ${text}`, await post(path, text));
      });
      expect(faults).toEqual([]);
      await unharmed();
    },
  );

  const deep = 100_000;
  const texts: [what: string, text: string | Buffer][] = [
    ['nothing', ''],
    ['half a body', '{"a":'],
    ['a number beyond all', '1e999'],
    ['a list in a list, and so on', '['.repeat(deep) + ']'.repeat(deep)],
    ['an object in an object, and so on', '{"a":'.repeat(deep) + '1' + '}'.repeat(deep)],
    ['the prototype', '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'],
    ['bytes that are no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0xc0, 0xaf, 0x7d])],
    ['UTF-16', Buffer.from('{"type":"A","message":"b"}', 'utf16le')],
  ];
  test.each(texts)('%s is refused', async (_what, text) => {
    for (const path of Object.keys(bodies())) {
      const answer = await post(path, text);
      expect(soundness(path, answer)).toEqual([]);
      expect([path, answer.status]).toEqual([path, 400]);
    }
    await unharmed();
  });
});

describe('forms of pages', () => {
  const form = (path: string, body: string, origin = `http://localhost:${port}`) =>
    post(path, body, 'application/x-www-form-urlencoded', origin === '' ? [] : [`Origin: ${origin}`]);

  test('whatever stands in the address or in a field, the answer is sound, and a redirect leads to the incident only', async () => {
    const acts = ['acknowledge', 'note', 'suppress', 'feedback', 'split'];
    const fields = [
      '',
      'text=%00',
      'text=%ff',
      'text=a%0d%0aX-Evil:1',
      'hours=1e9&note=%00',
      'verdict=up&verdict=down',
      '__proto__=1',
      '%',
    ];
    const cases = [
      ...values.flatMap((value) =>
        [`/incidents/${value}/note`, `/incidents/${incidentId}/${value}`].map((path) => [path, 'text=a'] as const),
      ),
      ...acts.flatMap((act) => fields.map((body) => [`/incidents/${incidentId}/${act}`, body] as const)),
    ];
    const faults = await each(cases, async ([path, body]) => {
      const answer = await form(path, body);
      const leads = /^location: (.*)$/im.exec(answer.head)?.[1];
      const astray = leads !== undefined && !leads.startsWith(`/incidents/${incidentId}?done=`);
      return [...soundness(`${path} ${body}`, answer), ...(astray ? [`${path} leads to ${leads}`] : [])];
    });
    expect(faults).toEqual([]);
    await unharmed();
  });

  test.each([
    ['of another site', 'https://evil.example'],
    ['of a sandbox', 'null'],
    ['of nobody', ''],
    ['of another port', 'http://localhost:1'],
  ])('%s change nothing', async (_whose, origin) => {
    const before = await store.query('SELECT count(*)::int AS events FROM incident_event');
    for (const [act, body] of [
      ['acknowledge', ''],
      ['note', 'text=forged'],
    ] as const)
      expect((await form(`/incidents/${incidentId}/${act}`, body, origin)).status).toBe(403);
    expect(await store.query('SELECT count(*)::int AS events FROM incident_event')).toEqual(before);
  });
});
