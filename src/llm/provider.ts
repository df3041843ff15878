import { AppError, type ErrorCode } from '../lib/errors.ts';

export interface Message {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

/** A JSON schema as it is sent: one object, every property required, `additionalProperties: false`, no min, max or pattern. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export interface LlmRequest {
  messages: readonly Message[];
  schema: JsonSchema;
  /** Of the answer; what a model thinks beforehand does not count where the provider can tell. */
  maxTokens: number;
  signal: AbortSignal;
}

export interface Usage {
  inputTokens: number;
  outputTokens: number;
}

/** Why a model stopped: length is an answer that was cut, refusal one that it or its provider would not give. */
export type Finish = 'stop' | 'length' | 'refusal' | 'unknown';

export interface Answer {
  /** As the model wrote it, unchecked. */
  text: string;
  /** Null where the server does not say. */
  usage: Usage | null;
  /** As the server names it. */
  model: string;
  finish: Finish;
}

/** Asks one model once. Throws `LlmError` and nothing else. */
export type Provider = (request: LlmRequest) => Promise<Answer>;

/**
 * auth: the key, its rights or the account. missing: no such model, or no such path. rate: too many requests. overloaded: 5xx.
 * network: no connection, or it broke. timeout: our deadline, or 408. bad_request: this very request. bad_answer: not the wire
 * format. aborted: whoever asked gave up.
 */
export type LlmErrorKind =
  | 'auth'
  | 'missing'
  | 'rate'
  | 'overloaded'
  | 'network'
  | 'timeout'
  | 'bad_request'
  | 'bad_answer'
  | 'aborted';

const codes: Record<LlmErrorKind, ErrorCode> = {
  auth: 'DENIED',
  missing: 'CONFIG',
  rate: 'UNAVAILABLE',
  overloaded: 'UNAVAILABLE',
  network: 'UNAVAILABLE',
  timeout: 'UNAVAILABLE',
  bad_request: 'INVALID',
  bad_answer: 'UNAVAILABLE',
  aborted: 'UNAVAILABLE',
};

/** What went wrong with a call; the message holds no key and no prompt. */
export class LlmError extends AppError {
  readonly kind: LlmErrorKind;
  /** What the server asked us to wait, in ms. */
  readonly retryAfterMs: number | undefined;
  /** HTTP status, if there was an answer. */
  readonly status: number | undefined;
  constructor(kind: LlmErrorKind, message: string, facts: { retryAfterMs?: number | undefined; status?: number } = {}) {
    // No `cause`: what an SDK throws may hold the request, and with it the key and the prompt.
    super(codes[kind], message);
    this.name = 'LlmError';
    this.kind = kind;
    this.retryAfterMs = facts.retryAfterMs;
    this.status = facts.status;
  }
}

/** The `LlmError` in what an SDK threw: ours, which it may have wrapped, or that it could not read what the server said. */
export function llmErrorOf(error: unknown, who: string): LlmError {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 6; at = at.cause, depth += 1) {
    if (at instanceof LlmError) return at;
  }
  return new LlmError('bad_answer', `${who} answered what it should not: ${error instanceof Error ? error.name : typeof error}`);
}
