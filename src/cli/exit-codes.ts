import { AppError, errorText, type ErrorCode } from '../lib/errors.ts';
import { redact } from '../redact/redact.ts';

// 0 is success and 1 a fault of Windsock's own; README.md lists them all.
const exitCodes: Record<ErrorCode, number> = {
  CONFIG: 2,
  INVALID: 2,
  UNSUPPORTED: 3,
  NOT_FOUND: 3,
  DENIED: 4,
  CONFLICT: 5,
  UNAVAILABLE: 5,
};

/** The exit code of a command that ended with `error`. */
export function exitCodeOf(error: unknown): number {
  return error instanceof AppError ? exitCodes[error.code] : 1;
}

/** What a person reads of `error`: one line, a line for each fault of a configuration, and the stack only when the fault is Windsock's own. */
export function errorReport(error: unknown): string {
  if (error instanceof AppError) return redact(`windsock: ${error.code === 'CONFIG' ? error.message : errorText(error)}`);
  return redact(`windsock: unexpected error: ${error instanceof Error && error.stack ? error.stack : errorText(error)}`);
}
