import {
  closeSync,
  createWriteStream,
  mkdtempSync,
  openSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { AppError } from '../../lib/errors.ts';

/** Kept in memory until there is more. */
const inMemoryMax = 8_388_608;
const chunkMax = 262_144;

/** Output that is shown only once it is whole. */
export interface Spool {
  write(text: string): void;
  /** Gives it out. */
  finish(): Promise<void>;
  /** Leaves nothing behind. */
  discard(): void;
}

/** For a stream: in memory, and what is more in a temporary file without a name. */
export function spoolTo(stream: Writable): Spool {
  let text: string[] = [];
  let length = 0;
  let inMemory: Buffer[] = [];
  let bytes = 0;
  let file: { fd: number; folder: string } | null = null;
  const flush = (): void => {
    if (length === 0) return;
    const chunk = Buffer.from(text.join(''));
    text = [];
    length = 0;
    bytes += chunk.length;
    if (file === null && bytes <= inMemoryMax) {
      inMemory.push(chunk);
      return;
    }
    if (file === null) {
      file = openUnnamed();
      for (const each of inMemory) writeAll(file.fd, each);
      inMemory = [];
    }
    writeAll(file.fd, chunk);
  };
  const discard = (): void => {
    if (file === null) return;
    closeSync(file.fd);
    rmSync(file.folder, { recursive: true, force: true });
    file = null;
  };
  return {
    write(part) {
      text.push(part);
      length += part.length;
      if (length >= chunkMax) flush();
    },
    async finish() {
      flush();
      try {
        for (const chunk of inMemory) if (!(await passed(stream, chunk))) return;
        if (file === null) return;
        const chunk = Buffer.allocUnsafe(chunkMax);
        for (let position = 0; position < bytes;) {
          const read = readSync(file.fd, chunk, 0, chunkMax, position);
          if (read === 0 || !(await passed(stream, Buffer.from(chunk.subarray(0, read))))) return;
          position += read;
        }
      } finally {
        discard();
      }
    },
    discard,
  };
}

/** For a file: beside it under another name, and moved to its place when it is whole. A device or pipe is written to as it is. */
export function spoolToFile(given: string): Spool {
  const found = statSync(given, { throwIfNoEntry: false });
  if (found !== undefined && !found.isFile()) {
    if (found.isDirectory()) throw new AppError('INVALID', `${given} is a folder; name a file to write to`);
    return spoolTo(createWriteStream(given));
  }
  const path = found === undefined ? given : realpathSync(given);
  const temporary = `${path}.${process.pid}.part`;
  let fd: number | null = openSync(temporary, 'wx', 0o666);
  const discard = (): void => {
    if (fd === null) return;
    closeSync(fd);
    fd = null;
    rmSync(temporary, { force: true });
  };
  // However the process ends, no half file stays.
  process.once('exit', discard);
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)
    process.once(signal, () => process.exit(code));
  let text: string[] = [];
  let length = 0;
  const flush = (): void => {
    if (fd !== null) writeAll(fd, Buffer.from(text.join('')));
    text = [];
    length = 0;
  };
  return {
    write(part) {
      text.push(part);
      length += part.length;
      if (length >= chunkMax) flush();
    },
    async finish() {
      flush();
      if (fd === null) return;
      closeSync(fd);
      fd = null;
      renameSync(temporary, path);
    },
    discard,
  };
}

function openUnnamed(): { fd: number; folder: string } {
  const folder = mkdtempSync(join(tmpdir(), 'windsock-detect-'));
  const path = join(folder, 'rows');
  const fd = openSync(path, 'wx+', 0o600);
  // Where open files may be unlinked nothing stays behind, whatever ends the process.
  try {
    unlinkSync(path);
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // Windows: both go at the end.
  }
  return { fd, folder };
}

function writeAll(fd: number, chunk: Buffer): void {
  for (let from = 0; from < chunk.length;) from += writeSync(fd, chunk, from);
}

/** False once who reads has stopped reading. */
export function passed(stream: Writable, chunk: Buffer): Promise<boolean> {
  return new Promise((resolve, reject) => {
    stream.write(chunk, (error) => {
      if (!error) resolve(true);
      else if (
        (error as NodeJS.ErrnoException).code === 'EPIPE' ||
        (error as NodeJS.ErrnoException).code === 'ERR_STREAM_DESTROYED'
      )
        resolve(false);
      else reject(error);
    });
  });
}
