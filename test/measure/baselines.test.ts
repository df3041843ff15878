import { describe, expect, test } from 'vitest';
import { baselinesOf } from '../../src/measure/baselines.ts';
import { expectedFamilies } from '../../src/measure/families/expected.ts';
import { alphaMax } from '../../src/measure/frequency.ts';
import { observeCycle, type Book } from '../../src/measure/observe.ts';
import { seriesKey } from '../../src/measure/series.ts';
import { emptyTallies, taskTally } from '../../src/measure/tally.ts';
import { tailAbove } from '../../src/stats/prediction.ts';
import { day, monday, newBook, tried } from './kit.ts';

const now = new Date(monday + 200 * day);

function bookOf(seconds: readonly number[], alphas: Record<string, number> = {}): Book {
  const book = newBook();
  book.learned = { ...book.learned, alphas };
  for (const [index, each] of seconds.entries()) {
    const end = monday + index * day;
    observeCycle(book, [tried(end, each, { runPk: index })], new Date(end));
  }
  return book;
}

const baselineIn = (book: Book) => baselinesOf([...book.series.values()], { ...book, shifts: new Map() }, now)[0];

/** By bound, as the exposition shows them. */
function bandIn(book: Book): Record<string, number> {
  const tallies = emptyTallies();
  taskTally(tallies, 'etl', 'load', now);
  const [band] = expectedFamilies(tallies, book, { dagIds: null, notBefore: new Date(0) }, now);
  if (band === undefined || band.kind === 'histogram') throw new Error('no band');
  return Object.fromEntries(band.samples.map(({ labels, value }) => [labels.pairs['bound'] ?? '', value]));
}

describe('the band of a task', () => {
  test('that runs daily is that of an alpha of 0.01, where alpha was worked out for tasks that all run every few minutes', () => {
    // 0.01 at a share of 1/256: what is learned where everything runs every five minutes.
    const book = bookOf(
      Array.from({ length: 30 }, (_, index) => 60 + (index % 7)),
      { z_score: 2.56, pattern: 2.56 },
    );
    const [baseline, band] = [baselineIn(book), bandIn(book)];
    const { summary } = book.series.get(seriesKey('etl', 'load', '')) ?? {};
    expect(band['upper']).toBeCloseTo(baseline?.upper_seconds ?? 0, 6);
    expect(band['lower']).toBeCloseTo(baseline?.lower_seconds ?? 0, 6);
    if (summary == null) throw new Error('no summary');
    expect(tailAbove(summary, Math.log(band['upper'] ?? 0))).toBeCloseTo(alphaMax, 9);
  });

  test('with few tries ends where they would be a finding: at three times the longest, five minutes at least', () => {
    const long = baselineIn(bookOf([10, 5000, 20]));
    expect(long).toMatchObject({ n: 3, lower_seconds: 0 });
    expect(long?.upper_seconds).toBeCloseTo(15_000, 1);
    const short = bookOf([1, 2, 3, 4, 5, 6]);
    expect(baselineIn(short)).toMatchObject({ n: 6, lower_seconds: 0 });
    expect(baselineIn(short)?.upper_seconds).toBeCloseTo(300, 3);
    expect(baselineIn(bookOf([1, 2, 3, 4, 5, 6, 7]))?.lower_seconds).toBeGreaterThan(0);
  });

  test('is finite, however much durations vary', () => {
    const wild = Array.from({ length: 7 }, (_, index) => [0.1, 1e300][index % 2] ?? 1);
    const { lower_seconds: lower, upper_seconds: upper } = baselineIn(bookOf(wild)) ?? {};
    expect(Number.isFinite(lower) && Number.isFinite(upper)).toBe(true);
  });
});
