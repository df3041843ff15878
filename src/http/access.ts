import type { MiddlewareHandler } from 'hono';
import { chartsPath } from '../notify/slack/chart-link.ts';
import { asksForPage } from './asks-for-page.ts';
import { identify, type AccessSettings, type Identified, type Identity, type PasswordCheck } from './credentials.ts';
import type { HttpEnv } from './env.ts';
import { problem } from './problem.ts';
import { suggestPath } from './suggest-path.ts';
import { alertmanagerWebhook, slackWebhook } from './webhooks.ts';

/** What the access rule looks at. Nothing of it comes from a header that a proxy adds. */
interface AccessRequest {
  method: string;
  path: string;
  /** Address of the other end of the connection. */
  peer: string;
  host: string | undefined;
  origin: string | undefined;
}

type Verdict =
  | { allowed: true; identity: Identity | null }
  | { allowed: false; status: 401 | 403; detail: string }
  | { allowed: false; status: 429; detail: string; retryAfterSeconds: number };

/** For Prometheus and for probes. */
const forEveryone: ReadonlySet<string> = new Set(['/metrics', '/healthz', '/readyz']);
/** A POST that asks and changes nothing. */
const asksOnly: ReadonlySet<string> = new Set([suggestPath]);
const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

const loopbackHost = String.raw`(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?`;
const loopbackHostPattern = new RegExp(`^${loopbackHost}$`, 'i');
const loopbackOriginPattern = new RegExp(`^https?://${loopbackHost}$`, 'i');
const loopbackPeerPattern = /^(?:(?:::ffff:)?127(?:\.\d{1,3}){3}|::1)$/i;

/**
 * All three, because a web page can make a browser on this machine ask: its own name may be bound to a loopback address
 * (then Host gives it away), and its scripts may ask localhost (then Origin does).
 */
function isFromThisMachine({ peer, host, origin }: AccessRequest): boolean {
  return (
    loopbackPeerPattern.test(peer) &&
    loopbackHostPattern.test(host ?? '') &&
    (origin === undefined || loopbackOriginPattern.test(origin))
  );
}

/** A page of another site sent this. */
export function isForeign({ host, origin }: Pick<AccessRequest, 'host' | 'origin'>): boolean {
  if (origin === undefined) return false;
  if (!URL.canParse(origin)) return true;
  const { protocol, host: from } = new URL(origin);
  const here = `${protocol}//${host ?? ''}`;
  return !URL.canParse(here) || new URL(here).host !== from;
}

const denied = (detail: string): Verdict => ({ allowed: false, status: 403, detail });

/** Whether anything has to be known of who asks: probes and Prometheus need say nothing unless there are users. */
const needsNoIdentity = (path: string, { users }: AccessSettings): boolean => users.size === 0 && forEveryone.has(path);

/**
 * The access rule (DESIGN §10). Users of the web config file guard everything, as in Prometheus' own exporters; tokens guard
 * all but /metrics, /healthz and /readyz; with neither, all but these is for requests from this machine.
 */
function decideAccess(request: AccessRequest, settings: AccessSettings, who: Identified): Verdict {
  if (needsNoIdentity(request.path, settings)) return { allowed: true, identity: null };
  if (settings.tokens.length === 0 && settings.users.size === 0) {
    if (isFromThisMachine(request)) return { allowed: true, identity: null };
    return denied(
      'Without tokens this is for requests from the machine itself, to localhost, and not from pages of other sites; http.tokens opens it.',
    );
  }
  switch (who.kind) {
    case 'none':
      return { allowed: false, status: 401, detail: 'Send a bearer token, or user and password.' };
    case 'wrong':
      return { allowed: false, status: 401, detail: 'These credentials are not known here.' };
    case 'busy':
      return {
        allowed: false,
        status: 429,
        detail: 'Too many passwords are being checked; try again in a second.',
        retryAfterSeconds: 1,
      };
    case 'guessed':
      return {
        allowed: false,
        status: 429,
        detail: 'Too many wrong passwords for this user came from this address; try again in a minute.',
        retryAfterSeconds: 60,
      };
    case 'known': {
      const safe = safeMethods.has(request.method);
      if (!safe && who.identity.ambient && isForeign(request)) return denied('A page of another site may change nothing here.');
      const scope = safe || asksOnly.has(request.path) ? 'read' : 'write';
      if (!who.identity.scopes.includes(scope)) return denied(`This needs the scope ${scope}, which ${who.identity.name} lacks.`);
      return { allowed: true, identity: who.identity };
    }
  }
}

/** A webhook has its own secret: it opens nothing else, and nothing else opens it. Null: nothing is taken there. */
function settingsOf(method: string, path: string, settings: AccessSettings): AccessSettings | null {
  if (path !== alertmanagerWebhook || method !== 'POST') return settings;
  const { webhookSecret: token } = settings;
  return token === undefined
    ? null
    : { ...settings, tokens: [{ name: 'alertmanager', token, scopes: ['write'] }], users: new Map() };
}

/** Requests that carry a signature instead of a token. */
const isSigned = (method: string, path: string): boolean =>
  method === 'POST' ? path === slackWebhook : (method === 'GET' || method === 'HEAD') && path.startsWith(chartsPath);

/** Lets pass what the rule allows. It stands before everything else, so that nobody learns which paths there are. */
export function guardAccess(settingsNow: () => AccessSettings, checkPassword: PasswordCheck): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    const { method, path } = c.req;
    // What comes from there is signed, and looked at where it is taken.
    if (isSigned(method, path)) {
      c.set('identity', null);
      return next();
    }
    const settings = settingsOf(method, path, settingsNow());
    if (settings === null)
      return problem(c, 404, 'Windsock takes nothing here before http.webhooks.alertmanager.secret is set (docs/ALERTING.md).');
    const nobody: Identified = { kind: 'none' };
    const peer = c.env?.peer ?? '';
    const who = needsNoIdentity(path, settings)
      ? nobody
      : await identify(c.req.header('authorization'), settings, { checkPassword, peer });
    const [host, origin] = [c.req.header('host'), c.req.header('origin')];
    const verdict = decideAccess({ method, path, peer, host, origin }, settings, who);
    if (verdict.allowed) {
      c.set('identity', verdict.identity);
      return next();
    }
    if (verdict.status === 429) c.header('retry-after', String(verdict.retryAfterSeconds));
    if (verdict.status === 401) {
      // Chromium reads one challenge a header, and several come as one: a browser is sent none that it cannot answer.
      if (settings.tokens.length > 0 && !asksForPage(c)) c.header('www-authenticate', 'Bearer realm="windsock"');
      // A browser asks for it: a user's password, or any name and a token as password.
      c.header('www-authenticate', 'Basic realm="windsock", charset="UTF-8"', { append: true });
    }
    return problem(c, verdict.status, verdict.detail);
  };
}
