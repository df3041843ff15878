import { createHash, timingSafeEqual } from 'node:crypto';
import type { HttpConfig } from './config.ts';

type Scope = HttpConfig['tokens'][number]['scopes'][number];

/** Who asks, and what they may do. */
export interface Identity {
  name: string;
  scopes: readonly Scope[];
  /** Browsers send these credentials by themselves, also for a page of someone else. */
  ambient: boolean;
}

export interface AccessSettings {
  tokens: HttpConfig['tokens'];
  /** Name and bcrypt hash of those who may do everything, from the web config file. */
  users: ReadonlyMap<string, string>;
  /** What Alertmanager's webhook sends; undefined: nothing is taken there. */
  webhookSecret: string | undefined;
}

/** busy: too many passwords are being checked already. guessed: too many wrong ones for this user came from this address. */
export type PasswordCheck = (
  user: string,
  password: string,
  users: ReadonlyMap<string, string>,
  peer: string,
) => Promise<boolean | 'busy' | 'guessed'>;

/** none: nobody said who they are. wrong: what they said is not true. */
export type Identified =
  | { kind: 'known'; identity: Identity }
  | { kind: 'none' }
  | { kind: 'wrong' }
  | { kind: 'busy' }
  | { kind: 'guessed' };

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** The token that `secret` is. Compares with every one and in constant time, so that the time tells nothing of them. */
function tokenOf(secret: string, tokens: AccessSettings['tokens']): AccessSettings['tokens'][number] | undefined {
  const given = digest(secret);
  let found: AccessSettings['tokens'][number] | undefined;
  for (const token of tokens) if (timingSafeEqual(digest(token.token), given)) found = token;
  return found;
}

/** User and password of basic authentication (RFC 7617); undefined when there is no colon. */
function parseBasic(encoded: string): { user: string; password: string } | undefined {
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

const everything: readonly Scope[] = ['read', 'write'];

/**
 * Who an `Authorization` header says asks: a bearer token, a user of the web config file, or, since a browser cannot send a
 * bearer token, any user name with a token as password.
 */
export async function identify(
  header: string | undefined,
  { tokens, users }: AccessSettings,
  { checkPassword, peer }: { checkPassword: PasswordCheck; peer: string },
): Promise<Identified> {
  const [, scheme = '', value = ''] = /^(\S+) +(\S+) *$/.exec(header ?? '') ?? [];
  if (header === undefined || header.trim() === '') return { kind: 'none' };
  switch (scheme.toLowerCase()) {
    case 'bearer': {
      const token = tokenOf(value, tokens);
      if (token === undefined) return { kind: 'wrong' };
      return { kind: 'known', identity: { name: token.name, scopes: token.scopes, ambient: false } };
    }
    case 'basic': {
      const given = parseBasic(value);
      if (given === undefined) return { kind: 'wrong' };
      const token = tokenOf(given.password, tokens);
      if (token !== undefined) return { kind: 'known', identity: { name: token.name, scopes: token.scopes, ambient: true } };
      if (users.size === 0) return { kind: 'wrong' };
      const right = await checkPassword(given.user, given.password, users, peer);
      if (right === 'busy' || right === 'guessed') return { kind: right };
      return right ? { kind: 'known', identity: { name: given.user, scopes: everything, ambient: true } } : { kind: 'wrong' };
    }
  }
  return { kind: 'wrong' };
}
