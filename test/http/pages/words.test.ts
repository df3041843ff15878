import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Band, Measured } from '../../../src/detect/finding.ts';
import { foldRepeats } from '../../../src/http/pages/incident-story.ts';
import type { IncidentEvent } from '../../../src/incident/incident.ts';
import { scaleOf } from '../../../src/http/pages/duration-chart.ts';
import { percentText, secondsText, timesText } from '../../../src/lib/number-text.ts';
import { agoText, exactText, spanText } from '../../../src/lib/time-text.ts';
import { headline, measuredText, saidMore, unusual } from '../../../src/incident/words.ts';
import { at, finding, incident } from '../../kit/findings.ts';

test.each([
  [-1, '0 s'],
  [59_999, '59 s'],
  [60_000, '1 min'],
  [3_599_999, '59 min'],
  [3_600_000, '1 h'],
  [86_399_999, '23 h'],
  [86_400_000, '1 d'],
])('a span of %i ms is %s', (ms, text) => {
  expect(spanText(ms)).toBe(text);
});

test.each([
  ['10:00:04', 'just now'],
  ['10:00:05', '5 s ago'],
  ['09:50:00', 'in 10 min'],
])('at %s it is told of 10:00 as %s', (now, text) => {
  expect(agoText(at('10:00'), at(now))).toBe(text);
});

test('a time in full names the year only where it is another', () => {
  expect(exactText(at('10:00:09'), at('12:00'))).toBe('2 Mar 10:00:09 UTC');
  expect(exactText(new Date('2025-12-31T23:59:59Z'), at('12:00'))).toBe('31 Dec 2025 23:59:59 UTC');
});

test.each([
  [0, '0 s'],
  [0.04, '0.04 s'],
  [9.44, '9.4 s'],
  [59.4, '59 s'],
  [59.6, '1m00s'],
  [3599.4, '59m59s'],
  [3600, '1h00m'],
  [86_400, '24h00m'],
  [172_800, '2 d'],
  [Number.NaN, '–'],
  [-61, '−1m01s'],
])('%d seconds are %s', (seconds, text) => {
  expect(secondsText(seconds)).toBe(text);
});

test.each([
  [0, '0 %'],
  [1, '100 %'],
  [0.9995, '99.95 %'],
  [0.99996, '> 99.99 %'],
  [0.9999, '99.99 %'],
  [0.9994, '99.94 %'],
  [0.999, '99.9 %'],
  [1.0012, '100.1 %'],
  [0.001, '0.1 %'],
  [0.0005, '0.05 %'],
  [0.0001, '0.01 %'],
  [0.00009, '< 0.01 %'],
  [0.95, '95 %'],
  [0.955, '95.5 %'],
  [1.2, '120 %'],
])('a share of %d is %s', (share, text) => {
  expect(percentText(share)).toBe(text);
});

test('times, and values with units', () => {
  expect([timesText(6.87), timesText(9.96), timesText(1234)]).toEqual(['6.9', '10', '1,234']);
  expect([
    measuredText(1, 'tasks'),
    measuredText(2, 'slots'),
    measuredText(0.5, 'ratio'),
    measuredText(2.71234, 'value'),
  ]).toEqual(['1 task', '2 slots', '50 %', '2.712']);
});

test('a headline says what broke; what was said does not say it again', () => {
  const down = incident({}, { kind: 'component_down', subject: { type: 'component', component: 'dag_processor' } });
  const title = 'The DAG processor is down: its last heartbeat was 2m ago';
  expect(headline(down)).toBe('The DAG processor is down');
  expect(saidMore({ ...down, latest: finding({ ...down.latest, title }) })).toBe('Its last heartbeat was 2m ago');
  expect(saidMore({ ...down, latest: finding({ ...down.latest, title: 'another title' }) })).toBe('another title');
  expect(headline(incident({}, { kind: 'sla_breached', subject: { type: 'sla', sla: 'fresh', dagId: '', taskId: '' } }))).toBe(
    'SLA fresh is not met',
  );
});

test('how unusual it is: times the usual where that says something, else the value', () => {
  const slow = (value: number, middle: number) =>
    unusual({
      latest: finding({ observed: { value, unit: 'seconds' }, expected: { lower: 5, middle, upper: 18 }, n: 120 }),
      recurrences: 0,
    });
  expect(slow(71.5, 10.4)).toEqual({ short: '6.9× usual', more: 'usually 10 s (5 s to 18 s) by 120 runs' });
  expect(slow(2, 10).short).toBe('2 s');
  expect(slow(71.5, 0).short).toBe('1m12s');
  expect(unusual({ latest: finding(), recurrences: 2 })).toEqual({ short: 'seen 3 times', more: '' });
});

test('what somebody promised, or set as a limit, is never called usual', () => {
  const sla = (kind: 'sla_breached' | 'error_budget_burn', observed: Measured, expected: Band) =>
    unusual({ latest: finding({ kind, observed, expected, n: 300 }), recurrences: 0 });
  expect(sla('sla_breached', { value: 2700, unit: 'seconds' }, { lower: null, middle: 1800, upper: 1800 })).toEqual({
    short: '45m00s',
    more: 'promised is at most 30m00s',
  });
  expect(sla('sla_breached', { value: 0.9991, unit: 'ratio' }, { lower: 0.9995, middle: 0.9995, upper: null })).toEqual({
    short: '99.91 %',
    more: 'promised is at least 99.95 %',
  });
  expect(sla('error_budget_burn', { value: 0.1, unit: 'ratio' }, { lower: null, middle: 0.01, upper: null })).toEqual({
    short: '10 %',
    more: 'at most 1 % may go bad',
  });
  const limit = finding({ observed: { value: 1800, unit: 'seconds' }, expected: { lower: null, middle: 600, upper: 600 }, n: 0 });
  expect(unusual({ latest: limit, recurrences: 1 })).toEqual({ short: '30m00s', more: 'the limit is 10m00s; seen 2 times' });
});

test('an axis of durations holds every value, and its marks grow from the bottom up', () => {
  const values = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 2, maxLength: 80 });
  fc.assert(
    fc.property(values, (durations) => {
      const { share, ticks } = scaleOf(durations);
      for (const value of durations) {
        expect(share(value)).toBeGreaterThanOrEqual(0);
        expect(share(value)).toBeLessThanOrEqual(1);
      }
      expect(ticks.length).toBeLessThanOrEqual(8);
      const heights = ticks.map(share);
      expect(heights).toEqual(heights.toSorted((a, b) => a - b));
    }),
  );
});

test('of what was seen again and again the newest stands in the timeline, and how often before', () => {
  const event = (id: number, kind: IncidentEvent['kind']): IncidentEvent => ({
    id,
    incidentId: 'inc-1',
    at: at('10:00'),
    kind,
    who: 'windsock',
    text: kind,
  });
  const folded = foldRepeats([
    event(9, 'recurred'),
    event(8, 'recurred'),
    event(7, 'noted'),
    event(6, 'recurred'),
    event(5, 'opened'),
  ]);
  expect(folded.map(({ id, before }) => [id, before])).toEqual([
    [9, 1],
    [7, 0],
    [6, 0],
    [5, 0],
  ]);
});
