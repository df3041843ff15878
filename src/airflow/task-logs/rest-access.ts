import { errorText } from '../../lib/errors.ts';
import { missing, type Missing } from './task-log.ts';

export interface RestSettings {
  /** Where Airflow's web server (2.x) or API server (3.x) answers. */
  url: string;
  username?: string | undefined;
  password?: string | undefined;
  token?: string | undefined;
}

/** Airflow's REST API, asked as somebody. */
export interface RestAccess {
  major: 2 | 3;
  /** Host and port, for people. */
  place: string;
  /** The answer to a GET below the API's root, or why there is none that is of use. Its body is the caller's to read or to cancel. */
  get(path: string, accept: string, signal: AbortSignal): Promise<Response | Missing>;
}

const tokenLengthMax = 20_000;

/** Access to the REST API: 2.x with basic auth or a bearer token, 3.x with a token that name and password fetch, kept until it is refused. */
export function connectRest({ url, username, password, token }: RestSettings, major: 2 | 3): RestAccess {
  const base = new URL(url);
  if (!base.pathname.endsWith('/')) base.pathname += '/';
  const place = base.host;
  const basic = (): string => `Basic ${Buffer.from(`${username ?? ''}:${password ?? ''}`).toString('base64')}`;
  let fetched: string | undefined;

  async function ask(path: string, init: RequestInit): Promise<Response | Missing> {
    try {
      // A redirect is not followed: what we are known by goes where the configuration says.
      return await fetch(new URL(path, base), { ...init, redirect: 'manual' });
    } catch (error) {
      if (init.signal?.aborted === true) return missing('late', `Airflow's API at ${place} did not answer in time`);
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      return missing('unreachable', `Airflow's API at ${place} does not answer: ${errorText(cause)}`);
    }
  }

  /** What 3.x knows us by: without name and password, what an Airflow without users gives everybody. */
  async function login(signal: AbortSignal): Promise<string | Missing | undefined> {
    const headers = { 'content-type': 'application/json', accept: 'application/json' };
    const body = JSON.stringify({ username, password });
    const answer = await ask(
      'auth/token',
      username === undefined ? { headers, signal } : { method: 'POST', headers, body, signal },
    );
    if ('found' in answer) return answer;
    const text = await textOf(answer, tokenLengthMax).catch(() => '');
    const given = /"access_token"\s*:\s*"([^"\\\s]+)"/.exec(text)?.[1];
    if (answer.ok && given !== undefined) return given;
    if (username === undefined) return undefined;
    if (answer.status === 401 || answer.status === 403)
      return missing('refused', `Airflow's API at ${place} refuses airflow.logs.rest.username and password (${answer.status})`);
    return missing(
      'unreachable',
      `Airflow's API at ${place} gives no token at /auth/token (${answer.status}); with another auth manager set airflow.logs.rest.token`,
    );
  }

  async function authorization(signal: AbortSignal): Promise<string | Missing | undefined> {
    if (token !== undefined) return `Bearer ${token}`;
    if (major === 2) return username === undefined ? undefined : basic();
    if (fetched !== undefined) return `Bearer ${fetched}`;
    const given = await login(signal);
    if (typeof given !== 'string') return given;
    fetched = given;
    return `Bearer ${given}`;
  }

  async function once(path: string, accept: string, signal: AbortSignal): Promise<Response | Missing> {
    const known = await authorization(signal);
    if (typeof known === 'object') return known;
    return ask(`api/v${major === 2 ? 1 : 2}/${path}`, {
      headers: { accept, ...(known === undefined ? {} : { authorization: known }) },
      signal,
    });
  }

  return {
    major,
    place,
    async get(path, accept, signal) {
      const answer = await once(path, accept, signal);
      if ('found' in answer || answer.status !== 401 || fetched === undefined) return answer;
      // The token has expired, or the API server has another key since a restart.
      await answer.body?.cancel();
      fetched = undefined;
      return once(path, accept, signal);
    },
  };
}

/** The text of an answer of so many characters at most. Throws a RangeError for a longer one. */
export async function textOf(answer: Response, lengthMax: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of answer.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > lengthMax) throw new RangeError(`the answer is longer than ${Math.round(lengthMax / 1_000_000)} MB`);
  }
  return text + decoder.decode();
}
