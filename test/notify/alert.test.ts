import fc from 'fast-check';
import { expect, test } from 'vitest';
import { applyDecisions } from '../../src/incident/apply.ts';
import { severities, type Subject } from '../../src/detect/finding.ts';
import { alertsOf, cap, incidentUrl } from '../../src/notify/alert.ts';
import { shortOf, type ShortCause } from '../../src/explain/causes.ts';
import { explanation } from '../kit/explanations.ts';
import { at, finding, incident } from '../kit/findings.ts';
import { labels, settings } from './kit.ts';

const text = fc.string({ unit: 'binary', maxLength: 3000 });
const subjects: fc.Arbitrary<Subject> = fc.oneof(
  fc.record({ type: fc.constant('task' as const), dagId: text, taskId: text }),
  fc.record({ type: fc.constant('sla' as const), sla: text, dagId: text, taskId: text }),
  fc.record({ type: fc.constant('file' as const), file: text }),
  fc.record({ type: fc.constant('pool' as const), pool: text }),
  fc.constant({ type: 'deployment' as const }),
);

test('whatever Airflow calls its things, names are valid, no annotation is empty, and each is within its cap', () => {
  fc.assert(
    fc.property(subjects, text, text, fc.constantFrom(...severities), (subject, title, owner, alertSeverity) => {
      const found = finding({ subject, title });
      const context = { airflow: 'a', teams: {}, dagFacts: () => ({ owners: [owner], tags: [] }) };
      const open = { kind: 'open' as const, id: 'x', finding: found, rootId: null, memberReason: null };
      const [opened] = applyDecisions([], [open], context, at('10:00')).incidents;
      for (const alert of alertsOf({ ...(opened ?? incident()), alertSeverity }, settings)) {
        for (const name of [...Object.keys(alert.labels), ...Object.keys(alert.annotations)])
          expect(name).toMatch(/^[a-zA-Z_][a-zA-Z0-9_]*$/);
        const { summary = '', description = '', sms = '' } = alert.annotations;
        expect([Array.from(summary).length <= 200, Array.from(description).length <= 1000]).toEqual([true, true]);
        expect(Array.from(sms).length).toBeLessThanOrEqual(160);
        for (const value of Object.values(alert.annotations))
          expect([value.length > 0, value.length <= 4000]).toEqual([true, true]);
        expect(new URL(alert.generatorURL).protocol).toBe('https:');
      }
    }),
    { numRuns: 150 },
  );
});

test('a raised severity has a companion that differs in the severity alone', () => {
  const [first, companion, ...rest] = alertsOf(incident({ labels, alertSeverity: 'critical' }), settings);
  expect(rest).toEqual([]);
  expect(first?.labels).toEqual(labels);
  expect(companion?.labels).toEqual({ ...labels, severity: 'critical' });
});

test('texts say what was seen, what was expected, and how often it came back', () => {
  const opening = {
    observed: { value: 812.3333333, unit: 'seconds' as const },
    expected: { lower: 40.123456, middle: 61.98765, upper: null },
    n: 1,
    title: 'load took 13m',
  };
  const [alert] = alertsOf(incident({ labels, recurrences: 2 }, opening), settings);
  expect(alert?.annotations).toEqual({
    summary: 'load took 13m',
    description: 'load took 13m. Since 2026-03-02T10:00:00.000Z. Judged against 1 run. It came back 2 times since.',
    sms: 'AirflowTaskFailed: load took 13m',
    incident_url: 'https://windsock.example.com/ws/incidents/inc-1',
    since: '2026-03-02T10:00:00.000Z',
    run_id: 'scheduled__2026-03-02',
    try: '1',
    observed: '812.3 seconds',
    expected: 'around 61.99 from 40.12',
    recurrences: '2',
  });
});

test('the cause, what shows it, what to do and who is affected stand beside it, capped, and labels stay as they are', () => {
  const cause = shortOf(explanation(), { impact: 'reports_daily waits', madeAt: at('10:00') });
  const of = (causes?: Map<string, ShortCause>) =>
    alertsOf(incident({ labels }), { ...settings, ...(causes === undefined ? {} : { causes }) })[0];
  expect(of(new Map([['inc-1', cause]]))?.annotations).toMatchObject({
    description: expect.stringMatching(/ Cause: The disk is full\.$/),
    cause: 'The disk is full.',
    cause_category: 'resource_error',
    confidence: 'high',
    proof: 'L3: OSError: No space left on device',
    next_step: 'Free space on the worker.',
    impact: 'reports_daily waits',
  });
  expect(of(new Map([['inc-1', cause]]))?.labels).toEqual(of()?.labels);
  expect(of(new Map([['other', cause]]))).toEqual(of());
  const long = { ...cause, proof: `L1: ${'x'.repeat(1000)}`, impact: 'y'.repeat(1000), nextStep: null };
  const { proof = '', impact = '', ...rest } = of(new Map([['inc-1', long]]))?.annotations ?? {};
  expect([proof.length, impact.length, 'next_step' in rest]).toEqual([300, 400, false]);
});

test('a secret in a title or a run id does not leave, not even half of it at a cut', () => {
  const secret = 'hunter2hunter2';
  const url = `postgresql://bob:${secret}@db.example.com/app`;
  for (let pad = 100; pad < 215; pad += 3) {
    const opening = { title: `${'x'.repeat(pad)} ${url} does not answer` };
    const occasion = { runId: `manual ${url}`, runPk: 1, runType: 'manual', mapIndex: null, tryNumber: 1 };
    const [alert] = alertsOf(incident({ labels }, { ...opening, occasion }), settings);
    expect(JSON.stringify(alert)).not.toContain('hunter2');
  }
});

test('a cut is shown, and halves no character', () => {
  expect(cap('abc', 3)).toBe('abc');
  expect(cap('abcd', 3)).toBe('ab…');
  expect(cap('😀😀😀😀', 3)).toBe('😀😀…');
});

test('the page of an incident keeps the path that people reach Windsock under', () => {
  expect(incidentUrl('https://w.example.com/ops/', 'a/b c')).toBe('https://w.example.com/ops/incidents/a%2Fb%20c');
  expect(incidentUrl('https://w.example.com', '1')).toBe('https://w.example.com/incidents/1');
});

test.each([
  [{ kind: 'sla_breached', n: 300, expected: { lower: 0.99, middle: 0.99, upper: null } }, 'at least 0.99'],
  [{ kind: 'sla_breached', n: 300, expected: { lower: null, middle: 1800, upper: 1800 } }, 'at most 1800'],
  [{ kind: 'error_budget_burn', n: 300, expected: { lower: null, middle: 0.01, upper: null } }, 'at most 0.01'],
  [{ kind: 'component_down', n: 0, expected: { lower: null, middle: 0, upper: 90 } }, 'at most 90'],
] as const)('what is promised, or a limit, is told as that: %o', (opening, text) => {
  expect(alertsOf(incident({ labels }, opening), settings)[0]?.annotations['expected']).toBe(text);
});

test('what an SLA counted is no history that it is judged against', () => {
  const [alert] = alertsOf(incident({ labels }, { kind: 'sla_breached', n: 43_200, title: 'SLA fresh is not met' }), settings);
  expect(alert?.annotations['description']).toBe('SLA fresh is not met. Since 2026-03-02T10:00:00.000Z.');
});
