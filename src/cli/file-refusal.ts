import { AppError, errorText, type ErrorCode } from '../lib/errors.ts';

/** What a file system refuses, and what that means. */
const refusals: Readonly<Record<string, readonly [code: ErrorCode, text: string]>> = {
  ENOENT: ['NOT_FOUND', 'there is no such file or folder'],
  ENOTDIR: ['NOT_FOUND', 'there is no such file or folder'],
  EISDIR: ['INVALID', 'it is a folder; name a file'],
  EACCES: ['DENIED', 'access is denied'],
  EPERM: ['DENIED', 'access is denied'],
  EROFS: ['DENIED', 'it lies on a read-only file system'],
  ENOSPC: ['UNAVAILABLE', 'no space is left on its device'],
};

/** An error of reading or writing the file `name`, as a person reads it: what a file system refuses is not a fault of ours. */
export function fileRefusal(error: unknown, name: string): unknown {
  if (error instanceof AppError || !(error instanceof Error) || !('syscall' in error) || !('code' in error)) return error;
  const [code, text] = refusals[String(error.code)] ?? ['UNAVAILABLE', errorText(error)];
  return new AppError(code, `${name}: ${text}`, { cause: error });
}
