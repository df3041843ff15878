import { describe, expect, test } from 'vitest';
import { fitConfidence, labelsMin, type Label } from '../../../src/explain/call/calibrate.ts';
import { confidenceOf, type Features } from '../../../src/explain/call/confidence.ts';

const features = (given: Partial<Features> = {}): Features => ({
  quotes: 1 / 3,
  telling: 1,
  ratio: 1,
  agreement: 0,
  history: 0,
  unsupported: 0,
  claimed: 1,
  ...given,
});

describe('the fixed table', () => {
  test.each<[string, Partial<Features>, number]>([
    ['one telling quote', {}, 0.6],
    ['three quotes', { quotes: 1 }, 0.7],
    ['rules that agree', { agreement: 1 }, 0.8],
    ['rules that say otherwise', { agreement: -1 }, 0.4],
    ['a quote of the surroundings', { telling: 0.5 }, 0.5],
    ['a quote that only says it failed', { telling: 0 }, 0.39],
    ['names that nobody showed', { unsupported: 1 }, 0.45],
    ['people who confirmed it', { history: 0.75 }, 0.71],
    ['all that speaks for it', { quotes: 1, agreement: 1, history: 1 }, 0.95],
    [
      'nothing that speaks for it',
      { quotes: 0, telling: 0, ratio: 0, agreement: -1, history: -1, unsupported: 1, claimed: 0 },
      0.05,
    ],
  ])('%s', (_what, given, expected) => expect(confidenceOf(features(given), 'data_quality', null)).toBe(expected));

  test('who abstains is not sure of anything', () => {
    expect(confidenceOf(features({ quotes: 1, agreement: 1 }), 'unknown', null)).toBe(0.39);
  });
});

/** Labels of which those with rules that agree are right nine times of ten, and the others three times. */
const labels = (count: number): Label[] =>
  Array.from({ length: count }, (_, index) => {
    const agrees = index % 2 === 0;
    const nth = Math.floor(index / 2) % 10;
    return { features: features({ agreement: agrees ? 1 : -1 }), right: agrees ? nth < 9 : nth < 3 };
  });

test('below fifty labels there is no fit, nor where all say the same', () => {
  expect(fitConfidence(labels(labelsMin - 1))).toBeNull();
  expect(fitConfidence(labels(labelsMin))).not.toBeNull();
  expect(fitConfidence(labels(60).map((label) => ({ ...label, right: true })))).toBeNull();
});

test('a fit says how often such explanations were right', () => {
  const fit = fitConfidence(labels(400));
  expect(confidenceOf(features({ agreement: 1 }), 'data_quality', fit)).toBeCloseTo(0.9, 1);
  expect(confidenceOf(features({ agreement: -1 }), 'data_quality', fit)).toBeCloseTo(0.3, 1);
});

test('a fit keeps what the table must: medium at most against the rules, low where it abstains', () => {
  const fit = fitConfidence(
    labels(400).map(({ features: of, right }) => ({ features: { ...of, agreement: -of.agreement }, right })),
  );
  expect(confidenceOf(features({ agreement: -1 }), 'data_quality', fit)).toBeLessThanOrEqual(0.74);
  expect(confidenceOf(features(), 'unknown', fit)).toBeLessThanOrEqual(0.39);
});
