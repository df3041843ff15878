import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Attempt } from '../src/collect/transition.ts';
import type { Snapshot } from '../src/collect/snapshot.ts';
import { detectConfig } from '../src/detect/config.ts';
import { detect } from '../src/detect/detect.ts';
import { detectors } from '../src/detect/detectors.ts';
import { alphasOf } from '../src/detect/budget.ts';
import { settingsOf } from '../src/detect/settings.ts';
import { randomOf } from '../src/demo/random.ts';
import { systemClock } from '../src/lib/clock.ts';
import { expectedFamilies } from '../src/measure/families/expected.ts';
import { learnAnew } from '../src/measure/learned.ts';
import { emptyBook, observeCycle, type Book } from '../src/measure/observe.ts';
import { insertTry, seriesFor } from '../src/measure/series-book.ts';
import { keptMax, logSecondsOf } from '../src/measure/series.ts';
import { settleAll } from '../src/measure/settle-history.ts';
import { emptyTallies, taskTally } from '../src/measure/tally.ts';
import { formatSize, type BenchRun } from './line.ts';

const tasks = 50_000;
const daySeconds = 86_400;
const startSeconds = Date.UTC(2026, 0, 5) / 1000;
const now = new Date((startSeconds + keptMax * daySeconds) * 1000);

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes in use, typed arrays included. */
function bytesInUse(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const nameOf = (index: number) => ({
  dagId: `team_${index % 7}_pipeline_${Math.floor(index / 10)}`,
  taskId: `load_${index % 10}`,
});

/** A full history of each task: daily runs, a fifth of them with weekends of their own. */
function filled(): Book {
  const { pattern } = detectConfig.parse({});
  const book = emptyBook({ minPeriods: pattern.min_weeks, minPerBucket: pattern.min_per_bucket });
  const random = randomOf('judge-cycle');
  for (let index = 0; index < tasks; index += 1) {
    const series = seriesFor(book.series, { ...nameOf(index), bucket: '' });
    for (let day = 0; day < keptMax; day += 1) {
      const weekend = index % 5 === 0 && day % 7 >= 5 ? 3 : 1;
      const seconds = (60 + (index % 1000)) * weekend * Math.exp(0.6 * (random.next() + random.next() + random.next() - 1.5));
      insertTry(series, { log: logSecondsOf(seconds) ?? 0, endedSeconds: Math.floor(startSeconds + day * daySeconds + seconds) });
    }
  }
  settleAll(book, book.series.values());
  return book;
}

const attempt = (index: number): Attempt => ({
  kind: 'attempt',
  outcome: 'success',
  ...nameOf(index),
  mapIndex: -1,
  runPk: index,
  runId: 'scheduled__2026-05-05',
  runType: 'scheduled',
  tryNumber: 1,
  startedAt: now,
  endedAt: now,
  durationSeconds: 60 + (index % 1000),
  queueWaitSeconds: 1,
  queue: 'default',
  pool: 'default_pool',
  operator: 'PythonOperator',
  hostname: 'worker-1',
  dueAt: now,
  runStartedAt: now,
  clearNumber: 0,
});

/** Judging a cycle in which each of 50 000 tasks with a full history ends a try, and what such histories take in memory. */
export async function benchJudgeCycle({ emit, say }: BenchRun): Promise<void> {
  const before = bytesInUse();
  const book = filled();
  const megabytes = (bytesInUse() - before) / 1e6;
  say(`${formatSize(tasks)} series of ${keptMax} tries`);
  const line = (figure: string, value: number, unit: string, atMost?: number) =>
    emit({ bench: 'judge-cycle', figure, value, unit, ...(atMost === undefined ? {} : { target: { of: 'value', atMost } }) });
  line(`memory of ${formatSize(tasks)} full series`, megabytes, 'MB', 100);
  line('memory of a series', (megabytes * 1e6) / tasks, 'bytes');

  // Of this thread alone, so that others on the machine do not count: what one core needs.
  const timed = <Result>(work: () => Result): { result: Result; seconds: number } => {
    const began = process.threadCpuUsage();
    const result = work();
    const { user, system } = process.threadCpuUsage();
    return { result, seconds: (user + system - began.user - began.system) / 1e6 };
  };
  const settings = settingsOf(detectConfig.parse({}), []);
  const learned = timed(() => learnAnew(book, (prior) => alphasOf({ ...book, prior }, settings, now), '', now));
  book.learned = learned.result;
  const transitions = Array.from({ length: tasks }, (_, index) => attempt(index));
  const observed = timed(() => observeCycle(book, transitions, now));
  const snapshot: Snapshot = { at: now, version: '', revision: '', activeRuns: new Map(), openRuns: [] };
  const { trials, changes } = observed.result;
  const facts = {
    transitions,
    snapshot,
    previousAt: now,
    dags: new Map(),
    trials,
    mappedTrials: [],
    shifts: changes.shifts,
    ...book,
    sla: [],
    warmingUp: false,
  };
  const detected = timed(() => detect(detectors, { facts, open: [], settings, clock: systemClock }));
  const tallies = emptyTallies();
  for (let index = 0; index < tasks; index += 1) taskTally(tallies, nameOf(index).dagId, nameOf(index).taskId, now);
  const banded = timed(() => expectedFamilies(tallies, book, { dagIds: null, notBefore: new Date(0) }, now));
  line('expect, judge and add a try of each', observed.seconds, 's');
  line('all detectors', detected.seconds, 's');
  line('judging in all', observed.seconds + detected.seconds, 's', 1);
  line('bands and scores of the exposition', banded.seconds, 's');
  line('pooled scale and alphas (hourly)', learned.seconds, 's');
}
