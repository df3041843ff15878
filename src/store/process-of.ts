import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { promisify } from 'node:util';

/** Whether a process of this number lives. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/**
 * What tells a process from an earlier or later one of the same number: the boot and the time in it when it began. Undefined
 * where the system does not say, or when there is no such process.
 */
export async function birthOf(pid: number): Promise<string | undefined> {
  try {
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
    const status = await readFile(`/proc/${pid}/stat`, 'utf8');
    // proc(5): the 22nd field; the second is the program's name in brackets and may hold blanks.
    const began = status.slice(status.lastIndexOf(')') + 2).split(' ')[19];
    return `${boot.trim()}/${began}`;
  } catch {
    return ps(pid, 'lstart=');
  }
}

/** Whether this is a living PostgreSQL server on this data folder: its working directory. Numbers of dead ones are given anew. */
export async function servesFolder(pid: number, data: string): Promise<boolean> {
  if (!isAlive(pid)) return false;
  if (process.platform !== 'linux') return /postgres/.test((await ps(pid, 'command=')) ?? '');
  try {
    const [its, ours] = [await stat(`/proc/${pid}/cwd`), await stat(data)];
    return its.dev === ours.dev && its.ino === ours.ino;
  } catch {
    return false;
  }
}

async function ps(pid: number, field: string): Promise<string | undefined> {
  const answer = await promisify(execFile)('ps', ['-o', field, '-p', String(pid)]).catch(() => undefined);
  return answer?.stdout.trim().replaceAll(/\s+/g, ' ') || undefined;
}
