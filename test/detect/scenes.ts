import type { detectors } from '../../src/detect/detectors.ts';
import type { Facts } from '../../src/detect/facts.ts';
import { observeCycle, type Book } from '../../src/measure/observe.ts';
import { day, mappedRun, newBook, normal, seeded, tried } from '../measure/kit.ts';
import { at, attempt, dagRow, facts, hourly, knownDag, pool, runEnded, slaStatus, snapshot, waiting, openRun } from './kit.ts';

const dags = new Map([['etl', knownDag()]]);

/** A book of daily tries of `etl.load`, the newest of them yesterday (or before), as long as `seconds` says by their number. */
function bookOf(count: number, seconds: (index: number) => number, newestDaysAgo = 1): Book {
  const book = newBook();
  for (let index = 0; index < count; index += 1) {
    const took = seconds(index);
    const end = at('10:30').getTime() - (count - 1 - index + newestDaysAgo) * day + took * 1000;
    observeCycle(book, [tried(end, took)], new Date(end));
  }
  return book;
}

const random = seeded(21);
const noisy = (): number => 600 * Math.exp(0.1 * normal(random));
const usual = bookOf(30, noisy);
/** Sundays take five times as long. 2026-06-10 is a Wednesday. */
const weekly = bookOf(112, (index) => noisy() * ((112 - index) % 7 === 3 ? 5 : 1));

/** What the next try of `etl.load` says, held against this book. */
function next(book: Book, seconds: number): Facts {
  const { trials } = observeCycle(
    structuredClone(book),
    [tried(at('11:59:50').getTime(), seconds, { runPk: 7, runId: 'scheduled__7', dagId: 'etl' })],
    at('12:00'),
  );
  return facts({ trials, series: book.series, learned: book.learned });
}

/** Drifting by 2 % a run, its newest try the first of its week. */
const drifting = (): Facts => {
  const book = bookOf(40, (index) => 600 * 1.02 ** index * Math.exp(0.02 * normal(random)), 7);
  const { trials } = observeCycle(book, [tried(at('11:59:50').getTime(), 1400, { runPk: 7 })], at('12:00'));
  return facts({ trials, series: book.series });
};

/** `etl.parts`, of 24 instances a day, was mapped over nothing. */
function mappedOver(): Facts['mappedTrials'] {
  const book = newBook();
  const run = (daysAgo: number, parts: number) => mappedRun(at('10:00').getTime() - daysAgo * day, { parts });
  for (let daysAgo = 30; daysAgo > 0; daysAgo -= 1) {
    const usual = run(daysAgo, 23 + (daysAgo % 3));
    observeCycle(book, [], usual.endedAt, [usual]);
  }
  return observeCycle(book, [], at('12:00'), [run(0, 0)]).mappedTrials;
}

/** Of `etl` one run in thirty failed, and then the last four. */
const failing = new Map([
  [
    'etl',
    Array.from({ length: 63 }, (_, index) => ({
      runPk: index,
      runId: `scheduled__${index}`,
      runType: 'scheduled',
      dueMs: null,
      startMs: null,
      endMs: at('11:59').getTime() - (63 - index) * 3_600_000,
      state: index % 30 === 7 || index > 58 ? ('failed' as const) : ('success' as const),
      byPerson: false,
    })),
  ],
]);

/** For each detector facts in which it finds something, for the contract that all of them keep. */
export const scenes: Record<keyof typeof detectors, Facts> = {
  component_down: facts({
    snapshot: snapshot({ components: [{ component: 'scheduler', up: false, heartbeatAt: at('11:58'), limitMs: 30_000 }] }),
  }),
  import_error: facts({
    snapshot: snapshot({
      importErrors: { count: 1, errors: [{ filename: 'dags/etl.py', at: at('11:50'), stacktrace: 'KeyError: 1\n' }] },
    }),
  }),
  pool_starved: facts({
    snapshot: snapshot({
      pools: [pool({ open: 0 })],
      unfinished: {
        tasks: [waiting({ state: 'scheduled', queuedAt: null, scheduledAt: at('11:40') })],
        complete: true,
      },
    }),
  }),
  stuck_queued: facts({
    snapshot: snapshot({ pools: [pool()], unfinished: { tasks: [waiting({ queuedAt: at('11:40') })], complete: true } }),
  }),
  task_failed: facts({ transitions: [attempt()] }),
  dag_run_failed: facts({ transitions: [runEnded()] }),
  dag_late: facts({ dags, runs: hourly(), snapshot: snapshot({ dags: [dagRow({ nextRunAt: at('11:00') })] }) }),
  dag_silent: facts({
    dags: new Map([['etl', knownDag({ pausedAt: at('11:10') })]]),
    runs: hourly(),
    snapshot: snapshot({ dags: [dagRow({ paused: true })] }),
  }),
  z_score: next(usual, 3600),
  running_long: facts({
    series: usual.series,
    snapshot: snapshot({
      openRuns: [openRun({ id: 7, startDate: at('11:00') })],
      unfinished: { tasks: [waiting({ state: 'running', startDate: at('11:00:10'), hostname: 'worker-1' })], complete: true },
    }),
  }),
  trend: drifting(),
  pattern: { ...next(weekly, 3000), mappedTrials: mappedOver() },
  failure_rate: facts({ transitions: [runEnded()], runs: failing }),
  sla_breached: facts({ sla: [slaStatus({ state: 'breached', standing: '295 of 300 did; 2 more than allowed went bad' })] }),
  error_budget_burn: facts({
    sla: [slaStatus({ burns: [{ window: '12 runs', rate: 25, alert: 'page', bad: 3, total: 12 }] })],
  }),
  deadline_missed: facts({
    dags,
    snapshot: snapshot({
      deadlines: [
        {
          dagId: 'etl',
          state: 'missed',
          count: 1,
          newestAt: at('11:59:50'),
          runPk: 7,
          runId: 'scheduled__7',
          runType: 'scheduled',
          runState: 'running',
        },
      ],
    }),
  }),
};
