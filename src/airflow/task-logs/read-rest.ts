import { z } from 'zod';
import { errorText } from '../../lib/errors.ts';
import { capLines } from './cap-lines.ts';
import { createSourceSieve } from './log-sources.ts';
import { textsOfRepr } from './python-repr.ts';
import { textOf, type RestAccess } from './rest-access.ts';
import { splitLines } from './split-lines.ts';
import { logCaps, missing, notice, type LogTry, type Missing, type TaskLog } from './task-log.ts';

/** An answer in JSON is held in memory as a whole. */
const jsonLengthMax = 32_000_000;
/** No log goes on over more answers than these. */
const pagesMax = 100;
/** So many lines that only tell where Airflow looked are held back, to see whether anything follows. */
const sourceLinesMax = 500;
const json = 'application/json';
const pageSchema = z.object({ content: z.unknown(), continuation_token: z.string().nullish() });

/** The log of a try as Airflow's REST API gives it: the lines of its text (2.x), or one JSON object a line (3.x). */
export async function readRestLog(access: RestAccess, of: LogTry, signal: AbortSignal): Promise<TaskLog> {
  if ([of.dagId, of.runId, of.taskId].some((id) => id === '.' || id === '..' || id === ''))
    return missing('refused', 'the ids of this try lead elsewhere in the API; nothing was asked');
  const [dag, run, task] = [of.dagId, of.runId, of.taskId].map(encodeURIComponent);
  const path = `dags/${dag}/dagRuns/${run}/taskInstances/${task}/logs/${of.tryNumber}?map_index=${of.mapIndex}&full_content=true`;
  const answer = await ask(access, path, signal);
  if ('found' in answer) return answer;
  const reading: Reading = { access, path, signal, broke: undefined };
  const isJson = (answer.headers.get('content-type') ?? '').startsWith(json);
  const lines = unbroken(isJson ? linesOfPages(answer, reading) : splitLines(bodyOf(answer)), reading);
  return afterSources(lines, reading);
}

interface Reading {
  access: RestAccess;
  path: string;
  signal: AbortSignal;
  /** What ended the log before its end. */
  broke: Missing | undefined;
}

const accepts = { 2: ['text/plain'], 3: ['application/x-ndjson', json] } as const;

async function ask(access: RestAccess, path: string, signal: AbortSignal): Promise<Response | Missing> {
  const kinds = accepts[access.major];
  for (const [index, kind] of kinds.entries()) {
    const answer = await access.get(path, kind, signal);
    if ('found' in answer || answer.ok) return answer;
    // 3.0 knows no NDJSON.
    if (answer.status === 406 && index < kinds.length - 1) await answer.body?.cancel();
    else return refusal(answer, access.place);
  }
  return missing('unsupported', `Airflow's API at ${access.place} gives logs in no format that Windsock knows`);
}

async function refusal(answer: Response, place: string): Promise<Missing> {
  const said = await detailOf(answer);
  const { status } = answer;
  const who = `Airflow's API at ${place}`;
  if (status === 404) return missing('not_there', `${who} knows no log of this try (404${said})`);
  if (status === 401 || status === 403) {
    const help = 'airflow.logs.rest needs a user who may read task logs; Airflow 2 also needs basic_auth in its auth_backends';
    return missing('refused', `${who} refuses us (${status}${said}); ${help}`);
  }
  if (status >= 300 && status < 400)
    return missing(
      'unreachable',
      `${who} redirects (${status}) to ${answer.headers.get('location') ?? 'elsewhere'}; give the final address as airflow.logs.rest.url`,
    );
  return missing('unreachable', `${who} cannot give the log now (${status}${said})`);
}

/** What the answer says of what went wrong (both APIs: `detail` or `title`), in few words. */
async function detailOf(answer: Response): Promise<string> {
  const text = await textOf(answer, 100_000).catch(() => '');
  const found = /"(?:detail|title)"\s*:\s*"([^"\\]{1,200})/.exec(text)?.[1];
  return found === undefined ? '' : `: ${found}`;
}

async function* bodyOf(answer: Response): AsyncGenerator<Uint8Array> {
  for await (const chunk of answer.body ?? []) yield chunk;
}

/** The messages of an answer in JSON and of those that continue it, as long as there is something new in them. */
async function* linesOfPages(first: Response, { access, path, signal }: Reading): AsyncGenerator<string> {
  let answer = first;
  const seen = new Set<string>();
  for (let page = 1; ; page += 1) {
    const { content, continuation_token: token } = pageSchema.parse(JSON.parse(await textOf(answer, jsonLengthMax)));
    const lines = linesOfContent(content);
    yield* lines;
    // Airflow 2 gives a token after the end, too, and a bad server the same for ever.
    if (token === undefined || token === null || lines.length === 0 || seen.has(token)) return;
    if (page === pagesMax) {
      yield notice(`this log goes on for more than ${pagesMax} answers of Airflow's API; the rest is left out`);
      return;
    }
    seen.add(token);
    const next = await access.get(`${path}&token=${encodeURIComponent(token)}`, json, signal);
    if ('found' in next) throw new Error(next.reason);
    if (!next.ok) throw new Error((await refusal(next, access.place)).reason);
    answer = next;
  }
}

function linesOfContent(content: unknown): string[] {
  if (typeof content === 'string') return textsOfRepr(content).flatMap((text) => (text === '' ? [] : text.split('\n')));
  if (!Array.isArray(content)) return [];
  return content.flatMap((each: unknown) => (typeof each === 'string' ? each.split('\n') : [JSON.stringify(each)]));
}

/** The lines until they end or break: then the last one says so. */
async function* unbroken(lines: AsyncIterable<string>, reading: Reading): AsyncGenerator<string> {
  try {
    yield* lines;
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const { place } = reading.access;
    reading.broke = reading.signal.aborted
      ? missing('late', `the log did not come from Airflow's API at ${place} in time`)
      : missing('unreachable', `the answer of Airflow's API at ${place} broke off: ${errorText(cause)}`);
    yield notice(reading.broke.reason);
  }
}

/** The log, unless it holds nothing but where Airflow looked for it: then it is missing, for the reason that Airflow gives. */
async function afterSources(lines: AsyncGenerator<string>, reading: Reading): Promise<TaskLog> {
  const held: string[] = [];
  const sieve = createSourceSieve();
  for (let next = await lines.next(); next.done !== true; next = await lines.next()) {
    held.push(next.value);
    if (!sieve.isAboutSource(next.value) || held.length >= sourceLinesMax)
      return { found: true, place: `Airflow's API at ${reading.access.place}`, lines: capLines(joined(held, lines), logCaps) };
  }
  if (reading.broke !== undefined) return reading.broke;
  const said = sieve.said().slice(0, 400);
  return missing('not_there', `Airflow has no log of this try${said === '' ? '' : `: ${said}`}`);
}

async function* joined(held: readonly string[], lines: AsyncGenerator<string>): AsyncGenerator<string> {
  try {
    yield* held;
    yield* lines;
  } finally {
    await lines.return(undefined);
  }
}
