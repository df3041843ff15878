/**
 * What went wrong, as a closed set: it decides the HTTP status and the exit code.
 * CONFIG: the person must change a setting. UNAVAILABLE: a peer does not answer; try again. DENIED: a peer refuses us.
 */
export type ErrorCode = 'CONFIG' | 'INVALID' | 'NOT_FOUND' | 'CONFLICT' | 'DENIED' | 'UNAVAILABLE' | 'UNSUPPORTED';

/** The one error family. `message` is safe to show to anyone: one line, what happened and what to do. */
export class AppError extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'AppError';
    this.code = code;
  }
}

/** The text of any thrown value on one line. */
export function errorText(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return errorText(error.errors[0]);
  const text = error instanceof Error ? error.message || error.name : String(error);
  return text.replaceAll(/\s*\n\s*/g, ' ');
}
