import { expect, test } from 'vitest';
import { shippedRules } from '../../../src/explain/rules/shipped.ts';
import { peerCases } from './cases-of-peers.ts';
import { platformCases } from './cases-of-platform.ts';
import { explainCase } from './log-of.ts';

const cases = [...platformCases, ...peerCases];

test.each(cases)('%s is found', (rule, hit) => {
  expect(explainCase(hit)).toMatchObject({ source: 'rules', rule });
});

test.each(cases)('%s is not taken for what only looks like it', (rule, _hit, miss) => {
  expect(explainCase(miss).rule).not.toBe(rule);
});

test('every shipped rule is tried', () => {
  expect(cases.map(([rule]) => rule)).toEqual(shippedRules.map(({ name }) => name));
});
