import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import type { Agent } from 'undici';
import { z } from 'zod';
import { AppError, errorText } from '../lib/errors.ts';
import { redact } from '../redact/redact.ts';
import type { AlertmanagerConfig } from './config.ts';
import type { Posting } from './plan.ts';

/**
 * refused: this very request is at fault, and the same again would be too. failed: it answered that it cannot now, and
 * unreachable: it does not answer; the next round is the retry.
 */
export type Answer = { ok: true } | { ok: false; why: 'refused' | 'failed' | 'unreachable'; reason: string };

const alertState = z.object({
  labels: z.record(z.string(), z.string()),
  status: z.object({
    state: z.string(),
    silencedBy: z.array(z.string()).default([]),
    inhibitedBy: z.array(z.string()).default([]),
  }),
});
const silenceStart = z.object({ startsAt: z.coerce.date() });
/** How Alertmanager has an alert. */
export type AlertState = z.output<typeof alertState>;

export interface Silence {
  /** The one to prolong; undefined makes a new one. */
  id?: string;
  matchers: Readonly<Record<string, string>>;
  startsAt: Date;
  endsAt: Date;
  comment: string;
}

/** One member of an Alertmanager cluster. `post` never throws, nor `close`; the others throw UNAVAILABLE. */
export interface Member {
  /** Its URL without credentials: the name in metrics and rows. */
  name: string;
  post(postings: readonly Posting[], signal: AbortSignal): Promise<Answer>;
  setSilence(silence: Silence, signal: AbortSignal): Promise<string>;
  /** Ends a silence; one that is gone already is no error. */
  endSilence(id: string, signal: AbortSignal): Promise<void>;
  readStates(airflow: string, signal: AbortSignal): Promise<AlertState[]>;
  close(): Promise<void>;
}

/** The members that the configuration names. Throws CONFIG when the CA file cannot be read. */
export function connectMembers(config: AlertmanagerConfig): Member[] {
  if (config.urls.length === 0) return [];
  const pool = connectionsBy(config.ca_file === undefined ? undefined : [...rootCertificates, readCa(config.ca_file)]);
  return config.urls.map((url) => connectMember(url, config, pool));
}

/** The states of thousands of alerts, with what they say. */
const answerMax = 64 * 1024 * 1024;

/** What members are reached by; one pool for all of them. */
interface Connections {
  open(): Promise<{ fetch: typeof import('undici').fetch; dispatcher: Agent }>;
  close(): Promise<void>;
}

function connectionsBy(ca: string[] | undefined): Connections {
  let dispatcher: Agent | undefined;
  return {
    async open() {
      // Only where there is a member to reach: a Windsock without one stays small.
      const { Agent, fetch } = await import('undici');
      dispatcher ??= new Agent({ maxResponseSize: answerMax, ...(ca === undefined ? {} : { connect: { ca } }) });
      return { fetch, dispatcher };
    },
    async close() {
      await dispatcher?.close().catch(() => undefined);
    },
  };
}

function readCa(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new AppError('CONFIG', `notify.alertmanager.ca_file cannot be read: ${errorText(error)}`, { cause: error });
  }
}

/** What is no rightly escaped text is meant as it stands. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function connectMember(url: string, config: AlertmanagerConfig, connections: Connections): Member {
  const base = new URL(url);
  const user = config.username ?? decoded(base.username);
  const password = config.password ?? decoded(base.password);
  [base.username, base.password, base.search, base.hash] = ['', '', '', ''];
  if (!base.pathname.endsWith('/')) base.pathname += '/';
  const named = Object.entries(config.headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  const headers: Record<string, string> = { ...Object.fromEntries(named), 'content-type': 'application/json' };
  if (config.bearer_token !== undefined) headers['authorization'] = `Bearer ${config.bearer_token}`;
  else if (user !== '') headers['authorization'] = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

  async function request(method: string, path: string, signal: AbortSignal, body?: unknown) {
    const { fetch, dispatcher } = await connections.open();
    const response = await fetch(new URL(path, base), {
      method,
      headers,
      dispatcher,
      signal: AbortSignal.any([signal, AbortSignal.timeout(config.timeout)]),
      redirect: 'error',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, text: await response.text() };
  }

  async function must(
    method: string,
    path: string,
    signal: AbortSignal,
    { body, alsoFine = [] }: { body?: unknown; alsoFine?: readonly number[] } = {},
  ): Promise<string> {
    const { status, text } = await request(method, path, signal, body).catch((error: unknown) => {
      throw new AppError('UNAVAILABLE', `Alertmanager ${base.host} does not answer: ${reasonOf(error)}`, { cause: error });
    });
    if ((status < 200 || status > 299) && !alsoFine.includes(status))
      throw new AppError(
        'UNAVAILABLE',
        `Alertmanager ${base.host} answered ${status} to ${method} ${path.split('?')[0]}: ${short(text)}`,
      );
    return text;
  }

  return {
    name: base.href.replace(/\/$/, ''),
    async post(postings, signal) {
      try {
        const { status, text } = await request('POST', 'api/v2/alerts', signal, postings.map(bodyOf));
        if (status >= 200 && status <= 299) return { ok: true };
        return { ok: false, why: isRefusal(status) ? 'refused' : 'failed', reason: `answered ${status}: ${short(text)}` };
      } catch (error) {
        return { ok: false, why: 'unreachable', reason: reasonOf(error) };
      }
    },
    async setSilence({ id, matchers, startsAt: wanted, endsAt, comment }, signal) {
      // Prolonged is only what keeps its beginning; else Alertmanager ends it and makes a new one.
      const startsAt =
        id === undefined
          ? wanted
          : silenceStart.parse(JSON.parse(await must('GET', `api/v2/silence/${encodeURIComponent(id)}`, signal))).startsAt;
      const body = {
        ...(id === undefined ? {} : { id }),
        matchers: Object.entries(matchers).map(([name, value]) => ({ name, value, isRegex: false, isEqual: true })),
        startsAt: startsAt.toISOString(),
        endsAt: endsAt.toISOString(),
        createdBy: 'windsock',
        comment,
      };
      return z.object({ silenceID: z.string() }).parse(JSON.parse(await must('POST', 'api/v2/silences', signal, { body })))
        .silenceID;
    },
    async endSilence(id, signal) {
      // One that it does not know: 404, and 500 before 0.26.
      await must('DELETE', `api/v2/silence/${encodeURIComponent(id)}`, signal, { alsoFine: [404, 500] });
    },
    async readStates(airflow, signal) {
      const filter = new URLSearchParams([
        ['filter', 'source="windsock"'],
        ['filter', `airflow=${JSON.stringify(airflow)}`],
      ]);
      return z.array(alertState).parse(JSON.parse(await must('GET', `api/v2/alerts?${filter.toString()}`, signal)));
    },
    close: () => connections.close(),
  };
}

/** 4xx is our fault, but for those that tell of a proxy, of rights or of load. */
const isRefusal = (status: number): boolean =>
  status >= 400 && status < 500 && ![401, 403, 404, 407, 408, 425, 429].includes(status);

const bodyOf = ({ labels, annotations, generatorURL, startsAt, endsAt }: Posting) => ({
  labels,
  annotations,
  generatorURL,
  startsAt: startsAt.toISOString(),
  endsAt: endsAt.toISOString(),
});

const short = (text: string): string => redact(text.replaceAll(/\s+/g, ' ').slice(0, 200));

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return redact(errorText(cause));
}

/**
 * Posts in batches; a batch that is refused is halved until the bad alert stands alone, so that it takes no other along.
 * Gives what was accepted and what was refused for good; what met a dead member is in neither.
 */
export async function postAll(
  member: Pick<Member, 'post'>,
  postings: readonly Posting[],
  batch: number,
  signal: AbortSignal,
): Promise<{ accepted: Posting[]; rejected: { posting: Posting; reason: string }[]; failure: string | null }> {
  const accepted: Posting[] = [];
  const rejected: { posting: Posting; reason: string }[] = [];
  const queue: Posting[][] = [];
  let failure: string | null = null;
  for (let from = 0; from < postings.length; from += batch) queue.push(postings.slice(from, from + batch));
  for (let part = queue.shift(); part !== undefined; part = queue.shift()) {
    const answer = await member.post(part, signal);
    if (answer.ok) accepted.push(...part);
    else if (answer.why === 'unreachable') return { accepted, rejected, failure: answer.reason };
    // One batch that it cannot take now holds up no other.
    else if (answer.why === 'failed') failure = answer.reason;
    else if (part.length === 1) rejected.push(...part.map((posting) => ({ posting, reason: answer.reason })));
    else {
      const middle = Math.ceil(part.length / 2);
      queue.unshift(part.slice(0, middle), part.slice(middle));
    }
  }
  return { accepted, rejected, failure };
}
