// The few calls of Airflow's REST interface that a zoo keeper needs, the same for 2.x and 3.x.
import { setTimeout as sleep } from 'node:timers/promises';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Row = { [key: string]: Json };

export type Rest = {
  major: number;
  get(path: string): Promise<Row>;
  send(method: 'POST' | 'PATCH', path: string, body: Row): Promise<Row>;
};

export type TaskState = { task: string; mapIndex: number; state: string | null; tryNumber: number };

async function answer(response: Response, what: string): Promise<Row> {
  const text = await response.text();
  if (!response.ok) throw new Error(`${what}: ${response.status} ${text.slice(0, 500)}`);
  const body: unknown = text === '' ? {} : JSON.parse(text);
  if (!isRow(body)) throw new Error(`${what}: not an object`);
  return body;
}

export function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A text in an answer as it is, a number as its digits, anything else as nothing. */
export function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}

/** The rows of a list in an answer; an absent list is an error, for then nothing would be compared. */
export function rowsOf(body: Row, key: string): Row[] {
  const list = body[key];
  if (!Array.isArray(list)) throw new Error(`answer has no list ${key}: ${JSON.stringify(body).slice(0, 200)}`);
  return list.filter(isRow);
}

/** Waits for Airflow's REST to answer and returns it with credentials in place. */
export async function openRest(base: string, major: number, deadlineMs: number): Promise<Rest> {
  const root = `${base}/api/v${major === 2 ? 1 : 2}`;
  const until = Date.now() + deadlineMs;
  for (;;) {
    try {
      const authorization = major === 2 ? `Basic ${Buffer.from('admin:admin').toString('base64')}` : await token(base);
      const headers = { authorization, 'content-type': 'application/json' };
      const rest: Rest = {
        major,
        get: async (path) => answer(await fetch(root + path, { headers }), `GET ${path}`),
        send: async (method, path, body) =>
          answer(await fetch(root + path, requestOf(method, headers, body)), `${method} ${path}`),
      };
      await rest.get('/dags?limit=1');
      return rest;
    } catch (error) {
      if (Date.now() > until) throw error;
      await sleep(500);
    }
  }
}

const requestOf = (method: string, headers: Record<string, string>, body: Row): RequestInit => ({
  method,
  headers,
  body: JSON.stringify(body),
});

async function token(base: string): Promise<string> {
  const body = await answer(await fetch(`${base}/auth/token`), 'GET /auth/token');
  return `Bearer ${textOf(body['access_token'])}`;
}

const run = (dag: string, runId: string) => `/dags/${dag}/dagRuns/${encodeURIComponent(runId)}`;

export async function unpause(rest: Rest, dag: string, isPaused = false): Promise<void> {
  await rest.send('PATCH', `/dags/${dag}`, { is_paused: isPaused });
}

export async function trigger(rest: Rest, dag: string, runId: string): Promise<void> {
  const body: Row = { dag_run_id: runId };
  if (rest.major > 2) body['logical_date'] = null;
  await rest.send('POST', `/dags/${dag}/dagRuns`, body);
}

/** Times are epoch seconds cut to milliseconds, null before they are set. */
export type RunState = { state: string; start: number | null; end: number | null };

/** Epoch seconds of a time in an answer, cut to milliseconds as every client of the database sees it. */
export function epochOf(value: Json | undefined): number | null {
  return typeof value === 'string' ? Date.parse(value) / 1000 : null;
}

export async function readRun(rest: Rest, dag: string, runId: string): Promise<RunState> {
  const row = await rest.get(run(dag, runId));
  return { state: textOf(row['state']), start: epochOf(row['start_date']), end: epochOf(row['end_date']) };
}

export async function taskStates(rest: Rest, dag: string, runId: string): Promise<TaskState[]> {
  const body = await rest.get(`${run(dag, runId)}/taskInstances?limit=100`);
  return rowsOf(body, 'task_instances').map((row) => ({
    task: textOf(row['task_id']),
    mapIndex: Number(row['map_index']),
    state: row['state'] === null ? null : textOf(row['state']),
    tryNumber: Number(row['try_number']),
  }));
}

/** Clears tasks of one run (or all of it) and returns what Airflow says it cleared. */
export async function clear(rest: Rest, dag: string, runId: string, tasks?: string[], more: Row = {}): Promise<Row[]> {
  const body: Row = { dry_run: false, dag_run_id: runId, only_failed: false, reset_dag_runs: true, ...more };
  if (tasks) body['task_ids'] = tasks;
  return rowsOf(await rest.send('POST', `/dags/${dag}/clearTaskInstances`, body), 'task_instances');
}

export async function markTask(
  rest: Rest,
  dag: string,
  runId: string,
  task: string,
  state: 'success' | 'failed',
  mapIndex = -1,
): Promise<Row> {
  const at = mapIndex < 0 ? '' : `/${mapIndex}`;
  const body: Row = { new_state: state };
  if (rest.major === 2) body['dry_run'] = false;
  return rest.send('PATCH', `${run(dag, runId)}/taskInstances/${encodeURIComponent(task)}${at}`, body);
}

export async function markRun(rest: Rest, dag: string, runId: string, state: 'success' | 'failed'): Promise<Row> {
  return rest.send('PATCH', run(dag, runId), { state });
}
