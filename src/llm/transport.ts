import type { Dispatcher } from 'undici';
import { systemClock } from '../lib/clock.ts';
import { errorText } from '../lib/errors.ts';
import { redact } from '../redact/redact.ts';
import { LlmError } from './provider.ts';
import { errorOfStatus } from './status.ts';

/** Answers are a few kB; what goes beyond is not one. */
const bodyLengthMax = 2_000_000;

export interface TransportOptions {
  /** What the server is called in errors. */
  who: string;
  model: string;
  /** What no error may show. */
  secrets: readonly string[];
  /** Sent with each request; they win over what the SDK sends. */
  headers?: Readonly<Record<string, string>>;
}

export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** Whether a host is this machine, which no proxy reaches. */
const isLoopback = (hostname: string): boolean => /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i.test(hostname);

const dispatchers: Partial<Record<'direct' | 'proxied', Dispatcher>> = {};

/** Proxies are those of the standard variables (HTTPS_PROXY, NO_PROXY). Our own deadline holds instead of undici's 300 s. */
async function load(url: URL) {
  // Only when there is something to ask: an idle Windsock stays small.
  const { Agent, EnvHttpProxyAgent, fetch } = await import('undici');
  const options = { headersTimeout: 0, bodyTimeout: 0, connect: { timeout: 10_000 }, keepAliveTimeout: 10_000 };
  const dispatcher = isLoopback(url.hostname)
    ? (dispatchers.direct ??= new Agent(options))
    : (dispatchers.proxied ??= new EnvHttpProxyAgent(options));
  return { fetch, dispatcher };
}

/**
 * The `fetch` that every SDK gets: it ends with `signal`, follows no redirect, reads the answer whole (a stream, too) up to 2 MB,
 * and throws an `LlmError` for whatever is no answer in JSON, before an SDK can print or wrap it.
 */
export function createFetch(options: TransportOptions, signal: AbortSignal): Fetch {
  return async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const headers = new Headers(init.headers);
    for (const [name, value] of Object.entries(options.headers ?? {})) headers.set(name, value);
    const body = typeof init.body === 'string' ? { body: init.body } : {};
    const request = { method: init.method ?? 'GET', headers: Object.fromEntries(headers), ...body };
    const {
      status,
      headers: answered,
      text,
    } = await exchange(url, request, signal).catch((error: unknown) => {
      throw brokenBy(error, options.who, signal);
    });
    if (status < 200 || status > 299)
      throw errorOfStatus(options, { status, headers: answered, body: text, now: systemClock.now() });
    if (!isJson(text)) throw new LlmError('bad_answer', `${options.who} answered ${status} with no JSON; is its base_url right?`);
    return new Response(text, { status, headers: { 'content-type': answered.get('content-type') ?? 'application/json' } });
  };
}

/** One JSON value, or one a line, as Ollama streams. */
const isJson = (text: string): boolean => parses(text) || text.split('\n').every((line) => line.trim() === '' || parses(line));

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

async function exchange(
  url: URL,
  request: { method: string; headers: Record<string, string>; body?: string },
  signal: AbortSignal,
): Promise<{ status: number; headers: Headers; text: string }> {
  const { fetch, dispatcher } = await load(url);
  const response = await fetch(url, { ...request, dispatcher, signal, redirect: 'manual' });
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > bodyLengthMax) throw new LlmError('bad_answer', 'the answer is longer than any should be');
  }
  return { status: response.status, headers: new Headers([...response.headers]), text: text + decoder.decode() };
}

/** The deadline or the end that `signal` tells of, or that there was no connection, or that it broke. */
function brokenBy(error: unknown, who: string, signal: AbortSignal): LlmError {
  if (signal.aborted && signal.reason instanceof LlmError) return signal.reason;
  if (error instanceof LlmError) return error;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return new LlmError('network', `${who} does not answer: ${redact(errorText(cause))}`);
}
