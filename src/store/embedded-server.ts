import type { ChildProcess } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { sleep, systemClock } from '../lib/clock.ts';
import { AppError, errorText } from '../lib/errors.ts';
import { openStore } from './open.ts';
import { servesFolder } from './process-of.ts';
import { isRoot, unprivileged, type RunProgram } from './run-unprivileged.ts';

export interface ServerOptions {
  run: RunProgram;
  /** Folder of PostgreSQL's programs. */
  bin: string;
  /** Folder of the cluster, as the file system spells it. */
  data: string;
  password: string;
  /** Gives up durability for speed. */
  fast: boolean;
  settings: Readonly<Record<string, string>>;
  /** For messages: the folder that the user knows. */
  folder: string;
  /** Told when the server ended by itself; it is started again. */
  log: (message: string) => void;
}

export interface EmbeddedServer {
  adminUrl: string;
  stop: () => Promise<void>;
}

const readyTimeoutMs = 30_000;
const stopTimeoutMs = 4000;
const restartAfterMs = 1000;
const startsMax = 5;

// Lean: our tables are small and one process uses them.
const lean = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  shared_buffers: '24MB',
  max_connections: '30',
  max_wal_size: '256MB',
  wal_level: 'minimal',
  max_wal_senders: '0',
  autovacuum_naptime: '30s',
  log_min_messages: 'warning',
  jit: 'off',
};
const quick = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  shared_buffers: '128MB',
  max_connections: '100',
  max_wal_size: '1GB',
};

/** A server process and the end of what it wrote. */
interface Launched {
  child: ChildProcess;
  output: () => string;
  ended: () => boolean;
}

/**
 * Starts the server on a cluster and starts it again when it ends by itself (a full disk, the kernel's out-of-memory killer):
 * on the same port, so that nobody needs a new URL. One that a killed Windsock left running is stopped first.
 */
export async function startServer(options: ServerOptions): Promise<EmbeddedServer> {
  await stopOrphan(options.data);
  let stopping = false;
  let restart: NodeJS.Timeout | undefined;
  const { port, ...begun } = await firstStart(options);
  let launched: Launched = begun.launched;
  let told = '';

  function watch({ child, output }: Launched): void {
    child.once('close', () => {
      if (stopping) return;
      const why = lastLine(output()) || `signal ${child.signalCode}, code ${child.exitCode}`;
      if (why !== told) options.log(`the embedded PostgreSQL ended and is started again (${why})${spaceHint(why)}`);
      told = why;
      restart = setTimeout(() => {
        launched = launch(options, port);
        watch(launched);
      }, restartAfterMs);
    });
  }
  watch(launched);
  return {
    adminUrl: urlOf(options, port),
    async stop() {
      stopping = true;
      clearTimeout(restart);
      const { pid } = launched.child;
      if (pid !== undefined) await end(pid, async () => launched.ended());
    },
  };
}

const urlOf = ({ password }: ServerOptions, port: number): string => `postgres://windsock:${password}@127.0.0.1:${port}/postgres`;

/** A port that was free may be taken a moment later, and what a killed server leaves behind may take a moment to go. */
async function firstStart(options: ServerOptions): Promise<{ port: number; launched: Launched }> {
  for (let start = 1; ; start += 1) {
    const port = await freePort();
    const launched = launch(options, port);
    try {
      await ready(options, port, launched);
      return { port, launched };
    } catch (error) {
      const { pid } = launched.child;
      if (pid !== undefined) await end(pid, async () => launched.ended());
      if (start === startsMax || !/address already in use|lock file|shared memory/i.test(launched.output())) throw error;
      await sleep(restartAfterMs / 2);
    }
  }
}

function launch({ run, bin, data, fast, settings }: ServerOptions, port: number): Launched {
  const flags = Object.entries({ ...lean, ...(fast ? quick : {}), ...settings, port: String(port) }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  const child = run(join(bin, 'postgres'), ['-D', data, ...flags]);
  const output = outputOf(child);
  let failed = false;
  child.on('error', () => {
    failed = true;
  });
  return { child, output, ended: () => failed || child.exitCode !== null || child.signalCode !== null };
}

/** Collects what a program writes, its end only. */
export function outputOf(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      text = (text + chunk.toString('utf8')).slice(-8000);
    });
  }
  return () => text;
}

/** The last line that tells why, without the time and process number before it. */
const lastLine = (output: string): string => {
  const lines = output.trim().split('\n');
  const telling = lines.findLast((line) => /PANIC|FATAL|ERROR|failed/.test(line)) ?? lines.at(-1) ?? '';
  return telling.replace(/^[\d-]+ [\d:.]+ \w+ \[\d+\] /, '').replaceAll(/process \d+|PID \d+/g, 'process');
};

const spaceHint = (text: string): string => (/space left/.test(text) ? '; free some disk space' : '');

/** The one error of a server that does not start: the line that tells why, and what to do. */
export function unusable(folder: string, text: string): AppError {
  const line = text.trim().split('\n').slice(-2).join(' ') || 'no message';
  const hint = /space left/.test(text)
    ? 'free some disk space'
    : /permission denied|EACCES/i.test(text) && isRoot()
      ? `as root PostgreSQL runs as user ${unprivileged.uid}, which must be able to enter every folder above ${folder} and above Windsock's node_modules`
      : 'or set store.database_url to a PostgreSQL of your own';
  return new AppError('UNAVAILABLE', `The embedded PostgreSQL under ${folder} does not start (${line}); ${hint}`);
}

async function ready(options: ServerOptions, port: number, { output, ended }: Launched): Promise<void> {
  const { folder } = options;
  const began = systemClock.monotonicMs();
  for (;;) {
    const store = await openStore({ url: urlOf(options, port), applicationName: 'windsock', max: 1 });
    const failure = await store.query('SELECT 1').then(
      () => null,
      (error: unknown) => error,
    );
    await store.close();
    if (failure === null) return;
    if (failure instanceof AppError && failure.code === 'DENIED') {
      throw new AppError(
        'CONFIG',
        `The embedded PostgreSQL under ${folder} does not take the password in ${folder}/password: restore that file, or move the folder away to begin anew`,
      );
    }
    if (ended() || systemClock.monotonicMs() - began > readyTimeoutMs) throw unusable(folder, output() || errorText(failure));
    await sleep(50);
  }
}

/** Stops the server that a killed Windsock left on this cluster. A pid file whose process is another one by now goes, too. */
async function stopOrphan(data: string): Promise<void> {
  const file = join(data, 'postmaster.pid');
  const pid = Number.parseInt(await readFile(file, 'utf8').catch(() => ''), 10);
  if (!(pid > 0)) return;
  if (await servesFolder(pid, data)) await end(pid, async () => !(await servesFolder(pid, data)));
  else await rm(file, { force: true });
}

/** Fast shutdown, and an immediate one when that takes too long: the write-ahead log makes it safe. */
async function end(pid: number, isGone: () => Promise<boolean>): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    if (await isGone()) return;
    try {
      process.kill(pid, signal);
    } catch {
      return; // it was faster
    }
    const began = systemClock.monotonicMs();
    while (!(await isGone()) && systemClock.monotonicMs() - began < stopTimeoutMs) await sleep(20);
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => {
    server.listen(0, '127.0.0.1', done);
  });
  const address = server.address();
  await new Promise((done) => {
    server.close(done);
  });
  return typeof address === 'object' && address !== null ? address.port : 0;
}
