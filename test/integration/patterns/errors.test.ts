import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { patternSources } from '../../../src/pattern-sources.ts';
import { membersMax, recordErrors, type ErrorReport } from '../../../src/patterns/record-errors.ts';
import { comparable, toldError } from '../../../src/patterns/told-error.ts';
import { trimPatterns } from '../../../src/patterns/trim.ts';
import { createRedactor } from '../../../src/redact/redactor.ts';
import { createStore } from '../../kit/database.ts';
import { askApp, sourcesWith } from '../../kit/http.ts';

let store: Awaited<ReturnType<typeof createStore>>;
beforeAll(async () => {
  store = await createStore();
});
beforeEach(() =>
  store.query('TRUNCATE environment, environment_host, error_cluster, error_member, error_day, error_place, error_report'),
);
afterAll(() => store[Symbol.asyncDispose]());

const config = () => ({
  airflow: { name: 'production' },
  redact: { personal_data: ['email' as const], patterns: [{ name: 'customer', pattern: String.raw`CUST-\d{8}` }] },
});
const { ask } = (() => {
  const made = {
    ask: (path: string, init: RequestInit = {}) =>
      askApp({ sources: sourcesWith({ patterns: patternSources(store, config) }) }).ask(path, init),
  };
  return made;
})();
const post = (path: string, body: unknown) =>
  ask(`/api/v1/${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
const get = async <Body>(path: string): Promise<Body> => (await (await ask(`/api/v1/${path}`)).json()) as Body;
interface Cluster {
  id: string;
  type: string;
  template: string;
  count: number;
  members: number;
  dags: string[];
  tasks: { dag_id: string; task_id: string; count: number }[];
  trend: { day: string; count: number }[];
}
const clusters = async (query = '') => (await get<{ items: Cluster[] }>(`clusters${query}`)).items;

const refused = (host: string, rest = 'Connection refused') => ({
  type: 'psycopg2.OperationalError',
  message: `connection to server at "${host}", port 5432 failed: ${rest}`,
});

describe('a beacon', () => {
  test('tells an error once more: the same again, with other values, is the same cluster', async () => {
    const first = await post('beacon', { ...refused('db-1'), dag_id: 'etl', task_id: 'load', run_id: 'r1', try_number: 1 });
    const { signature, cluster } = (await first.json()) as { signature: string; cluster: string };
    expect([first.status, signature, cluster]).toEqual([
      200,
      expect.stringMatching(/^[0-9a-f]{40}$/),
      expect.stringMatching(/^[0-9a-f]{40}$/),
    ]);
    expect(await (await post('beacon', { ...refused('db-2'), dag_id: 'etl', task_id: 'copy' })).json()).toEqual({
      signature,
      cluster,
    });
    const [found, ...others] = await clusters();
    expect(others).toEqual([]);
    expect(found).toMatchObject({
      id: cluster,
      type: 'OperationalError',
      count: 2,
      members: 1,
      dags: ['etl'],
      trend: [{ count: 2 }],
      cause: null,
    });
    expect(found?.tasks.toSorted((a, b) => (a.task_id < b.task_id ? -1 : 1))).toEqual([
      { dag_id: 'etl', task_id: 'copy', count: 1 },
      { dag_id: 'etl', task_id: 'load', count: 1 },
    ]);
    expect(await get(`clusters/${cluster}`)).toMatchObject({
      id: cluster,
      errors: [{ type: 'OperationalError', count: 2 }],
      reports: [
        { dag_id: 'etl', task_id: 'copy', source: 'beacon' },
        { run_id: 'r1', try_number: 1 },
      ],
    });
  });

  test('names its environment by hash, or tells it', async () => {
    const env = { python: '3.12.7', packages: ['pandas==2.2.1'], variables: { TZ: 'UTC', API_TOKEN: 'abc' } };
    const { hash } = (await (await post('env', { ...env, host: 'worker-1' })).json()) as { hash: string };
    await post('beacon', { ...refused('db'), env_hash: hash });
    const { cluster } = (await (await post('beacon', { ...refused('db'), env })).json()) as { cluster: string };
    const detail = await get<{ reports: { env_hash: string }[] }>(`clusters/${cluster}`);
    expect(detail.reports.map((each) => each.env_hash)).toEqual([hash, hash]);
    expect(await store.query('SELECT facts FROM environment')).toEqual([
      { facts: { python: '3.12.7', 'package.pandas': '2.2.1', 'variable.TZ': 'UTC' } },
    ]);
    expect(await store.query('SELECT host, hash FROM environment_host')).toEqual([{ host: 'worker-1', hash }]);
  });

  test.each([
    ['beacon', {}, /type/],
    ['beacon', { type: '  ', message: 'x' }, /type: must not be empty/],
    ['beacon', { type: 'X', message: 'x', more: 1 }, /more/],
    ['beacon', { type: 'X', message: 'x', env_hash: 'abc' }, /env_hash: is no hash/],
    ['beacon', { type: 'X', message: 'x', env_hash: 'a'.repeat(40), env: {} }, /give one of them/],
    ['beacon', { type: 'X', message: 'y'.repeat(20_001) }, /message/],
    ['beacon', { type: 'X', message: 'x', try_number: -1 }, /try_number/],
    ['env', { packages: ['-e .'] }, /packages\.0: is no specifier/],
    ['env', { packages: Object.fromEntries(Array.from({ length: 2001 }, (_, index) => [`p${index}`, '1'])) }, /2000 packages/],
    ['env', { python: 3.12 }, /python/],
  ])('%s refuses %j, and keeps nothing', async (path, body, message) => {
    const answer = await post(path, body);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([400, 'application/problem+json']);
    expect(await answer.text()).toMatch(message);
    expect(await clusters()).toEqual([]);
    expect(await store.query('SELECT 1 FROM environment')).toEqual([]);
  });

  test('leaves no secret, no personal data and nothing of a pattern of the user in any table', async () => {
    const canaries = ['s3cr3tpw', 'ada@example.com', 'CUST-12345678'];
    const say = `login of ada@example.com for CUST-12345678 with password=s3cr3tpw failed at postgresql://x:s3cr3tpw@db/x`;
    const trace = `Traceback (most recent call last):\n  File "/opt/dags/a.py", line 1, in f\n    ${say}\nLoginError: ${say}`;
    const env = { python: say, variables: { NOTE: say, MY_SECRET: 's3cr3tpw' }, packages: { odd: 'https://u:s3cr3tpw@host/x' } };
    const where = { dag_id: `etl token=s3cr3tpw`, run_id: 'manual password=s3cr3tpw', host: 'password=s3cr3tpw' };
    expect((await post('beacon', { type: 'LoginError', message: say, trace, env, ...where })).status).toBe(200);
    for (const table of ['environment', 'environment_host', 'error_cluster', 'error_member', 'error_place', 'error_report']) {
      const rows = JSON.stringify(await store.query(`SELECT * FROM ${table}`));
      expect(rows.length, table).toBeGreaterThan(10);
      for (const canary of canaries) expect(rows, table).not.toContain(canary);
    }
  });

  test('holds what PostgreSQL cannot: NUL and half of a pair', async () => {
    const answer = await post('beacon', { type: 'X', message: 'a\0b \ud800', env: { variables: { A: '\0\udfff' } } });
    expect(answer.status).toBe(200);
  });
});

describe('clusters', () => {
  test('are listed by when they were met, page by page, and filtered by DAG, task and class', async () => {
    const errors = [
      ['AError', 'the first thing went wrong'],
      ['BError', 'a second one broke too'],
      ['CError', 'nothing like either of these'],
    ] as const;
    for (const [index, [type, message]] of errors.entries())
      await post('beacon', { type, message, dag_id: `dag${index}`, task_id: 'load' });
    const seen: string[] = [];
    let cursor: string | null = '';
    for (let pages = 0; cursor !== null && pages < 5; pages += 1) {
      const page: { items: Cluster[]; next_cursor: string | null } = await get(
        `clusters?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`,
      );
      seen.push(...page.items.map(({ type }) => type));
      cursor = page.next_cursor;
    }
    expect(seen).toEqual(['CError', 'BError', 'AError']);
    const types = async (query: string) => (await clusters(query)).map(({ type }) => type);
    expect(await types('?dag_id=dag1')).toEqual(['BError']);
    expect(await types('?dag_id=dag1&task_id=load')).toEqual(['BError']);
    expect(await types('?dag_id=dag1&task_id=other')).toEqual([]);
    expect(await types('?type=CError')).toEqual(['CError']);
    expect(await types('?since=2999-01-01T00:00:00Z')).toEqual([]);
    expect((await ask('/api/v1/clusters?cursor=x')).status).toBe(400);
    expect((await ask('/api/v1/clusters/none')).status).toBe(404);
  });

  test('that an error is near to become one; the fingerprint of each error finds it', async () => {
    const words = (...more: string[]) => ({ type: 'LoadError', message: ['a', 'b', 'c', 'd', 'e', 'f', ...more].join(' ') });
    const ids: string[] = [];
    for (const each of [words('x', 'y'), words('u', 'v'), words()]) {
      const { cluster } = (await (await post('beacon', { ...each, dag_id: 'etl', task_id: 't' })).json()) as { cluster: string };
      ids.push(cluster);
    }
    expect(ids[1]).not.toBe(ids[0]);
    expect(ids[2]).toBe(ids[0]);
    expect(await clusters()).toMatchObject([{ id: ids[0], count: 3, members: 3, tasks: [{ count: 3 }], trend: [{ count: 3 }] }]);
    expect(await get(`clusters/${ids[1]}`)).toMatchObject({ id: ids[0], count: 3 });
  });

  test('are the same whatever the order in which errors come', async () => {
    const word = fc.constantFrom('disk', 'host', 'table', 'gone', 'full', 'slow', 'lost');
    const errors = fc.uniqueArray(fc.uniqueArray(word, { minLength: 4, maxLength: 7 }), {
      selector: (words) => words.join(' '),
      minLength: 2,
      maxLength: 7,
    });
    await fc.assert(
      fc.asyncProperty(
        errors.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        async (orders) => {
          const partitions: string[][] = [];
          for (const [index, order] of orders.entries()) {
            const airflow = `order${index}`;
            await store.query('DELETE FROM error_cluster WHERE airflow = $1', [airflow]);
            await store.query('DELETE FROM error_member WHERE airflow = $1', [airflow]);
            await store.transaction((tx) =>
              recordErrors(
                tx,
                airflow,
                order.map((words) => reported(words.join(' '))),
              ),
            );
            const rows = await store.query<{ together: string[] }>(
              'SELECT array_agg(fingerprint ORDER BY fingerprint) AS together FROM error_member WHERE airflow = $1 GROUP BY cluster_id',
              [airflow],
            );
            partitions.push(rows.map(({ together }) => together.join(' ')).sort());
          }
          expect(partitions[1]).toEqual(partitions[0]);
        },
      ),
      { numRuns: 15 },
    );
  });
});

const now = new Date('2026-06-10T12:00:00Z');
const ago = (days: number) => new Date(now.getTime() - days * 86_400_000);
const reported = (message: string, over: Partial<ErrorReport> = {}): ErrorReport => ({
  source: 'incident',
  key: null,
  error: toldError({ type: 'LoadError', message }, createRedactor()),
  at: now,
  dagId: 'etl',
  taskId: 'load',
  runId: 'r',
  tryNumber: 1,
  environment: null,
  ...over,
});
const record = (...reports: ErrorReport[]) => store.transaction((tx) => recordErrors(tx, 'production', reports));

describe('failures of tasks', () => {
  test('are counted once, however often they are handed over, and bring their cause', async () => {
    const cause = { incidentId: 'i1', category: 'resource_error', text: 'the disk is full', docs: 'https://example.com/disk' };
    await record(reported('no space left on device', { key: 'i1 1' }));
    await record(reported('no space left on device', { key: 'i1 1', cause }));
    await record(reported('no space left on device', { key: 'i1 2' }));
    expect(await clusters()).toMatchObject([
      {
        count: 2,
        cause: { incident_id: 'i1', category: 'resource_error', text: 'the disk is full', docs: 'https://example.com/disk' },
      },
    ]);
  });
});

test('a failure that the worker told of itself is counted once, whatever is explained of it later', async () => {
  const full = { type: 'OSError', message: 'no space left on device', dag_id: 'etl', task_id: 'load', run_id: 'r1' };
  await post('beacon', { ...full, try_number: 1 });
  await post('beacon', { ...full, try_number: 2 });
  const error = toldError({ type: 'OSError', message: 'no space left on device' }, createRedactor());
  await record(reported('', { error, key: 'i1 1', runId: 'r1' }));
  expect(await clusters()).toMatchObject([{ count: 2 }]);
  await record(reported('', { error, key: 'i2 1', runId: 'r2' }));
  expect(await clusters()).toMatchObject([{ count: 3 }]);
});

describe('the retention job', () => {
  test('forgets clusters of 90 days, reports of 30, and keeps the rest', async () => {
    await record(reported('an old error of long ago', { at: ago(91) }));
    await record(
      reported('something else that still happens', { at: ago(60) }),
      reported('something else that still happens', { at: ago(1) }),
    );
    await store.transaction((tx) => trimPatterns(tx, 'production', now));
    expect(await clusters()).toMatchObject([{ count: 2, members: 1, trend: [{ day: '2026-04-11' }, { day: '2026-06-09' }] }]);
    expect(await store.query('SELECT at FROM error_report')).toEqual([{ at: ago(1) }]);
    expect(await store.query('SELECT count(*) AS n FROM error_place')).toEqual([{ n: 1 }]);
  });

  test('keeps of one error the newest 50 reports', async () => {
    await record(
      ...Array.from({ length: 60 }, (_, index) => reported('again and again the same thing', { at: ago(index / 10) })),
    );
    await store.transaction((tx) => trimPatterns(tx, 'production', now));
    expect(await store.query('SELECT count(*) AS n, min(at) AS oldest FROM error_report')).toEqual([{ n: 50, oldest: ago(4.9) }]);
    expect(await clusters()).toMatchObject([{ count: 60 }]);
  });

  test(`is not waited for: of more than ${membersMax} fingerprints the one met longest ago goes at once`, async () => {
    const oldest = comparable({ type: 'Old', message: 'one two three four five', frames: [] });
    await record(reported('x', { error: { ...oldest, signature: '', trace: '' }, at: ago(2) }));
    await store.query(
      `INSERT INTO error_member (airflow, fingerprint, cluster_id, type, template, tokens, frames, count, first_seen_at, last_seen_at)
       SELECT 'production', 'f' || n, 'c' || n, 'X', 'x', ARRAY['t' || n], '{}', 1, $1, $1 FROM generate_series(1, ${membersMax}) n`,
      [ago(1)],
    );
    await record(reported('quite another thing went wrong'));
    expect(await store.query('SELECT count(*) AS n FROM error_member')).toEqual([{ n: membersMax }]);
    expect(await store.query('SELECT 1 FROM error_member WHERE fingerprint = $1', [oldest.fingerprint])).toEqual([]);
  });
});
