import { describe, expect, test } from 'vitest';
import { labelledSeries } from '../../../bench/labelled-series.ts';
import { addScores, noScore, scoreLabels, type SeriesScore } from '../../../bench/series-score.ts';
import { createRowJudge, defaultAlpha } from '../../../src/detect/rows/judge-rows.ts';

// Not those that the detectors were tuned on (1 to 8).
const seeds = [21, 22, 23];

const scores = new Map<string, SeriesScore>();
for (const series of seeds.flatMap(labelledSeries)) {
  const judge = createRowJudge(defaultAlpha);
  const labels = series.values.map((value, index) => judge(series.at[index] as number, value).by !== null);
  scores.set(series.name, addScores(scores.get(series.name) ?? noScore(), scoreLabels(series, labels)));
}
const scoreOf = (name: string): SeriesScore => scores.get(name) ?? noScore();
const shareFound = ({ found, faults }: SeriesScore): number => found / faults;
const falseShare = ({ falseRows, quietRows }: SeriesScore): number => falseRows / quietRows;

describe('of what is wrong in series that nobody tuned on', () => {
  // Slow spells of four times the usual are 4 standard deviations, at the very bound; drifts are small in every row.
  test.each([...scores].filter(([, { faults }]) => faults > 0).map(([name]) => [name]))('%s: found', (name) => {
    expect(shareFound(scoreOf(name))).toBeGreaterThanOrEqual(/slow spells|drift/.test(name) ? 0.5 : 0.85);
  });

  test('at least nine in ten are found, and at most 4 in 1000 other rows are marked', () => {
    const all = [...scores.values()].reduce(addScores, noScore());
    expect(all.faults).toBeGreaterThan(200);
    expect(shareFound(all)).toBeGreaterThan(0.93);
    expect(falseShare(all)).toBeLessThan(0.004);
  });
});

describe('series without faults are left alone', () => {
  // Each restart and each new setting is a jump that nothing announces.
  const jumping = /freed|replicas/;
  test.each([...scores].filter(([, { faults }]) => faults === 0).map(([name]) => [name]))('%s', (name) => {
    expect(falseShare(scoreOf(name))).toBeLessThan(jumping.test(name) ? 0.035 : 0.008);
  });
});
