import type { Context } from 'hono';
import type { RequestIdVariables } from 'hono/request-id';
import type { Identity } from './credentials.ts';

/** What comes with a request beside the request itself. */
export interface HttpEnv {
  Bindings: {
    /** Address of the other end of the connection, never taken from a header. */
    peer: string;
  };
  Variables: RequestIdVariables & {
    /** Who asks; null when nobody had to say so. */
    identity: Identity | null;
  };
}

export type HttpContext = Context<HttpEnv>;
