import { constants } from 'node:fs';
import { access, open, readdir, realpath, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { errorText } from '../../lib/errors.ts';
import { defaultTemplates, fillTemplate } from './fill-template.ts';
import { interleave } from './interleave.ts';
import { splitLines } from './split-lines.ts';
import { leftOut, logCaps, missing, notice, untilAborted, type LogCaps, type LogTry, type TaskLog } from './task-log.ts';

const chunkBytes = 64 * 1024;
/** A try that waits in triggerers again and again has a log of each. */
const filesMax = 8;
/** What a triggerer says is little, and seldom the cause. */
const triggerCaps: LogCaps = { headBytes: logCaps.headBytes / 4, tailBytes: logCaps.tailBytes / 10 };

/** The log of a try among the files of a mounted log folder: what the worker wrote and, in the order of time, its triggerers. */
export async function readLogFiles(folder: string, of: LogTry, signal: AbortSignal): Promise<TaskLog> {
  try {
    const root = await untilAborted(realpath(folder), signal);
    return await find(root, of, signal);
  } catch (error) {
    if (signal.aborted) return missing('late', `the log folder ${folder} did not answer in time`);
    if (['EACCES', 'EPERM'].includes(codeOf(error)))
      return missing(
        'refused',
        `the log folder ${folder} may not be read (${codeOf(error)}); let Windsock's user read its files`,
      );
    return missing('unreachable', `the log folder ${folder} cannot be read (${codeOf(error)}); is it mounted here?`);
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : errorText(error);
const isGone = (error: unknown): boolean => ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(codeOf(error));

/** A path may lead nowhere but down: ids with a slash are Airflow's to allow, `..` and NUL are not. */
const isSafe = (path: string): boolean =>
  path !== '' && !path.startsWith('/') && !/[\0\\]/.test(path) && path.split('/').every((part) => part !== '..' && part !== '.');

async function find(root: string, of: LogTry, signal: AbortSignal): Promise<TaskLog> {
  const templates = of.template === undefined ? defaultTemplates : [of.template];
  const paths = templates.map((template) => fillTemplate(template, of)).filter((path) => path !== undefined);
  if (paths.length === 0)
    return missing(
      'unsupported',
      `Airflow names its log files by a template that Windsock cannot fill (${short(of.template ?? '')})`,
    );
  if (!paths.every(isSafe)) return missing('refused', 'the ids of this try lead out of the log folder; nothing was read');
  let why: TaskLog | undefined;
  for (const path of paths) {
    const names = await untilAborted(filesOf(root, path), signal);
    if (names.length > 0) return openAll(root, names, signal);
    why ??= missing('not_there', await untilAborted(whatIsThere(root, path), signal));
  }
  return why ?? missing('not_there', 'there is no log');
}

const short = (text: string): string => (text.length > 120 ? `${text.slice(0, 119)}…` : text);

/** The file of a try and, by Airflow's naming, those of its triggerers, as paths below the root; a try that wrote none has none. */
async function filesOf(root: string, path: string): Promise<string[]> {
  const base = basename(path);
  const names = await readdir(join(root, dirname(path))).catch((error: unknown) => {
    if (isGone(error)) return [];
    throw error;
  });
  return names
    .filter((name) => name === base || name.startsWith(`${base}.trigger.`))
    .toSorted()
    .slice(0, filesMax)
    .map((name) => join(dirname(path), name));
}

/** What the folder has instead: that tells a worker that wrote nothing from a folder that is not the workers'. */
async function whatIsThere(root: string, path: string): Promise<string> {
  let there = dirname(path);
  for (; there !== '.'; there = dirname(there)) if (await isFolder(join(root, there))) break;
  const told = `there is no ${path} in the log folder`;
  if (there === '.') return `${told}, and nothing of this DAG: its workers may write elsewhere`;
  if (there !== dirname(path)) return `${told}; it ends at ${there}`;
  const others = (await readdir(join(root, there))).filter((name) => name.endsWith('.log')).toSorted();
  return others.length === 0 ? `${told}; its folder is empty` : `${told}, but there is ${others.slice(0, 5).join(', ')}`;
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );

async function openAll(root: string, names: readonly string[], signal: AbortSignal): Promise<TaskLog> {
  const logs: { path: string; size: number; caps: LogCaps }[] = [];
  for (const name of names) {
    const path = await untilAborted(
      realpath(join(root, name)).catch(() => ''),
      signal,
    );
    if (path === '') return missing('not_there', `${name} is a link to what is not there`);
    // A link to elsewhere would make us show any file that we may read.
    if (!path.startsWith(root + sep))
      return missing('refused', `${name} is a link that leads out of the log folder; it is not read`);
    const found = await untilAborted(stat(path), signal);
    await untilAborted(access(path, constants.R_OK), signal);
    if (!found.isFile()) return missing('refused', `${name} is no file; it is not read`);
    logs.push({ path, size: found.size, caps: name.includes('.log.trigger.') ? triggerCaps : logCaps });
  }
  if (logs.every(({ size }) => size === 0))
    return missing('not_there', `${names[0] ?? ''} is there and empty: the try wrote nothing`);
  const each = logs.map(({ path, size, caps }) => linesOfFile(path, size, caps, signal));
  const [only] = each;
  return { found: true, place: names[0] ?? '', lines: each.length === 1 && only !== undefined ? only : interleave(each) };
}

/** The lines of a file as long as it was when it was found: its beginning, and its end. */
async function* linesOfFile(
  path: string,
  size: number,
  { headBytes, tailBytes }: LogCaps,
  signal: AbortSignal,
): AsyncGenerator<string> {
  // What was a file a moment ago may be a link or a pipe by now.
  const opening = open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const file = await untilAborted(opening, signal);
    if (size <= headBytes + tailBytes) {
      yield* splitLines(bytesOf(file, 0, size, signal));
      return;
    }
    const head = await allOf(splitLines(bytesOf(file, 0, headBytes, signal)));
    // Its last line goes on in what is left out.
    yield* head.slice(0, -1);
    yield leftOut(size - headBytes - tailBytes);
    // One byte more: a line that begins right there is whole.
    let first = true;
    for await (const line of splitLines(bytesOf(file, size - tailBytes - 1, size, signal))) {
      if (!first) yield line;
      first = false;
    }
  } catch (error) {
    yield notice(
      signal.aborted ? 'the rest of this log did not come in time' : `the rest of this log cannot be read (${codeOf(error)})`,
    );
  } finally {
    // Not waited for: a file system that hangs answers this neither.
    void opening.then((file) => file.close()).catch(() => {});
  }
}

async function allOf(lines: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const line of lines) all.push(line);
  return all;
}

async function* bytesOf(file: FileHandle, from: number, to: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for (let at = from; at < to;) {
    const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, to - at));
    const { bytesRead } = await untilAborted(file.read(buffer, 0, buffer.length, at), signal);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
