import { redact } from '../redact/redact.ts';
import { LlmError, type LlmErrorKind } from './provider.ts';

/** An account without money left answers 429 as well: then waiting a second is no use. */
const quotaWaitMs = 15 * 60_000;
const waitMsMax = 24 * 3_600_000;

/** What an HTTP status says, by the documentation of the four APIs; `message` is the server's, since some say it only there. */
export function kindOfStatus(status: number, message: string): LlmErrorKind {
  // Gemini answers 400 to a key that it does not know.
  if (status === 400 && /api key not valid|API_KEY_INVALID|api key expired/i.test(message)) return 'auth';
  if (status === 401 || status === 402 || status === 403 || status === 407) return 'auth';
  if (status === 404 || status === 410) return 'missing';
  if (status === 408) return 'timeout';
  if (status === 429) return 'rate';
  // A redirect is not followed: keys and prompts go where the configuration says.
  if (status < 400) return 'missing';
  return status >= 500 ? 'overloaded' : 'bad_request';
}

/** `Retry-After` (seconds, or a date) or `retry-after-ms` as ms from `now`; undefined when there is none that can be used. */
export function retryAfterMs(headers: Headers, now: Date): number | undefined {
  const exact = Number(headers.get('retry-after-ms') ?? NaN);
  const text = headers.get('retry-after')?.trim() ?? '';
  const date = /^[a-z]{3}/i.test(text) ? Date.parse(text) - now.getTime() : NaN;
  const ms = Number.isFinite(exact) ? exact : /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : date;
  return Number.isFinite(ms) ? Math.min(Math.max(0, Math.ceil(ms)), waitMsMax) : undefined;
}

/** The sentence in the body of an error, in the shapes that servers use; never more than 200 characters, on one line. */
export function messageIn(body: string): string {
  const text = sentenceIn(parsed(body)) ?? (/^\s*(?:<|$)/.test(body) ? '' : body);
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function sentenceIn(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  // Gemini's own servers put their error into a list when they stream.
  if (Array.isArray(value)) return sentenceIn(value[0]);
  if (typeof value !== 'object' || value === null) return undefined;
  for (const key of ['error', 'message', 'detail']) {
    const found = sentenceIn(Object.entries(value).find(([name]) => name === key)?.[1]);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What `who` answered with a status of failure, as an error that says what to do; secrets and keys are taken out. */
export function errorOfStatus(
  { who, model, secrets }: { who: string; model: string; secrets: readonly string[] },
  { status, headers, body, now }: { status: number; headers: Headers; body: string; now: Date },
): LlmError {
  const kind = kindOfStatus(status, body);
  const said = redact(secrets.reduce((text, secret) => (secret === '' ? text : text.replaceAll(secret, '')), messageIn(body)));
  // 401 is answered with what was sent, in part: enough is said without.
  const tail = said === '' || status === 401 ? '' : `: ${said}`;
  const exhausted = kind === 'rate' && /insufficient_quota|exceeded your current quota/i.test(body);
  const wait = retryAfterMs(headers, now) ?? (exhausted ? quotaWaitMs : undefined);
  const location = status < 400 ? (headers.get('location') ?? '') : '';
  return new LlmError(kind, `${sentenceFor(kind, { who, model, status, location })}${tail}`, { status, retryAfterMs: wait });
}

function sentenceFor(
  kind: LlmErrorKind,
  { who, model, status, location }: { who: string; model: string; status: number; location: string },
): string {
  switch (kind) {
    case 'auth':
      return `${who} refuses us (${status}); check its api_key, and what the account may do`;
    case 'missing':
      return status < 400
        ? `${who} redirects${location === '' ? '' : ` to ${redact(location.slice(0, 200))}`}; give the final address as its base_url`
        : `${who} has no model ${model}, or its base_url is wrong (${status})`;
    case 'rate':
      return `${who} takes no more requests for now (429)`;
    case 'overloaded':
    case 'network':
    case 'timeout':
    case 'bad_answer':
    case 'aborted':
      return `${who} cannot answer now (${status})`;
    case 'bad_request':
      return `${who} refuses the request (${status})`;
  }
}
