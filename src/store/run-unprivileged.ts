import { execFile, spawn, type ChildProcessByStdio } from 'node:child_process';
import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';

/** PostgreSQL refuses to run as root: then it runs as this user, which every Unix has. */
export const unprivileged = { uid: 65_534, gid: 65_534 };

export type RunProgram = (program: string, args: readonly string[]) => ChildProcessByStdio<null, Readable, Readable>;

// Root's right to pass closed folders, and nothing else of root; the secure bit lets access() know of it too.
const passClosedFolders = [
  `--reuid=${unprivileged.uid}`,
  `--regid=${unprivileged.gid}`,
  '--clear-groups',
  '--securebits=+no_setuid_fixup',
  '--inh-caps=+dac_override',
  '--ambient-caps=+dac_override',
];

const systemPath = '/usr/sbin:/usr/bin:/sbin:/bin';

export const isRoot = (): boolean => process.getuid?.() === 0;

/**
 * How to start a program of PostgreSQL that lives in and works on these folders. As root it runs as an unprivileged user. Where
 * that user may not enter one of the folders (a clone in root's home, or in a private temporary folder) it keeps the right to
 * pass, if this system has `setpriv` and allows it; elsewhere the program itself will say what it may not enter.
 */
export async function programRunner(folders: readonly string[]): Promise<RunProgram> {
  const options = {
    stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'],
    env: { LC_ALL: 'C', TZ: 'UTC' },
    cwd: '/',
    // A process group of its own: Ctrl-C is for Windsock, which stops its server last.
    detached: process.platform !== 'win32',
  };
  if (!isRoot()) return (program, args) => spawn(program, args, options);
  const open = await Promise.all(folders.map(everyoneMayEnter));
  if (open.every(Boolean) || !(await setprivWorks())) {
    return (program, args) => spawn(program, args, { ...options, ...unprivileged });
  }
  return (program, args) =>
    spawn('setpriv', [...passClosedFolders, program, ...args], { ...options, env: { ...options.env, PATH: systemPath } });
}

async function everyoneMayEnter(folder: string): Promise<boolean> {
  const executeForOthers = 0o001;
  for (let path = await realpath(folder); ; path = dirname(path)) {
    const { mode } = await stat(path);
    if ((mode & executeForOthers) === 0) return false;
    if (path === dirname(path)) return true;
  }
}

function setprivWorks(): Promise<boolean> {
  return new Promise((done) => {
    execFile('setpriv', [...passClosedFolders, 'true'], { env: { PATH: systemPath } }, (error) => done(error === null));
  });
}
