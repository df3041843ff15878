// Takes the logs of what has run and writes them down as fixtures with their labels.
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Query } from '../postgres.ts';
import { canariesIn, showCanaries } from './canaries.ts';
import { CASES, IDENTIFIERS, type Case } from './cases.ts';
import { INJECTIONS } from './injections.ts';
import { labelsSchema, type LogLabel } from './labels.ts';
import { FIXTURES } from './load.ts';
import { normalise, rangesOf } from './normalise.ts';
import { partOf } from './split.ts';
import { BASELINED } from './variants.ts';

/** Run ids as Airflow gives them to runs that somebody starts; the last is the one that fails. */
export const runIdsOf = (dag: string): string[] =>
  (dag.endsWith('_more') ? [4] : [1, 2, 3, 4]).map((day) => `manual__2025-01-0${day}T02:00:00+00:00`);

type Attempt = {
  state: string;
  tryNumber: number;
  maxTries: number;
  operator: string;
  duration: number | null;
  pool: string;
  queue: string;
};

async function attemptOf(query: Query, one: Case, runId: string): Promise<Attempt | undefined> {
  const [row] = await query(
    `SELECT state, try_number, max_tries, operator, duration, pool, queue FROM task_instance WHERE dag_id = $1 AND task_id = $2 AND run_id = $3`,
    [one.dag, one.task, runId],
  );
  if (row === undefined) return undefined;
  const text = (name: string): string => (typeof row[name] === 'string' ? row[name] : '');
  const duration = row['duration'] === null ? null : Math.round(Number(row['duration']) * 10) / 10;
  const numbers = { tryNumber: Number(row['try_number']), maxTries: Number(row['max_tries']), duration };
  return { ...numbers, state: text('state'), operator: text('operator'), pool: text('pool'), queue: text('queue') };
}

/** Events that say no more than the state of the task does. */
const USUAL = ['running', 'success', 'failed', 'queued', 'scheduled', 'up_for_retry', 'cli_task_run', 'task_run'];

type Clean = (text: string) => string;

async function eventsOf(query: Query, one: Case, runId: string, clean: Clean): Promise<LogLabel['facts']['events']> {
  const rows = await query(`SELECT event, extra FROM log WHERE dag_id = $1 AND task_id = $2 AND run_id = $3 ORDER BY id`, [
    one.dag,
    one.task,
    runId,
  ]);
  return rows
    .map(({ event, extra }) => ({ event: String(event), extra: typeof extra === 'string' ? clean(extra) : null }))
    .filter(({ event }) => !USUAL.includes(event));
}

/** The log of one try as it is committed; undefined where there is none. */
async function readLog(home: string, one: Case, runId: string, tryNumber: number, rename: Clean): Promise<string | undefined> {
  const path = join(home, 'logs', `dag_id=${one.dag}`, `run_id=${runId}`, `task_id=${one.task}`, `attempt=${tryNumber}.log`);
  return existsSync(path) ? normalise(await readFile(path, 'utf8'), rename) : undefined;
}

type Place = { airflow: string; home: string; query: Query; rename: Clean };
const write = (file: string, text: string): Promise<void> => writeFile(new URL(file, FIXTURES), text);

async function gatherBaselines({ airflow, home, query, rename }: Place, one: Case): Promise<string[]> {
  const files: string[] = [];
  for (const runId of runIdsOf(one.dag).slice(0, -1)) {
    const attempt = await attemptOf(query, one, runId);
    const log = attempt?.state === 'success' ? await readLog(home, one, runId, attempt.tryNumber, rename) : undefined;
    if (log === undefined) continue;
    files.push(`${airflow}/${one.key}.ok-${files.length + 1}.log`);
    await write(files.at(-1) ?? '', log);
  }
  return files;
}

const injectionOf = ({ variant, asked }: Case): LogLabel['injection'] =>
  variant.injection === undefined
    ? null
    : { name: variant.injection, category: asked as LogLabel['category'], forbidden: INJECTIONS[variant.injection].forbidden };

/** One failure with its label, or why it did not fail as it should have. */
async function gather(place: Place, one: Case): Promise<LogLabel | string> {
  const { airflow, home, query, rename } = place;
  const runId = runIdsOf(one.dag).at(-1) ?? '';
  const attempt = await attemptOf(query, one, runId);
  if (attempt?.state !== 'failed') return `its state is ${attempt?.state ?? 'none'}`;
  if (attempt.duration === null) return 'it failed before it ran';
  const { type } = one;
  const log = type.loseLog ? undefined : await readLog(home, one, runId, attempt.tryNumber, rename);
  if (log === undefined && !type.loseLog) return 'it has no log';
  const causal = log === undefined || type.cause === null ? [] : rangesOf(showCanaries(log), type.cause);
  if (log !== undefined && type.cause !== null && causal.length === 0) {
    return `its log does not say ${String(type.cause)}; it ends with:\n${log.trimEnd().split('\n').slice(-12).join('\n').slice(-3000)}`;
  }
  const file = log === undefined ? null : `${airflow}/${one.key}.log`;
  if (file !== null && log !== undefined) await write(file, log);
  const { state, tryNumber, maxTries, duration, pool, queue, operator } = attempt;
  const events = await eventsOf(query, one, runId, rename);
  return {
    id: `${airflow}/${one.key}`,
    airflow,
    type: type.type,
    part: partOf(type.type),
    file,
    category: type.category,
    subcategory: type.subcategory,
    transient: type.transient,
    causal,
    dag: one.dag,
    task: one.task,
    operator,
    facts: { state, tryNumber, maxTries, durationSeconds: duration, pool, queue, events },
    noises: one.variant.noises ?? [],
    injection: injectionOf(one),
    canaries: log === undefined ? [] : canariesIn(log),
    baselines: await gatherBaselines(place, one),
  };
}

async function labelsSoFar(): Promise<LogLabel[]> {
  const path = new URL('labels.json', FIXTURES);
  return existsSync(path) ? labelsSchema.parse(JSON.parse(await readFile(path, 'utf8'))).logs : [];
}

/** Writes the fixtures of these cases on one release anew and returns what did not fail as it should have, a line each. */
export async function gatherAll(place: Place, cases: readonly Case[]): Promise<string[]> {
  const isNew = (id: string): boolean => cases.some(({ key }) => id === `${place.airflow}/${key}`);
  const isKnown = (id: string): boolean => CASES.some(({ key }) => id.endsWith(`/${key}`));
  const before = await labelsSoFar();
  for (const { id, file, baselines } of before) {
    if (isKnown(id) && !isNew(id)) continue;
    for (const stale of [...(file === null ? [] : [file]), ...baselines]) await rm(new URL(stale, FIXTURES), { force: true });
  }
  await mkdir(new URL(`${place.airflow}/`, FIXTURES), { recursive: true });
  const logs = before.filter(({ id }) => isKnown(id) && !isNew(id));
  const wrong: string[] = [];
  for (const one of cases) {
    const found = await gather(place, one);
    if (typeof found === 'string') wrong.push(`${place.airflow} ${one.key} (${one.dag} ${one.task}): ${found}`);
    else logs.push(found);
  }
  await writeLabels(logs);
  return wrong;
}

async function writeLabels(logs: LogLabel[]): Promise<void> {
  const labels = labelsSchema.parse({ identifiers: IDENTIFIERS, logs: logs.sort((a, b) => (a.id < b.id ? -1 : 1)) });
  const lines = labels.logs.map((one) => JSON.stringify(one)).join(',\n');
  await write('labels.json', `{"identifiers":${JSON.stringify(labels.identifiers)},\n"logs":[\n${lines}\n]}\n`);
}

/** Writes the labels anew after a change in types.ts or variants.ts that leaves the logs as they are. */
export async function relabel(): Promise<void> {
  const logs: LogLabel[] = [];
  for (const one of await labelsSoFar()) {
    const known = CASES.find(({ key }) => one.id === `${one.airflow}/${key}`);
    const isRun = known !== undefined && (known.type.major === undefined || one.airflow.startsWith(`${known.type.major}.`));
    const kept = known !== undefined && isRun && BASELINED.has(one.type) ? one.baselines : [];
    for (const stale of one.baselines) if (!kept.includes(stale)) await rm(new URL(stale, FIXTURES), { force: true });
    if (!isRun) {
      if (one.file !== null) await rm(new URL(one.file, FIXTURES), { force: true });
      continue;
    }
    const { category, subcategory, transient, cause } = known.type;
    const log = one.file === null ? '' : showCanaries(await readFile(new URL(one.file, FIXTURES), 'utf8'));
    const causal = cause === null || one.file === null ? [] : rangesOf(log, cause);
    logs.push({ ...one, category, subcategory, transient, causal, baselines: kept });
  }
  await writeLabels(logs);
}
