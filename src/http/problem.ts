import { z } from '@hono/zod-openapi';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { STATUS_CODES } from 'node:http';
import { AppError, errorText, type ErrorCode } from '../lib/errors.ts';
import { redact } from '../redact/redact.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { HttpContext } from './env.ts';

export const problemType = 'application/problem+json';

/** A problem (RFC 9457) as the API's description tells of it. */
const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().optional(),
    request_id: z.string().optional(),
  })
  .openapi('Problem');

/** How a route declares that it may answer a problem. */
export const problemContent = { [problemType]: { schema: problemSchema } } as const;

type Members = Record<string, string | number | boolean>;

/** A problem's members: the status' own title, and where it helps, what to do about it. */
export function problemOf(status: number, detail?: string, members: Members = {}) {
  const title = STATUS_CODES[status] ?? 'Error';
  return { type: 'about:blank', title, status, ...(detail === undefined ? {} : { detail: redact(detail) }), ...members };
}

/** The answer to a request that failed; it names the request's id, by which the log is searched. */
export function problem<Status extends ContentfulStatusCode>(
  c: HttpContext,
  status: Status,
  detail?: string,
  members: Members = {},
) {
  const body = problemOf(status, detail, { request_id: c.get('requestId'), ...members });
  return c.json(body, status, { 'content-type': problemType });
}

const statusOf: Record<ErrorCode, ContentfulStatusCode> = {
  INVALID: 400,
  DENIED: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  // What is wrong is the configuration on disk, not the request and not this process.
  CONFIG: 422,
  UNSUPPORTED: 501,
  UNAVAILABLE: 503,
};

/** The one place where errors become answers. What was not foreseen is logged in full and shows nothing to the client. */
export function answerError(logger: Logger): (error: Error, c: HttpContext) => Response {
  return (error, c) => {
    if (error instanceof AppError) return problem(c, statusOf[error.code], errorText(error));
    if (error instanceof HTTPException) {
      return problem(c, error.status, error.message === '' ? undefined : errorText(error));
    }
    // Who went away in the middle of a body needs no answer, and is no fault of ours.
    if ('code' in error && error.code === 'ECONNRESET') return problem(c, 400);
    logger.error('a request failed', {
      method: c.req.method,
      path: c.req.path,
      request_id: c.get('requestId'),
      error,
      stack: error.stack,
    });
    return problem(c, 500, 'A fault of Windsock itself; the log has it under this request id.');
  };
}
