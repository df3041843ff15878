import type { WebClient } from '@slack/web-api';
import { z } from 'zod';
import { errorText } from '../../lib/errors.ts';
import { redact } from '../../redact/redact.ts';
import { failureOf, type SlackAnswer, type SlackFailure } from './answer.ts';
import type { SlackMessage } from './message.ts';

/** Where a message stands. */
export interface Place {
  channel: string;
  ts: string;
}

export interface NewMessage {
  channel: string;
  /** The message whose thread it belongs to; null: it stands by itself. */
  thread: string | null;
  /** Shows an answer in a thread in the channel, too. */
  broadcast: boolean;
  message: SlackMessage;
  /** By what it is found again: the deployment's, and what it is. */
  mark: Mark;
}

export interface Mark {
  airflow: string;
  key: string;
}

/** Slack's Web API as far as we use it. Nothing here throws. */
export interface SlackClient {
  post(message: NewMessage): Promise<SlackAnswer<Place>>;
  edit(place: Place, message: SlackMessage, mark: Mark): Promise<SlackAnswer<null>>;
  remove(place: Place): Promise<SlackAnswer<null>>;
  /** Looks for a message that may have been posted after `since`; null: it is not there. */
  find(where: { channel: string; thread: string | null; since: Date }, mark: Mark): Promise<SlackAnswer<Place | null>>;
  /** Who the token is, and what it may do; no scopes: Slack does not say. */
  whoAmI(): Promise<SlackAnswer<{ team: string; user: string; scopes: string[] }>>;
}

const eventType = 'windsock_incident';
/** A page has 200 messages: five are more than a channel takes in a quarter of an hour. */
const pagesMax = 5;

const posted = z.object({ channel: z.string(), ts: z.string() });
const identity = z
  .object({
    team: z.string(),
    user: z.string(),
    response_metadata: z.object({ scopes: z.array(z.string()).optional() }).optional(),
  })
  .transform(({ team, user, response_metadata: more }) => ({ team, user, scopes: more?.scopes ?? [] }));
const history = z.object({
  messages: z.array(
    z.object({
      ts: z.string(),
      metadata: z
        .object({ event_type: z.string(), event_payload: z.record(z.string(), z.unknown()) })
        .optional()
        .catch(undefined),
    }),
  ),
  has_more: z.boolean().default(false),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
});

/** It says nothing: what it would say stands in the answer, and its debug lines hold what was sent. */
const silent = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  setName() {},
};

/** The client of one workspace. The SDK is loaded when it is first used; its own repeats are off, ours know what was said before. */
export function connectSlack({ token, apiUrl, timeoutMs }: { token: string; apiUrl: string; timeoutMs: number }): SlackClient {
  let opened: Promise<WebClient> | undefined;
  const open = async (): Promise<WebClient> => {
    const { LogLevel, WebClient: Client } = await import('@slack/web-api');
    return new Client(token, {
      slackApiUrl: apiUrl.endsWith('/') ? apiUrl : `${apiUrl}/`,
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      timeout: timeoutMs,
      allowAbsoluteUrls: false,
      logger: { ...silent, getLevel: () => LogLevel.ERROR },
    });
  };

  async function call<Value>(
    method: string,
    args: Record<string, unknown>,
    schema: z.ZodType<Value>,
  ): Promise<SlackAnswer<Value>> {
    try {
      opened ??= open();
      const answer = schema.safeParse(await (await opened).apiCall(method, args));
      if (answer.success) return { ok: true, value: answer.data };
      return { ok: false, why: 'failed', reason: `${method} was answered by something else than Slack`, inDoubt: true };
    } catch (error) {
      return { ok: false, ...(await failureOfThrown(error)) };
    }
  }

  const metadata = ({ airflow, key }: Mark) => ({ event_type: eventType, event_payload: { airflow, key } });
  const content = ({ text, blocks }: SlackMessage) => ({ text, blocks });
  return {
    post: ({ channel, thread, broadcast, message, mark }) =>
      call(
        'chat.postMessage',
        {
          channel,
          ...content(message),
          ...(thread === null ? {} : { thread_ts: thread, reply_broadcast: broadcast }),
          metadata: metadata(mark),
          unfurl_links: false,
          unfurl_media: false,
        },
        posted,
      ),
    edit: (place, message, mark) =>
      call(
        'chat.update',
        { ...place, ...content(message), metadata: metadata(mark) },
        z.unknown().transform(() => null),
      ),
    remove: (place) =>
      call(
        'chat.delete',
        { ...place },
        z.unknown().transform(() => null),
      ),
    async find({ channel, thread, since }, { airflow, key }) {
      const [method, of] = thread === null ? ['conversations.history', {}] : ['conversations.replies', { ts: thread }];
      let cursor: string | undefined;
      for (let page = 0; page < pagesMax; page += 1) {
        const args = { channel, ...of, oldest: String(since.getTime() / 1000), limit: 200, include_all_metadata: true };
        const answer = await call(method, cursor === undefined ? args : { ...args, cursor }, history);
        if (!answer.ok) return answer;
        const found = answer.value.messages.find(
          ({ metadata: mark }) =>
            mark?.event_type === eventType && mark.event_payload['airflow'] === airflow && mark.event_payload['key'] === key,
        );
        if (found !== undefined) return { ok: true, value: { channel, ts: found.ts } };
        cursor = answer.value.response_metadata?.next_cursor;
        if (!answer.value.has_more || cursor === undefined || cursor === '') break;
      }
      return { ok: true, value: null };
    },
    whoAmI: () => call('auth.test', {}, identity),
  };
}

/** Nothing was sent yet when one of these is met. */
const beforeSending = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
  'ENETUNREACH',
  'EHOSTUNREACH',
]);

async function failureOfThrown(error: unknown): Promise<SlackFailure> {
  const slack = await import('@slack/web-api');
  if (error instanceof slack.WebAPIPlatformError) {
    const { error: name, response_metadata: more } = error.data;
    const failure = failureOf(name);
    const detail = more?.messages?.[0];
    return detail === undefined ? failure : { ...failure, reason: redact(`${name}: ${detail.slice(0, 200)}`) };
  }
  if (error instanceof slack.WebAPIRateLimitedError)
    return { why: 'limited', reason: 'ratelimited', waitMs: Math.max(1, error.retryAfter) * 1000 };
  if (error instanceof slack.WebAPIHTTPError) return { why: 'failed', reason: `answered ${error.statusCode}`, inDoubt: true };
  if (error instanceof Error && error.message.startsWith('Retry header')) return failureOf('ratelimited');
  const cause = causeOf(error instanceof slack.WebAPIRequestError ? error.original : error);
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return { why: 'down', reason: redact(errorText(cause)), inDoubt: !beforeSending.has(code) };
}

/** fetch says only that it failed; why, it says below. */
function causeOf(error: unknown): unknown {
  if (error instanceof AggregateError && error.errors.length > 0) return causeOf(error.errors[0]);
  return error instanceof Error && error.cause instanceof Error ? causeOf(error.cause) : error;
}
