import { spawn } from 'node:child_process';
import { writeFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { patternSources } from '../../../src/pattern-sources.ts';
import type { Attempt } from '../../../src/collect/transition.ts';
import { saveAttempts } from '../../../src/patterns/attempt-facts.ts';
import { patternsConfig } from '../../../src/patterns/config.ts';
import { readAnalysis } from '../../../src/patterns/found.ts';
import { scheduleAnalysis } from '../../../src/patterns/schedule.ts';
import { createStore } from '../../kit/database.ts';
import { eventually } from '../../kit/eventually.ts';
import { askApp, keptLog, sourcesWith } from '../../kit/http.ts';

let store: Awaited<ReturnType<typeof createStore>>;
beforeAll(async () => {
  store = await createStore();
});
beforeEach(() =>
  store.query(
    'TRUNCATE attempt_fact, found_pattern, pattern_analysis, environment, environment_host, error_cluster, error_member, error_day, error_place, error_report',
  ),
);
afterAll(() => store[Symbol.asyncDispose]());

const airflow = 'production';
const config = () => ({ airflow: { name: airflow }, redact: { personal_data: [], patterns: [] } });
const tokens = [
  { name: 'reader', token: 'r'.repeat(20), scopes: ['read' as const] },
  { name: 'writer', token: 'w'.repeat(20), scopes: ['write' as const] },
];
const post = (path: string, body: unknown, token = tokens[1]?.token) =>
  askApp({ sources: sourcesWith({ patterns: patternSources(store, config) }), settings: { tokens } }).ask(`/api/v1/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
  });
const suggest = async (body: unknown): Promise<unknown> => (await post('suggest', body, tokens[0]?.token)).json();

const hoursAgo = (hours: number): Date => new Date(Date.now() - hours * 3_600_000);
const taskIds = ['extract', 'load', 'report'];
/** 80 hourly runs of three tasks; every fifth is on worker-2, where it fails every other time. */
const attempts = taskIds.flatMap((taskId) =>
  Array.from({ length: 80 }, (_, index): Attempt => ({
    kind: 'attempt',
    dagId: 'etl',
    taskId,
    mapIndex: -1,
    runPk: index,
    runId: `r${index}`,
    runType: 'scheduled',
    outcome: index % 10 === 0 ? 'retry' : 'success',
    tryNumber: 1,
    startedAt: hoursAgo(90 - index),
    endedAt: hoursAgo(90 - index),
    durationSeconds: 1,
    queueWaitSeconds: 1,
    queue: 'default',
    pool: 'default_pool',
    operator: 'PythonOperator',
    hostname: index % 5 === 0 ? 'worker-2' : 'worker-1',
    dueAt: null,
    runStartedAt: null,
    clearNumber: 0,
  })),
);
const full = { type: 'OSError', message: '[Errno 28] No space left on device: /tmp/a' };

/** Tries that failed on one host, each with a beacon, and an analysis of them by the job itself. */
async function troubled(): Promise<string> {
  await store.transaction((tx) => saveAttempts(tx, airflow, attempts, new Map()));
  let cluster = '';
  for (const { dagId, taskId, runId, outcome } of attempts) {
    if (outcome === 'success') continue;
    const answer = await post('beacon', { ...full, dag_id: dagId, task_id: taskId, run_id: runId, try_number: 1 });
    cluster = ((await answer.json()) as { cluster: string }).cluster;
  }
  const job = analysis();
  await job.first();
  await job.stop();
  return cluster;
}

const analysis = (over: { leads?: () => boolean; schedule?: string } = {}) =>
  scheduleAnalysis({
    store,
    airflow,
    clock: { now: () => new Date(), monotonicMs: () => performance.now() },
    config: patternsConfig.parse({ schedule: over.schedule ?? '0 0 1 1 *' }),
    logger: keptLog().logger,
    leads: over.leads ?? (() => true),
    asLeader: (work) => store.transaction(work),
  });

describe('suggest', () => {
  test('answers what is known of an error, in exactly the promised form', async () => {
    const id = await troubled();
    const answer = await suggest({ ...full, message: full.message.replace('28', '29') });
    expect(answer).toEqual({
      match: id,
      confidence: 1,
      recommendation: expect.stringMatching(
        /^This OSError was met 24 times\. Look at the host worker-2, .* 24 of 48 tries failed like this/,
      ),
      docs: null,
      all_suggestions: [
        {
          suggestion: expect.stringMatching(/^Look at the host worker-2/),
          config_key: 'host',
          config_value: 'worker-2',
          confidence_percentage: expect.closeTo(100, 0),
          significance_score: expect.any(Number),
        },
      ],
    });
    expect(await suggest({ ...full, host: 'worker-1' })).toMatchObject({ match: id, all_suggestions: [] });
    expect(await suggest({ type: 'KeyError', message: 'quite another thing' })).toMatchObject({
      match: null,
      confidence: 0,
      all_suggestions: [],
    });
    expect(await store.query('SELECT sum(count)::int AS n FROM error_cluster')).toEqual([{ n: 24 }]);
  });

  test('has all that the newest analysis found shown at /api/v1/patterns', async () => {
    const get = async (): Promise<unknown> =>
      (await askApp({ sources: sourcesWith({ patterns: patternSources(store, config) }) }).ask('/api/v1/patterns')).json();
    expect(await get()).toEqual({ analysed_at: null, tries: 0, failures: 0, tasks: 0, tests: 0, patterns: [], untested: [] });
    const id = await troubled();
    expect(await get()).toMatchObject({
      analysed_at: expect.any(String),
      tries: 240,
      failures: 24,
      tasks: 3,
      patterns: [
        { cluster: null, key: 'host', value: 'worker-2', also: [], odds_ratio: null, tasks: 3 },
        { cluster: id, failed_with: 24, tries_with: 48, failed_without: 0, tries_without: 192 },
      ],
      untested: expect.arrayContaining([{ key: 'try', reason: 'follows_failure' }]),
    });
  });

  test('takes the nearest cluster, or several', async () => {
    for (const word of ['alpha', 'beta'])
      await post('beacon', { type: 'LoadError', message: `one two three four five six ${word} ${word}x ${word}y ${word}z` });
    const [first, second] = await store.query<{ id: string }>('SELECT id FROM error_cluster ORDER BY id');
    await store.query(`INSERT INTO pattern_analysis VALUES ($1, now(), 1, 1, 1, 1, '[]')`, [airflow]);
    for (const [id, key] of [
      [first?.id, 'pool'],
      [second?.id, 'queue'],
    ])
      await store.query(`INSERT INTO found_pattern VALUES ($1, $2, $3, 'x', '[]', 5, 2, 9, 0.0001, 0.001, 9, 10, 1, 10, 3)`, [
        airflow,
        id,
        key,
      ]);
    const keys = (answer: unknown) =>
      (answer as { all_suggestions: { config_key: string }[] }).all_suggestions.map((each) => each.config_key).sort();
    const error = { type: 'LoadError', message: 'one two three four five six' };
    expect(keys(await suggest(error))).toHaveLength(1);
    expect(keys(await suggest({ ...error, use_multiple_clusters: true }))).toEqual(['pool', 'queue']);
  });

  test('needs the scope read alone, and env and beacon the scope write', async () => {
    const status = async (path: string, token?: string) => (await post(path, path === 'env' ? {} : full, token)).status;
    const [reader, writer] = tokens.map(({ token }) => token);
    expect([await status('suggest', reader), await status('suggest', writer)]).toEqual([200, 403]);
    expect([await status('beacon', reader), await status('beacon', writer)]).toEqual([403, 200]);
    expect([await status('env', reader), await status('env', writer)]).toEqual([403, 200]);
    expect((await askApp({ settings: { tokens } }).ask('/api/v1/suggest', { method: 'POST' })).status).toBe(401);
  });

  test.each([
    [{}, /type/],
    [{ ...full, use_multiple_clusters: 'yes' }, /use_multiple_clusters/],
    [{ ...full, dag_id: 'etl' }, /dag_id/],
  ])('refuses %j', async (body, message) => {
    const answer = await post('suggest', body, tokens[0]?.token);
    expect(answer.status).toBe(400);
    expect(await answer.text()).toMatch(message);
  });
});

describe('the analysis', () => {
  test('runs by its schedule while this process leads, and not otherwise', async () => {
    let leads = false;
    const job = analysis({ schedule: '* * * * * *', leads: () => leads });
    await new Promise((done) => setTimeout(done, 1100));
    expect(await readAnalysis(store, airflow)).toBeUndefined();
    leads = true;
    const first = await eventually('an analysis', () => readAnalysis(store, airflow));
    await eventually('another one', async () => ((await readAnalysis(store, airflow))?.at ?? first.at) > first.at || undefined);
    await job.stop();
  });

  test('runs by itself only where there was none before', async () => {
    const job = analysis();
    await job.first();
    const made = await readAnalysis(store, airflow);
    expect(made).toMatchObject({ tries: 0 });
    await job.stop();
    const later = analysis();
    await later.first();
    expect(await readAnalysis(store, airflow)).toEqual(made);
    await later.stop();
  });

  test.each(['every hour', '61 * * * *', ''])('refuses the schedule %j', (schedule) => {
    expect(patternsConfig.safeParse({ schedule }).error?.issues).toMatchObject([
      { message: expect.stringMatching(/no cron expression/) },
    ]);
  });
});

describe('windsock suggest', () => {
  const main = resolve(import.meta.dirname, '../../../src/main.ts');
  async function run(args: readonly string[], input = ''): Promise<{ out: string; error: string; code: number | null }> {
    const child = spawn(process.execPath, [main, 'suggest', ...args], {
      env: {
        PATH: process.env['PATH'] ?? '',
        WINDSOCK_AIRFLOW_NAME: airflow,
        WINDSOCK_AIRFLOW_DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/airflow',
        WINDSOCK_STORE_DATABASE_URL: store.url,
      },
    });
    child.stdin.end(input);
    const closed = new Promise<number | null>((done) => child.on('close', done));
    const [out, error, code] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
    return { out, error, code };
  }
  const trace =
    'Traceback (most recent call last):\n  File "/opt/dags/a.py", line 3, in load\nOSError: [Errno 28] No space left on device: /tmp/a\n';

  test('tells of an error that is given, in a file, or by standard input, and of those met last', async () => {
    const id = await troubled();
    const told = /^This OSError was met 24 times\. Look at the host worker-2/;
    const folder = await mkdtemp(join(tmpdir(), 'windsock-suggest-'));
    await writeFile(join(folder, 'log'), trace);
    const [byText, byFile, recent, nothing] = await Promise.all([
      run(['--error', `OSError: ${full.message}`, '--json']),
      run([join(folder, 'log')]),
      run(['--recent']),
      run(['-'], 'all is well\n'),
    ]);
    await rm(folder, { recursive: true });
    expect(JSON.parse(byText.out)).toMatchObject({ match: id, confidence: 1, all_suggestions: [{ config_key: 'host' }] });
    expect(byFile.out).toMatch(told);
    expect(recent.out).toMatch(/^What failures go with, by 24 failures in 240 tries/);
    expect(recent.out).toMatch(/^OSError {2}24 times, last .*, in etl\.extract, etl\.load, etl\.report$/m);
    expect([nothing.code, nothing.error]).toEqual([2, expect.stringMatching(/no error is found in standard input/)]);
  });
});
