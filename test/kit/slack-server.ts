import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { Hono, type Context } from 'hono';
import { refusalOf } from './slack-limits.ts';

type Args = Record<string, string>;
type Answer = { ok: boolean; error?: string; [field: string]: unknown };

/** One call of the API, as it came and as it was answered; `answer` is null while it hangs, or when the connection was dropped. */
export interface SlackCall {
  at: number;
  method: string;
  args: Args;
  status: number | null;
  answer: Answer | null;
}

/** A message as it stands in its channel now. */
export interface ShownMessage {
  channel: string;
  ts: string;
  threadTs: string | null;
  broadcast: boolean;
  text: string;
  blocks: Record<string, unknown>[];
  metadata: { event_type: string; event_payload: Record<string, unknown> } | null;
  /** How often it was edited. */
  edits: number;
}

/** How a call goes, where it does not go as documented. */
export type Mishap =
  | { kind: 'hang' }
  /** It is carried out, and answered, this much later, whether somebody still waits or not. */
  | { kind: 'slow'; ms: number }
  /** The connection breaks before the answer; `taken`: after the call was carried out. */
  | { kind: 'drop'; taken: boolean }
  | { kind: 'error'; error: string }
  | { kind: 'status'; status: number; retryAfter?: number };

export interface SlackChannel {
  archived: boolean;
  member: boolean;
}

export interface SlackServerOptions {
  token?: string;
  channels?: Record<string, Partial<SlackChannel>>;
  /** Slack takes one message per second and channel. */
  postEveryMs?: number;
  updatesPerMinute?: number;
}

const scopesOf: Record<string, string> = {
  'chat.postMessage': 'chat:write',
  'chat.update': 'chat:write',
  'chat.delete': 'chat:write',
  'conversations.history': 'channels:history',
  'conversations.replies': 'channels:history',
};

/**
 * A Slack on loopback: the methods that Windsock calls, with the limits and errors that Slack documents. What it is told stays when it goes
 * down and comes back.
 */
export async function startSlackServer(options: SlackServerOptions = {}) {
  const { postEveryMs = 1000, updatesPerMinute = 50 } = options;
  const state = {
    token: options.token ?? 'xoxb-test-token',
    /** Set to `token_revoked` or `invalid_auth`: nobody gets in. */
    locked: null as string | null,
    scopes: new Set(['chat:write', 'channels:history']),
    channels: new Map(
      Object.entries(options.channels ?? { C0000000001: {} }).map(([id, given]) => [
        id,
        { archived: false, member: true, ...given },
      ]),
    ),
    mishap: (_call: Pick<SlackCall, 'method' | 'args'>): Mishap | null => null,
  };
  const calls: SlackCall[] = [];
  const messages: ShownMessage[] = [];
  const responses: { path: string; body: unknown }[] = [];
  const lastPostAt = new Map<string, number>();
  const updatesAt: number[] = [];
  let lastMicro = 0;

  function nextTs(): string {
    lastMicro = Math.max(lastMicro + 1, Date.now() * 1000);
    return `${Math.floor(lastMicro / 1_000_000)}.${String(lastMicro % 1_000_000).padStart(6, '0')}`;
  }

  const refused = (error: string, more: object = {}): Answer => ({ ok: false, error, ...more });

  function inChannel(args: Args, archivedError: string): Answer | null {
    const channel = state.channels.get(args['channel'] ?? '');
    if (channel === undefined) return refused('channel_not_found');
    if (channel.archived) return refused(archivedError);
    return channel.member ? null : refused('not_in_channel');
  }

  function contentOf(args: Args): { content: Pick<ShownMessage, 'text' | 'blocks' | 'metadata'> } | { refusal: Answer } {
    const [blocks, metadata] = [parsed(args['blocks']), parsed(args['metadata'])];
    if (blocks === null) return { refusal: refused('invalid_blocks_format') };
    const refusal = refusalOf(args['text'], blocks);
    if (refusal !== null)
      return { refusal: refused(refusal.error, { response_metadata: { messages: [`[ERROR] ${refusal.at}`] } }) };
    if (metadata !== undefined && !isMetadata(metadata)) return { refusal: refused('invalid_metadata_format') };
    return {
      content: { text: args['text'] ?? '', blocks: (blocks ?? []) as ShownMessage['blocks'], metadata: metadata ?? null },
    };
  }

  /** Seconds to wait; 0: go on. */
  function limit(method: string, args: Args, at: number): number {
    if (method === 'chat.postMessage') {
      const waitMs = (lastPostAt.get(args['channel'] ?? '') ?? -Infinity) + postEveryMs - at;
      if (waitMs > 20) return Math.ceil(waitMs / 1000);
      lastPostAt.set(args['channel'] ?? '', at);
    }
    if (method === 'chat.update') {
      const recent = updatesAt.filter((each) => each > at - 60_000);
      if (recent.length >= updatesPerMinute) return Math.ceil(((recent[0] ?? at) + 60_000 - at) / 1000);
      updatesAt.push(at);
    }
    return 0;
  }

  const methods: Record<string, (args: Args) => Answer> = {
    'auth.test': () => ({
      ok: true,
      url: 'https://example.slack.com/',
      team: 'Example',
      user: 'windsock',
      team_id: 'T0000000001',
      user_id: 'U0000000001',
      bot_id: 'B0000000001',
    }),
    'chat.postMessage'(args) {
      const wrong = inChannel(args, 'is_archived');
      if (wrong !== null) return wrong;
      const given = contentOf(args);
      if ('refusal' in given) return given.refusal;
      const [channel, threadTs] = [args['channel'] ?? '', args['thread_ts'] ?? null];
      const isThread = messages.some((each) => each.channel === channel && each.ts === threadTs);
      if (threadTs !== null && !isThread) return refused('thread_not_found');
      const broadcast = args['reply_broadcast'] === 'true';
      const message = { channel, ts: nextTs(), threadTs, broadcast, ...given.content, edits: 0 };
      messages.push(message);
      return { ok: true, channel, ts: message.ts, message: { text: message.text } };
    },
    'chat.update'(args) {
      const wrong = inChannel(args, 'is_inactive');
      if (wrong !== null) return wrong;
      const found = messages.find(({ channel, ts }) => channel === args['channel'] && ts === args['ts']);
      if (found === undefined) return refused('message_not_found');
      const given = contentOf(args);
      if ('refusal' in given) return given.refusal;
      // What an edit does not name stays; blocks go when only text is given.
      const { metadata, ...content } = given.content;
      Object.assign(found, content, metadata === null ? {} : { metadata }, { edits: found.edits + 1 });
      return { ok: true, channel: found.channel, ts: found.ts, text: found.text };
    },
    'chat.delete'(args) {
      const index = messages.findIndex(({ channel, ts }) => channel === args['channel'] && ts === args['ts']);
      if (index === -1) return refused('message_not_found');
      messages.splice(index, 1);
      return { ok: true };
    },
    'conversations.history': (args) =>
      inChannel(args, '') ??
      page(
        args,
        messages.filter((each) => each.channel === args['channel'] && (each.threadTs === null || each.broadcast)).toReversed(),
      ),
    'conversations.replies'(args) {
      const wrong = inChannel(args, '');
      if (wrong !== null) return wrong;
      const of = messages.filter(
        (each) => each.channel === args['channel'] && [each.ts, each.threadTs].includes(args['ts'] ?? ''),
      );
      return of.length === 0 ? refused('thread_not_found') : page(args, of);
    },
  };

  function carryOut(method: string, args: Args, token: string): Answer {
    const scope = scopesOf[method];
    if (token === '') return refused('not_authed');
    if (state.locked !== null) return refused(state.locked);
    if (token !== state.token) return refused('invalid_auth');
    if (scope !== undefined && !state.scopes.has(scope))
      return refused('missing_scope', { needed: scope, provided: [...state.scopes].join(',') });
    return methods[method]?.(args) ?? refused('unknown_method');
  }

  const app = new Hono<{ Bindings: HttpBindings }>();
  app.post('/api/:method', async (c) => {
    const args = await argsOf(c);
    const method = c.req.param('method');
    const call: SlackCall = { at: Date.now(), method, args, status: null, answer: null };
    calls.push(call);
    const token = /^Bearer (.+)$/.exec(c.req.header('authorization') ?? '')?.[1] ?? args['token'] ?? '';
    const mishap = state.mishap({ method, args });
    if (mishap?.kind === 'hang') return await new Promise<Response>(() => {});
    if (mishap?.kind === 'slow') await new Promise((done) => setTimeout(done, mishap.ms));
    if (mishap?.kind === 'drop') {
      if (mishap.taken && limit(method, args, Date.now()) === 0) carryOut(method, args, token);
      c.env.incoming.socket.destroy();
      return await new Promise<Response>(() => {});
    }
    const waitSeconds = mishap?.kind === 'status' ? mishap.retryAfter : limit(method, args, Date.now());
    call.status = mishap?.kind === 'status' ? mishap.status : waitSeconds ? 429 : 200;
    if (waitSeconds) c.header('retry-after', String(waitSeconds));
    if (call.status === 200) call.answer = mishap?.kind === 'error' ? refused(mishap.error) : carryOut(method, args, token);
    else call.answer = call.status === 429 ? refused('ratelimited') : null;
    return c.body(JSON.stringify(call.answer ?? ''), call.status as 200, {
      'content-type': 'application/json; charset=utf-8',
      'x-oauth-scopes': [...state.scopes].join(','),
    });
  });
  // Slack takes five answers to one interaction.
  app.post('/response/:id', async (c) => {
    responses.push({ path: c.req.path, body: await c.req.json() });
    const uses = responses.filter(({ path }) => path === c.req.path).length;
    return uses > 5 ? c.json({ ok: false, error: 'used_url' }, 404) : c.text('ok');
  });

  let server: Server | undefined;
  let port = 0;
  async function start(): Promise<void> {
    const starting = createServer((incoming, outgoing) => void getRequestListener(app.fetch)(incoming, outgoing));
    await new Promise<void>((done) => starting.listen(port, '127.0.0.1', done));
    port = (starting.address() as AddressInfo).port;
    server = starting;
  }
  async function stop(): Promise<void> {
    const stopping = server;
    server = undefined;
    stopping?.closeAllConnections();
    await new Promise((done) => (stopping === undefined ? done(null) : stopping.close(done)));
  }
  await start();
  return {
    /** For `notify.slack.api_url`. */
    apiUrl: `http://127.0.0.1:${port}/api/`,
    responseUrl: (id: string) => `http://127.0.0.1:${port}/response/${id}`,
    state,
    calls,
    messages,
    responses,
    /** The messages themselves, without what stands in threads. */
    roots: (channel?: string) =>
      messages.filter((each) => each.threadTs === null && (channel === undefined || each.channel === channel)),
    thread: (ts: string) => messages.filter(({ threadTs }) => threadTs === ts),
    /** Nobody answers until `start`. */
    stop,
    start,
    [Symbol.asyncDispose]: stop,
  };
}

async function argsOf(c: Context): Promise<Args> {
  if (c.req.header('content-type')?.startsWith('application/json') !== true)
    return Object.fromEntries(new URLSearchParams(await c.req.text()));
  const body = await c.req.json<Record<string, unknown>>();
  return Object.fromEntries(
    Object.entries(body).map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}

/** Undefined: not given; null: no JSON. */
function parsed(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const isMetadata = (value: unknown): value is NonNullable<ShownMessage['metadata']> =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as Args)['event_type'] === 'string' &&
  typeof (value as Args)['event_payload'] === 'object';

function page(args: Args, found: readonly ShownMessage[]): Answer {
  const [limit, from] = [Math.min(Number(args['limit'] ?? 100), 999), Number(args['cursor'] ?? 0)];
  const within = found.filter(({ ts }) => Number(ts) > Number(args['oldest'] ?? 0));
  const shown = within.slice(from, from + limit).map(({ ts, text, blocks, threadTs, metadata }) => ({
    type: 'message',
    ts,
    text,
    blocks,
    bot_id: 'B0000000001',
    ...(threadTs === null ? {} : { thread_ts: threadTs }),
    ...(metadata === null || args['include_all_metadata'] !== 'true' ? {} : { metadata }),
  }));
  const more = from + limit < within.length;
  return {
    ok: true,
    messages: shown,
    has_more: more,
    ...(more ? { response_metadata: { next_cursor: String(from + limit) } } : {}),
  };
}
