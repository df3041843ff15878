// Starts processes that must not outlive this one, and ends them: by process group, and by the mark that each inherits.
import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** ZOO_PATIENCE: so many times longer than usual, for a machine that is busy with other things. */
export const PATIENCE = Number(process.env['ZOO_PATIENCE'] ?? 1);

const MARK = 'ZOO_MARK';
const mark = `${process.pid}-${Date.now()}`;

const started = new Set<ChildProcess>();

export type Running = { name: string; process: ChildProcess; ended: () => string | null };

/** Our own environment without settings of Windsock: it is told its own, and refuses those it does not know. */
const inherited = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('WINDSOCK_')));

/** Starts a command in a group of its own, its output in `file`. */
export function start(name: string, command: string[], file: string, env: Record<string, string> = {}): Running {
  const [program = '', ...args] = command;
  const out = createWriteStream(file);
  const child = spawn(program, args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...inherited(), ...env, [MARK]: mark },
  });
  child.stdout.pipe(out, { end: false });
  child.stderr.pipe(out, { end: false });
  started.add(child);
  let end: string | null = null;
  child.on('exit', (code, signal) => (end = `${name} ended with ${code ?? signal}`));
  child.on('error', (error) => (end = `${name} cannot be started: ${error.message}`));
  return { name, process: child, ended: () => end };
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // Gone already.
  }
}

/** Processes that carry our mark in their environment, apart from this one: Airflow leaves its group here and there. */
async function marked(): Promise<number[]> {
  const names = await readdir('/proc').catch(() => []);
  const found: number[] = [];
  for (const name of names) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    const environment = await readFile(`/proc/${name}/environ`, 'latin1').catch(() => '');
    if (environment.split('\0').includes(`${MARK}=${mark}`)) found.push(Number(name));
  }
  return found;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // Gone already.
  }
}

/** Ends everything that `start` began and all its descendants; returns when none is left. */
export async function endAll(): Promise<void> {
  for (const child of started) signalGroup(child, 'SIGTERM');
  for (let tries = 0; tries < 60; tries += 1) {
    const left = await marked();
    if (left.length === 0) break;
    if (tries >= 15) for (const pid of left) signal(pid, 'SIGKILL');
    await sleep(200);
  }
  started.clear();
}

/** Last resort when this process must go at once. */
export function killGroups(): void {
  for (const child of started) signalGroup(child, 'SIGKILL');
}

/** A port on loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}
