// Loaded into a Windsock under measurement (node --import): tells its parent how the main thread fares.
import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';
import type { ProcessState } from './windsock-process.ts';

/** Linux: nanoseconds that the main thread has run, and has waited for a processor. */
function schedule(): { ranMs: number; waitedMs: number } {
  try {
    const [ran = 0, waited = 0] = readFileSync('/proc/self/schedstat', 'utf8').split(' ').map(Number);
    return { ranMs: ran / 1e6, waitedMs: waited / 1e6 };
  } catch {
    return { ranMs: Number.NaN, waitedMs: Number.NaN };
  }
}

/** Processor time of this thread: however busy the machine is, it is the thread's own. */
function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

// Not in a process that it starts for itself.
if (isMainThread && process.send !== undefined && process.env['BENCH_PARENT'] === `${process.ppid}`) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  let longestRunMs = 0;
  let ranToMs = threadMs();
  // Each look costs the thread that is measured: so rarely that it does not matter, and what ran between two is a bound from above.
  // Must not keep it alive, as listening must not.
  setInterval(() => {
    const nowMs = threadMs();
    longestRunMs = Math.max(longestRunMs, nowMs - ranToMs);
    ranToMs = nowMs;
  }, 5).unref();
  process.on('message', (message) => {
    if (message === 'reset') {
      delay.reset();
      longestRunMs = 0;
    }
    const state: ProcessState = {
      loopMaxMs: delay.max / 1e6,
      loopP99Ms: delay.percentile(99) / 1e6,
      longestRunMs,
      rssBytes: process.memoryUsage.rss(),
      ...schedule(),
    };
    process.send?.(state);
  });
  process.channel?.unref();
}
