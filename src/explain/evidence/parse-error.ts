import type { ImportFailures } from '../../collect/snapshot.ts';
import { innermost, lastUserFrame } from '../../logs/exceptions.ts';
import { findExceptions } from '../../logs/find-exceptions.ts';
import type { ParseError } from './surroundings.ts';
import { quoted } from './words.ts';

/** Airflow names a file by its path, whole or below its bundle. */
const isFile = (name: string, file: string): boolean => name === file || name.endsWith(`/${file}`) || file.endsWith(`/${name}`);

/** Why this file does not parse, by Airflow's list; null: it does, or nobody knows. */
export function parseErrorOf(failures: ImportFailures | undefined, file: string | null): ParseError | null {
  const found = file === null || file === '' ? undefined : failures?.errors.find(({ filename }) => isFile(filename, file));
  if (found === undefined || failures === undefined) return null;
  return {
    file: found.filename,
    at: found.at?.toISOString() ?? null,
    ...errorOf(found.stacktrace, found.filename),
    count: failures.count,
  };
}

/** The innermost exception of a stack trace and the last place in user code; for what is no trace, its last line. */
function errorOf(trace: string, file: string): Pick<ParseError, 'type' | 'message' | 'place'> {
  const lines = withHead(trace.split('\n'));
  const records = [{ line: 1, span: lines.length, text: lines.join('\n') }];
  const exception = findExceptions(records).at(-1)?.exception;
  if (exception === undefined) return withoutTrace(lines);
  const inner = innermost(exception);
  const [message = ''] = inner.message.split('\n', 1);
  const frame = lastUserFrame(exception) ?? inner.frames.findLast((each) => isFile(each.file, file));
  const code = frame === undefined ? undefined : lines[frame.at]?.trim();
  return {
    type: quoted(inner.type, 120),
    message: quoted(message, 240),
    place:
      frame === undefined
        ? null
        : {
            file: frame.file,
            line: frame.line,
            code: code === undefined || code === '' || code.startsWith('File "') ? null : quoted(code, 120),
          },
  };
}

/** Only the end of a long trace is kept: what is left of its frames gets the head that was cut off. */
function withHead(lines: string[]): string[] {
  const first = lines.findIndex((line) => /^\s+File "/.test(line));
  const isWhole = first < 0 || lines.slice(0, first).some((line) => /Traceback \(most recent call last\)/.test(line));
  // A SyntaxError comes with its place and no head.
  return isWhole || lines.length - first <= 6 ? lines : ['Traceback (most recent call last):', ...lines.slice(first)];
}

function withoutTrace(lines: readonly string[]): Pick<ParseError, 'type' | 'message' | 'place'> {
  const last = lines.map((line) => line.trim()).findLast((line) => line !== '') ?? '';
  const [, type, message] = /^([A-Za-z_][\w.]{0,119}(?:Error|Exception|Warning)): ?(.*)$/.exec(last) ?? [];
  return type === undefined
    ? { type: 'an error', message: quoted(last, 240), place: null }
    : { type, message: quoted(message ?? '', 240), place: null };
}
