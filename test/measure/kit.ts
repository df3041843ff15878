import type { MappedRun } from '../../src/collect/mapped.ts';
import type { Attempt } from '../../src/collect/transition.ts';
import { emptyBook, type Book } from '../../src/measure/observe.ts';

export const rules = { minPeriods: 4, minPerBucket: 4 };
export const newBook = (): Book => emptyBook(rules);

export const day = 86_400_000;
/** A Monday. */
export const monday = Date.UTC(2026, 0, 5);

let runs = 0;

/** A try of `etl.load` that succeeded after this many seconds, and ended then. */
export function tried(endedMs: number, seconds: number, over: Partial<Attempt> = {}): Attempt {
  runs += 1;
  return {
    kind: 'attempt',
    outcome: 'success',
    dagId: 'etl',
    taskId: 'load',
    mapIndex: -1,
    runPk: runs,
    runId: `scheduled__${runs}`,
    runType: 'scheduled',
    tryNumber: 1,
    startedAt: new Date(endedMs - seconds * 1000),
    endedAt: new Date(endedMs),
    durationSeconds: seconds,
    queueWaitSeconds: 1,
    queue: 'default',
    pool: 'default_pool',
    operator: 'PythonOperator',
    hostname: 'worker-1',
    dueAt: new Date(endedMs - seconds * 1000),
    runStartedAt: new Date(endedMs - seconds * 1000),
    clearNumber: 0,
    ...over,
  };
}

/** Uniform numbers in [0, 1), the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Standard normal numbers by Box and Muller. */
export const normal = (random: () => number): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** A run of `etl` that was due and started then, ended ten minutes later, and had so many instances of each mapped task. */
export function mappedRun(startedMs: number, counts: Record<string, number>, over: Partial<MappedRun> = {}): MappedRun {
  runs += 1;
  return {
    dagId: 'etl',
    runPk: runs,
    runId: `scheduled__${runs}`,
    runType: 'scheduled',
    dueAt: new Date(startedMs),
    runStartedAt: new Date(startedMs),
    endedAt: new Date(startedMs + 600_000),
    clearNumber: 0,
    counts: new Map(Object.entries(counts)),
    ...over,
  };
}
