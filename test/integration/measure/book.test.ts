import { expect, test } from 'vitest';
import type { MappedRun } from '../../../src/collect/mapped.ts';
import type { Transition } from '../../../src/collect/transition.ts';
import { learnAnew } from '../../../src/measure/learned.ts';
import { loadBook } from '../../../src/measure/load-book.ts';
import { observeCycle, type Book } from '../../../src/measure/observe.ts';
import { trimCounts } from '../../../src/measure/mapped-rows.ts';
import { mappedKey, mappedRunsMax } from '../../../src/measure/mapped-series.ts';
import { saveBook, saveLearned } from '../../../src/measure/save-book.ts';
import { saveSamples, trimSamples } from '../../../src/measure/samples.ts';
import type { TaskSeries } from '../../../src/measure/series.ts';
import { settleAll } from '../../../src/measure/settle-history.ts';
import type { Store } from '../../../src/store/store.ts';
import { createStore } from '../../kit/database.ts';
import { day, mappedRun, monday, newBook, normal, rules, seeded, tried } from '../../measure/kit.ts';

/** A book as it can be compared: arrays as long as they mean something. */
const shown = ({ series, runs, mapped, learned }: Book) => ({
  runs,
  mapped,
  learned,
  series: new Map(
    [...series].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, each]) => [key, { ...each, ...contents(each) }]),
  ),
});
const contents = ({ length, logs, endedSeconds }: TaskSeries) => ({
  logs: [...logs.subarray(0, length)],
  endedSeconds: [...endedSeconds.subarray(0, length)],
});

async function commit(
  store: Store,
  book: Book,
  { transitions, mapped }: { transitions: readonly Transition[]; mapped: readonly MappedRun[] },
  now: Date,
) {
  const observed = observeCycle(book, transitions, now, mapped);
  await store.transaction((tx) => saveBook(tx, 'test', observed.changes));
  return observed;
}

/** A run's end. */
const ended = (endMs: number, runPk: number, state: 'success' | 'failed'): Transition => ({
  kind: 'run_ended',
  state,
  byPerson: runPk % 7 === 0,
  dagId: `dag-${runPk % 3}`,
  runPk,
  runId: `r${runPk}`,
  runType: 'scheduled',
  logicalDate: null,
  dueAt: new Date(endMs - 60_000),
  startedAt: new Date(endMs - 50_000),
  endedAt: new Date(endMs),
});

test('after a restart the book is what it was, and judges the next tries the same', async () => {
  await using store = await createStore();
  const random = seeded(11);
  const book = newBook();
  let shifts = 0;
  for (let index = 0; index < 130; index += 1) {
    const at = monday + index * day;
    const sunday = index % 7 === 6 ? 3 : 1;
    const level = index < 70 ? 1 : 2;
    const tries = [0, 1, 2, 3].map((task) =>
      tried(at + task * 60_000, 600 * sunday * (task === 1 ? level : 1) * Math.exp(0.1 * normal(random)), { taskId: `t${task}` }),
    );
    const mapped = [0, 1, 2, 3, 5, 9, 70].map((mapIndex) =>
      tried(at + 3_600_000, 10 + mapIndex + random(), { taskId: 'm', mapIndex }),
    );
    const odd = [
      tried(at + 500, 60, { taskId: 'odd', runType: 'backfill' }),
      tried(at + 500, index % 2 === 0 ? Number.NaN : 0, { taskId: 'zero' }),
      tried(at + 900, 0, { taskId: 'zero' }),
      tried(at + 900, 5, { taskId: 'odd', outcome: 'failure' }),
    ];
    // Two DAGs, one of which is mapped over nothing now and then, and a run that is read again.
    const first = mappedRun(at, { m: index % 9, k: 7 });
    const counted = [first, mappedRun(at, { m: 70 }, { dagId: 'other' }), first];
    const ends = [ended(at, index, index % 5 === 0 ? 'failed' : 'success')];
    const { changes } = await commit(
      store,
      book,
      { transitions: [...tries, ...mapped, ...odd, ...ends], mapped: counted },
      new Date(at + 3_700_000),
    );
    shifts += changes.shifts.length;
    if (index % 40 !== 39 && index !== 129) continue;
    const alphas = { alphas: { z_score: 1e-4 }, scoreAlphas: {} };
    const learned = { ...learnAnew(book, () => alphas, 'x', new Date(at + 3_700_000)), failures: { a: 2, b: 98 } };
    book.learned = learned;
    await store.transaction(async (tx) => {
      await saveLearned(tx, 'test', learned);
      await trimSamples(tx, 'test', new Date(0), '');
      await trimCounts(tx, 'test', new Date(0));
    });
    const { book: loaded } = await loadBook(store, 'test', rules);
    expect(shown(loaded)).toEqual(shown(book));
    const next = [tried(at + day, 1800, { taskId: 't0' }), tried(at + day, 700, { taskId: 't1' })];
    // What arrays hold beyond their length means nothing.
    const counts = mappedRun(at + day, { m: 0, k: 70 });
    const said = (of: Book) => {
      const { trials, mappedTrials } = observeCycle(of, next, new Date(at + day), [counts]);
      return [mappedTrials, trials.map(({ series: _series, ...rest }) => rest)];
    };
    expect(said(loaded)).toEqual(said(structuredClone(book)));
  }
  expect(shifts).toBeGreaterThan(0);
  expect(book.mapped.get(mappedKey('etl', 'm'))?.counts).toHaveLength(mappedRunsMax);
  expect([...book.series.values()].some(({ profile }) => profile?.kind === 'weekday')).toBe(true);
});

test('history in any order, settled at its end, gives what the same tries in order give after a reload', async () => {
  await using store = await createStore();
  const random = seeded(5);
  const tries = Array.from({ length: 100 }, (_, index) =>
    tried(monday + index * day, (index < 50 ? 600 : 1500) * Math.exp(0.1 * normal(random))),
  );
  await store.transaction((tx) =>
    saveSamples(
      tx,
      'test',
      tries.toReversed().map((attempt) => ({ attempt, counted: true, score: null })),
    ),
  );
  const { book } = await loadBook(store, 'test', rules);
  const changes = settleAll(book, book.series.values());
  expect(changes.shifts).toHaveLength(1);
  expect(changes.shifts[0]?.at).toEqual(tries[50]?.endedAt);
  await store.transaction((tx) => saveBook(tx, 'test', changes));
  const { book: again } = await loadBook(store, 'test', rules);
  expect(shown(again)).toEqual(shown(book));
  expect(again.series.values().next().value?.length).toBe(50);
});

test('a try that history brought before is told of, so that the book is loaded anew', async () => {
  await using store = await createStore();
  const attempt = tried(monday, 60);
  await store.transaction((tx) => saveSamples(tx, 'test', [{ attempt, counted: true, score: null }]));
  const { changes } = observeCycle(newBook(), [attempt, tried(monday + day, 60)], new Date(monday + day));
  expect(await store.transaction((tx) => saveBook(tx, 'test', changes))).toEqual({ known: 1 });
});
