import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { capLines } from '../../airflow/task-logs/cap-lines.ts';
import { splitLines } from '../../airflow/task-logs/split-lines.ts';
import { logCaps } from '../../airflow/task-logs/task-log.ts';
import { AppError } from '../../lib/errors.ts';
import type { Redactor } from '../../redact/redactor.ts';
import { fileRefusal } from '../file-refusal.ts';

/** A file whose first bytes hold a zero is no text. */
const looksAt = 8192;

/**
 * The lines of a log file, `-` for standard input, redacted; of a long one its beginning and its end. Throws NOT_FOUND, DENIED or
 * INVALID with what is wrong: not there, a folder, empty, compressed, no text.
 */
export async function readLogFile(file: string, redactor: Redactor): Promise<string[]> {
  const name = nameOf(file);
  const redact = redactor.log();
  const lines: string[] = [];
  try {
    for await (const line of capLines(splitLines(checked(bytesOf(file), name)), logCaps)) lines.push(redact(line));
  } catch (error) {
    throw fileRefusal(error, name);
  }
  if (lines.every((line) => line.trim() === '')) throw new AppError('INVALID', `${name} is empty: there is nothing to explain`);
  return lines;
}

export const nameOf = (file: string): string => (file === '-' ? 'standard input' : file);

async function* bytesOf(file: string): AsyncGenerator<Buffer> {
  if (file === '-') {
    yield* process.stdin as AsyncIterable<Buffer>;
    return;
  }
  if ((await stat(file)).isDirectory()) throw new AppError('INVALID', `${file} is a folder; name the log file of one try`);
  yield* createReadStream(file) as AsyncIterable<Buffer>;
}

async function* checked(chunks: AsyncIterable<Buffer>, name: string): AsyncGenerator<Buffer> {
  let seen = 0;
  for await (const chunk of chunks) {
    if (seen === 0 && chunk[0] === 0x1f && chunk[1] === 0x8b)
      throw new AppError('INVALID', `${name} is compressed; write: gunzip -c FILE | windsock explain --log -`);
    if (seen < looksAt && chunk.subarray(0, looksAt - seen).includes(0))
      throw new AppError('INVALID', `${name} is no text; name the log file of one try`);
    seen += chunk.length;
    yield chunk;
  }
}
