import { expect, test } from 'vitest';
import { betaCdf, betaQuantile, logBeta } from '../../src/stats/beta.ts';
import { betaBinomialUpperTail, binomialUpperTail, hypergeometricPmf, poissonUpperTail } from '../../src/stats/discrete.ts';
import { gammaLower, gammaUpper, logGamma } from '../../src/stats/gamma.ts';
import { normalCdf, normalQuantile, normalSf } from '../../src/stats/normal.ts';
import { digamma, trigamma, trigammaInverse } from '../../src/stats/polygamma.ts';
import { studentCdf, studentQuantile, studentSf, studentUpperQuantile } from '../../src/stats/student.ts';
import { expectClose } from './close.ts';

// Far out, where subtracting from 1 or plain ln Γ would leave no digit. Values by mpmath 1.3 with 90 digits.
const functions: Record<string, (...args: number[]) => number> = {
  normalSf,
  studentSf,
  gammaUpper,
  gammaLower,
  betaCdf,
  logGamma,
  logBeta,
  digamma,
  trigamma,
};
test.each<[string, number[], number]>([
  ['normalSf', [0.001], 0.49960105778608893],
  ['normalSf', [0.7], 0.24196365222307303],
  ['normalSf', [1.7], 0.04456546275854304],
  ['normalSf', [3], 0.0013498980316300946],
  ['normalSf', [10], 7.619853024160525e-24],
  ['normalSf', [20], 2.7536241186062337e-89],
  ['normalSf', [37], 5.725571222524577e-300],
  ['studentSf', [0.01, 6], 0.49617274669548816],
  ['studentSf', [0.1, 13.7], 0.4608964628103755],
  ['studentSf', [1, 1], 0.25],
  ['studentSf', [50, 6], 2.1464505717275725e-9],
  ['studentSf', [1000000.0, 2.5], 7.193397190814239e-16],
  ['studentSf', [30, 59], 1.0079798957078023e-37],
  ['studentSf', [4, 10000.0], 3.1899334411569814e-5],
  ['studentSf', [6, 1000000.0], 9.869249061772174e-10],
  ['studentSf', [8, 300], 1.3675076950769211e-14],
  ['studentSf', [300, 29], 1.7071006328330287e-52],
  ['studentSf', [4, 20000000.0], 3.1671355588956984e-5],
  ['studentSf', [12, 20000000.0], 1.776949009651543e-33],
  ['studentSf', [4, 1000000000.0], 3.167124410823382e-5],
  ['gammaUpper', [0.5, 1e-10], 0.9999887162083294],
  ['gammaUpper', [0.5, 300], 1.674167984691788e-132],
  ['gammaUpper', [3, 80], 5.921717403520807e-32],
  ['gammaUpper', [150, 150], 0.4891417702506403],
  ['gammaUpper', [150, 250], 3.3592224575795494e-12],
  ['gammaUpper', [5000, 5100], 0.07932888107761897],
  ['gammaUpper', [100000.0, 101000.0], 0.0008084215129255907],
  ['gammaLower', [0.5, 1e-10], 1.1283791670579e-5],
  ['gammaLower', [3, 0.01], 1.654216528074877e-7],
  ['gammaLower', [150, 100], 1.88421046603867e-6],
  ['gammaLower', [5000, 4800], 0.0021027954807304734],
  ['gammaLower', [130, 1.2], 9.240846874479477e-211],
  ['betaCdf', [1e-8, 0.5, 0.5], 6.366197734286143e-5],
  ['betaCdf', [0.3, 2, 30], 0.999774606597093],
  ['betaCdf', [0.5, 150, 150], 0.5],
  ['betaCdf', [0.4, 400, 500], 0.003428893223334292],
  ['betaCdf', [0.01, 20, 3000], 0.9802321059521566],
  ['betaCdf', [0.999, 12.5, 3], 0.9999995956901487],
  ['betaCdf', [0.25, 5000, 14000], 1.577057664438436e-5],
  ['logGamma', [1e-10], 23.025850929882736],
  ['logGamma', [0.3], 1.0957979948180756],
  ['logGamma', [0.5], 0.5723649429247001],
  ['logGamma', [1.5], -0.12078223763524522],
  ['logGamma', [3.7], 1.428072326665388],
  ['logGamma', [9.99], 12.779315214350193],
  ['logGamma', [10], 12.801827480081469],
  ['logGamma', [57.25], 173.36191283062723],
  ['logGamma', [1000000.0], 12815504.569147611],
  ['logBeta', [0.5, 0.5], 1.1447298858494002],
  ['logBeta', [0.001, 5], 6.905672657062075],
  ['logBeta', [0.5, 1000000.0], -6.335390211057437],
  ['logBeta', [20, 1000000.0], -236.970516970851],
  ['logBeta', [300, 400], -479.688451037132],
  ['logBeta', [7, 12], -12.313886150149067],
  ['digamma', [0.01], -100.56088545786868],
  ['digamma', [0.5], -1.9635100260214235],
  ['digamma', [1], -0.5772156649015329],
  ['digamma', [3.3], 1.0348224890596216],
  ['digamma', [10], 2.251752589066721],
  ['digamma', [250], 5.519459584531046],
  ['trigamma', [0.01], 10001.621213528313],
  ['trigamma', [0.5], 4.934802200544679],
  ['trigamma', [1], 1.6449340668482264],
  ['trigamma', [3.3], 0.3535015418410618],
  ['trigamma', [10], 0.10516633568168575],
  ['trigamma', [250], 0.004008010666632534],
])('%s of %j is %d', (name, args, expected) => {
  expectClose(functions[name]?.(...args) ?? Number.NaN, expected, 1e-10);
});

// Values by scipy 1.17.
test.each([
  [1e-10, 2.5, 8765.437771364572],
  [1e-6, 30, 5.871117120418883],
  [0.3, 0.7, 0.835441155706963],
  [0.4999, 7, 0.00025974603090261677],
  [1e-4, 1, 3183.0987571181513],
  [1e-12, 200, 7.503247657072684],
])('t with %d above it at df %d is %d', (alpha, df, expected) => {
  expectClose(studentUpperQuantile(alpha, df), expected, 1e-12);
});

test('t quantiles meet their closed forms for 1 and 2 degrees of freedom', () => {
  for (const p of [0.51, 0.75, 0.99, 0.9999]) {
    expectClose(studentQuantile(p, 1), Math.tan(Math.PI * (p - 0.5)), 1e-12);
    expectClose(studentQuantile(p, 2), (2 * p - 1) / Math.sqrt(2 * p * (1 - p)), 1e-12);
  }
});

test('an extreme t quantile still has its tail', () => {
  for (const [alpha, df] of [
    [1e-300, 5],
    [1e-300, 3],
    [1e-307, 25],
    [1e-300, 60],
    [1e-300, 1e6],
    [1e-9, 1e8],
    [1e-150, 1],
  ] as const)
    expectClose(studentSf(studentUpperQuantile(alpha, df), df), alpha, 1e-9);
  expect(studentUpperQuantile(1e-300, 0.5)).toBe(Infinity);
});

test.each([
  [1e-10, 0.5, 0.5, 2.4674011002723397e-20],
  [1e-6, 20, 300, 0.017185528731638307],
  [0.9, 0.2, 7, 0.08746234447636496],
  [0.3, 300, 200, 0.588604195784356],
])('the beta quantile at %d of (%d, %d) is %d', (p, a, b, expected) => {
  expectClose(betaQuantile(p, a, b), expected, 1e-11);
});

test.each([
  [1, 30, 40.5, 3.5, 1],
  [9, 10, 0.5, 0.5, 0.26893234252929676],
  [40, 50, 3, 3, 0.0797878899987674],
  [2, 1000, 0.5, 60, 0.6504419629351958],
])('P(X >= %i) of BetaBinomial(%i, %d, %d) is %d', (k, n, a, b, expected) => {
  expectClose(betaBinomialUpperTail(k, n, a, b), expected, 1e-11);
});

test('a large population keeps its hypergeometric probabilities', () => {
  expectClose(hypergeometricPmf(5, 20_000, 40, 900), 0.02415403079504536, 1e-10);
  expectClose(hypergeometricPmf(300, 1_000_000, 1000, 300_000), 0.027534774643522726, 2e-9);
});

test('the normal and the t with infinite degrees of freedom are the same', () => {
  for (const z of [-7, -1, 0, 0.3, 5, 30]) expect(studentSf(z, Infinity)).toBe(normalSf(z));
  expect(studentUpperQuantile(0.001, Infinity)).toBe(-normalQuantile(0.001));
});

test('borders have their limits', () => {
  expect([normalCdf(Infinity), normalCdf(-Infinity), normalSf(40)]).toEqual([1, 0, 0]);
  expect([normalQuantile(0), normalQuantile(0.5), normalQuantile(1)]).toEqual([-Infinity, 0, Infinity]);
  expect([studentCdf(Infinity, 3), studentSf(Infinity, 3), studentSf(0, 3)]).toEqual([1, 0, 0.5]);
  expect([studentQuantile(0, 3), studentQuantile(0.5, 3), studentQuantile(1, 3)]).toEqual([-Infinity, 0, Infinity]);
  expect([betaCdf(0, 2, 3), betaCdf(1, 2, 3), betaQuantile(0, 2, 3), betaQuantile(1, 2, 3)]).toEqual([0, 1, 0, 1]);
  expect([gammaLower(2, 0), gammaLower(2, Infinity), gammaUpper(2, 0), gammaUpper(2, Infinity)]).toEqual([0, 1, 1, 0]);
  expect([
    binomialUpperTail(0, 5, 0.3),
    binomialUpperTail(6, 5, 0.3),
    binomialUpperTail(1, 5, 0),
    binomialUpperTail(5, 5, 1),
  ]).toEqual([1, 0, 0, 1]);
  expect([
    poissonUpperTail(0, 3),
    poissonUpperTail(1, 0),
    betaBinomialUpperTail(0, 5, 1, 1),
    betaBinomialUpperTail(6, 5, 1, 1),
  ]).toEqual([1, 0, 1, 0]);
  expect([hypergeometricPmf(-1, 9, 4, 4), hypergeometricPmf(5, 9, 4, 4), hypergeometricPmf(0, 9, 0, 4)]).toEqual([0, 0, 1]);
  expect(logGamma(Infinity)).toBe(Infinity);
});

test.each<[string, () => number]>([
  ['a probability above 1', () => normalQuantile(1.1)],
  ['a NaN probability', () => studentQuantile(Number.NaN, 3)],
  ['no degrees of freedom', () => studentSf(1, 0)],
  ['a NaN t', () => studentSf(Number.NaN, 3)],
  ['a NaN z', () => normalSf(Number.NaN)],
  ['logGamma at 0', () => logGamma(0)],
  ['a negative gamma argument', () => gammaUpper(1, -1)],
  ['a beta parameter of 0', () => betaCdf(0.5, 0, 1)],
  ['an infinite beta parameter', () => logBeta(1, Infinity)],
  ['half a success', () => binomialUpperTail(0.5, 3, 0.1)],
  ['a success probability below 0', () => binomialUpperTail(1, 3, -0.1)],
  ['an infinite mean', () => poissonUpperTail(1, Infinity)],
  ['more marked than there are', () => hypergeometricPmf(1, 5, 6, 2)],
  ['a beta-binomial without prior', () => betaBinomialUpperTail(1, 5, 0, 1)],
  ['trigammaInverse of 0', () => trigammaInverse(0)],
])('%s is refused', (_what, call) => {
  expect(call).toThrow(RangeError);
});
