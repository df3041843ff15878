import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { insertRows, runRow, taskRow } from '../kit/airflow-rows.ts';
import { createAirflowDatabase, createDatabase } from '../kit/database.ts';
import { eventually } from '../kit/eventually.ts';
import { startLlmServer } from '../kit/llm-server.ts';
import { startWindsock } from '../kit/windsock.ts';

const incidents = 50;
const perWave = 5;
/** What is promised, and what a machine that is busy with other tests may add. */
const promisedMs = 50;
const busyMs = 450;

/** An Alertmanager that notes when it was first told of each DAG. */
async function startListener() {
  const heard = new Map<string, number>();
  const causes = new Set<string>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const now = Date.now();
      const body: unknown = chunks.length === 0 ? [] : JSON.parse(Buffer.concat(chunks).toString());
      for (const alert of Array.isArray(body) ? (body as Record<'labels' | 'annotations', Record<string, string>>[]) : []) {
        const dagId = alert.labels['dag_id'] ?? '';
        if (!heard.has(dagId)) heard.set(dagId, now);
        if (alert.annotations['cause'] !== undefined) causes.add(dagId);
      }
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('[]');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard,
    causes,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const letters = (index: number): string => String.fromCharCode(65 + (index % 26), 97 + Math.floor(index / 26));
const percentile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.ceil(share * values.length) - 1] ?? NaN;

/** How long after each incident opened Alertmanager was told of it, in ms; with a model at `llmUrl` that is asked about each. */
async function tellingTimes(llmUrl: string | null): Promise<{ ms: number[]; explained: number }> {
  await using airflow = await createAirflowDatabase('3.3.2');
  await using store = await createDatabase('template_store');
  await using listener = await startListener();
  const logs = await mkdtemp(join(tmpdir(), 'windsock-hanging-'));
  try {
    const begun = new Date(Date.now() - 60_000);
    const dags = Array.from({ length: incidents }, (_, number) => `dag_${number}`);
    await insertRows(
      airflow,
      'dag_run',
      dags.map((dagId, index) => runRow({ id: index + 1, dagId, state: 'running', startDate: begun })),
    );
    await airflow.query('UPDATE dag_run SET log_template_id = (SELECT max(id) FROM log_template)');
    await insertRows(
      airflow,
      'task_instance',
      dags.map((dagId, index) =>
        taskRow({ dagId, runId: `manual__${index + 1}`, taskId: 'load', state: 'running', startDate: begun }),
      ),
    );
    for (const [index, dagId] of dags.entries()) {
      const folder = join(logs, `dag_id=${dagId}`, `run_id=manual__${index + 1}`, 'task_id=load');
      await mkdir(folder, { recursive: true });
      // Each another error: the same one would make one incident of them.
      const error = { exc_type: `${letters(index)}Error`, exc_value: 'unheard of', is_cause: false, frames: [] };
      const lines = [
        ...Array.from({ length: 5000 }, (_, line) => ({ level: 'info', event: `step ${line} of ${dagId}` })),
        { level: 'error', event: 'Task failed with exception', error_detail: [error] },
      ];
      const text = lines.map((line) => JSON.stringify({ timestamp: begun.toISOString(), ...line })).join('\n');
      await writeFile(join(folder, 'attempt=1.log'), text);
    }
    await using windsock = startWindsock({
      WINDSOCK_AIRFLOW_DATABASE_URL: airflow.url,
      WINDSOCK_STORE_DATABASE_URL: store.url,
      WINDSOCK_AIRFLOW_LOGS_FOLDER: logs,
      WINDSOCK_INTERVAL: '1s',
      WINDSOCK_NOTIFY_ALERTMANAGER_URLS: JSON.stringify([listener.url]),
      WINDSOCK_INCIDENT_RATE_LIMIT: '1000',
      WINDSOCK_DETECT_FAILURE_RATE_MIN_FAILURES: '1000',
      ...(llmUrl === null
        ? {}
        : {
            WINDSOCK_LLM_PROVIDERS: '["compatible"]',
            WINDSOCK_LLM_COMPATIBLE_BASE_URL: `${llmUrl}/v1`,
            WINDSOCK_LLM_COMPATIBLE_MODEL: 'hangs',
          }),
    });
    await eventually('its history is read', async () => /\nwindsock_backfill_progress_ratio 1\n/.test(await windsock.body()));
    for (let from = 0; from < incidents; from += perWave) {
      const wave = dags.slice(from, from + perWave);
      await airflow.query(
        `UPDATE task_instance SET state = 'failed', end_date = now(), updated_at = now() WHERE dag_id = ANY($1)`,
        [wave],
      );
      await airflow.query(`UPDATE dag_run SET state = 'failed', end_date = now(), updated_at = now() WHERE dag_id = ANY($1)`, [
        wave,
      ]);
      await eventually('the wave is told', () => wave.every((dagId) => listener.heard.has(dagId)), { everyMs: 100 });
    }
    await eventually('each is explained', () => dags.every((dagId) => listener.causes.has(dagId)));
    const rows = await store.query<{ dagId: string; openedAt: Date }>(
      `SELECT dag_id AS "dagId", opened_at AS "openedAt" FROM incident WHERE kind = 'task_failed' AND root_id IS NULL`,
    );
    const ms = rows.map(({ dagId, openedAt }) => (listener.heard.get(dagId) ?? NaN) - openedAt.getTime());
    return { ms, explained: listener.causes.size };
  } finally {
    await rm(logs, { recursive: true, force: true });
  }
}

test('a model that never answers delays no alert', async () => {
  await using model = await startLlmServer(() => ({ afterMs: Infinity }));
  const without = await tellingTimes(null);
  const hanging = await tellingTimes(model.url);
  const [before, after] = [without, hanging].map(({ ms }) => ({ p50: percentile(ms, 0.5), p95: percentile(ms, 0.95) }));
  console.log(
    `from opening to Alertmanager, ${incidents} incidents: without a model p50 ${before?.p50} ms, p95 ${before?.p95} ms; with one that hangs p50 ${after?.p50} ms, p95 ${after?.p95} ms (promised: ${promisedMs} ms more at most); asked ${model.received.length} times`,
  );
  expect([without.ms.length, hanging.ms.length, without.explained, hanging.explained]).toEqual([50, 50, 50, 50]);
  expect(model.received.length, 'it was asked').toBeGreaterThan(1);
  expect((after?.p95 ?? NaN) - (before?.p95 ?? NaN)).toBeLessThan(promisedMs + busyMs);
});
