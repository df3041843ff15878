import type { ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import { sleep } from '../src/lib/clock.ts';

/** A port on loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

const isGone = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

/** Ends a process that we started (with its group, when it was started detached): politely, then at once after 10 s. */
export async function stopProcess(child: ChildProcess, { group = false } = {}): Promise<void> {
  const { pid } = child;
  if (pid === undefined) return;
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (isGone(child)) return;
    process.kill(group ? -pid : pid, signal);
    const began = performance.now();
    while (!isGone(child) && performance.now() - began < 10_000) await sleep(20);
  }
}
