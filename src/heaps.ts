import { setFlagsFromString } from 'node:v8';
import { Worker, type WorkerOptions } from 'node:worker_threads';

/**
 * How far a heap may grow beyond what is in use after a full collection. V8 lets small heaps double and more, and what the
 * cycles leave behind is then twice in memory.
 */
const growPercent = 30;
/** Megabytes of one half of the cycle thread's young generation: with 8, judging 50 000 tasks takes no less time. */
const cycleSemiSpaceMb = 4;
/** Of the thread's heap in all. A GB is room for some 500 000 tasks. */
const oldGenerationMb = 1024;

/**
 * Keeps the heaps of a process small that runs for weeks; call it before most of the code is loaded, whose garbage lets the
 * young generation grow. V8 would give each thread two halves of up to 64 MB, and keep them. The main thread serves what is
 * ready-made, so the megabyte that a half begins with will do. (It is no strict limit: garbage made
 * as fast as can be has let it grow to 22 MB on a busy machine, where it would be 134.) These are flags that V8 reads anew at each collection, so they
 * work however the process was started.
 */
export function limitHeaps(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString(`--heap-growing-percent=${growPercent}`);
}

/** For a process that has little to do: as little memory as V8 makes do with, and more processor time. */
export function favourSize(): void {
  setFlagsFromString('--optimize-for-size');
  setFlagsFromString('--heap-growing-percent=10');
}

/** Starts the cycle thread, which makes more garbage than the main thread, with a young generation of its own size. */
export function startRoomy(entry: URL, options: WorkerOptions): Worker {
  // Read when a heap is made: this one alone.
  setFlagsFromString(`--min-semi-space-size=${cycleSemiSpaceMb}`);
  const resourceLimits = { maxYoungGenerationSizeMb: 3 * cycleSemiSpaceMb, maxOldGenerationSizeMb: oldGenerationMb };
  const worker = new Worker(entry, { ...options, resourceLimits });
  worker.once('online', () => setFlagsFromString('--min-semi-space-size=0'));
  return worker;
}
