import { describe, expect, test } from 'vitest';
import { errorBudgetBurn, slaBreached } from '../../src/detect/sla.ts';
import type { Finding } from '../../src/detect/finding.ts';
import type { SlaStatus } from '../../src/sla/status.ts';
import { at, openMap, settings, slaStatus } from './kit.ts';

const breached = (status: Partial<SlaStatus>, ...open: Finding[]) =>
  slaBreached({ sla: [slaStatus(status)] }, openMap(...open), settings(), at('12:00'));
const burning = (status: Partial<SlaStatus>, ...open: Finding[]) =>
  errorBudgetBurn({ sla: [slaStatus(status)] }, openMap(...open), settings(), at('12:00'));
const bad = { state: 'breached', standing: '295 of 300 did; 2 more than allowed went bad' } as const;

describe('an SLA that is breached', () => {
  test('is found with its sentence, named by its newest violation', () => {
    expect(breached(bad).findings).toMatchObject([
      {
        kind: 'sla_breached',
        subject: { type: 'sla', sla: 'orders', dagId: 'etl', taskId: '' },
        event: 'run:7',
        severity: 'error',
        n: 300,
        title: 'SLA orders: 99 % of runs of etl succeed within 30 days, but 295 of 300 did; 2 more than allowed went bad',
      },
    ]);
  });

  test('of a posted metric is found with what the metric is now', () => {
    const present = '6.24s, critical; promised is at most 2s (critical above 5s), by llm_seconds (p95 over 10m)';
    const status = { ...bad, kind: 'custom', unit: 'seconds', sla: 'LLM latency [big]', severity: 'critical', present } as const;
    expect(breached(status).findings).toMatchObject([
      { severity: 'critical', event: `since:${at('11:59:45').getTime()}`, title: `SLA LLM latency [big] on etl: ${present}` },
    ]);
  });

  test('by chance, or by a single run, is a warning at most', () => {
    expect(breached({ ...bad, severity: 'critical', significant: false }).findings).toMatchObject([{ severity: 'warning' }]);
    expect(breached({ ...bad, severity: 'info', significant: false }).findings).toMatchObject([{ severity: 'info' }]);
    expect(breached({ ...bad, severity: 'critical' }).findings).toMatchObject([{ severity: 'critical' }]);
  });

  test('of a present condition is named by its beginning, whatever violations were counted', () => {
    const stale = { ...bad, kind: 'freshness', unit: 'seconds' } as const;
    expect(breached(stale).findings).toMatchObject([{ event: `since:${at('11:59:45').getTime()}` }]);
  });

  test('is over when it is met again, and while it is unknown neither found nor over', () => {
    const open = breached(bad).findings;
    expect(breached({}, ...open).cleared).toMatchObject([{ kind: 'sla_breached', reason: 'cleared' }]);
    expect(breached({ state: 'unknown', value: null }, ...open)).toEqual({ findings: [], cleared: [], judged: 0 });
  });

  test('is over when no SLA is about it any more', () => {
    const open = openMap(...breached(bad).findings);
    expect(slaBreached({ sla: [] }, open, settings(), at('12:00')).cleared).toMatchObject([{ reason: 'subject_gone' }]);
  });
});

describe('an error budget that burns', () => {
  const burn = { window: '12 runs', rate: 25, bad: 3, total: 12 };
  test('is an error for a page, critical where the SLA is, and a warning for a ticket', () => {
    const page = burning({ burns: [{ ...burn, alert: 'page' }], severity: 'warning' });
    expect(page.findings).toMatchObject([{ kind: 'error_budget_burn', severity: 'error', event: 'run:7' }]);
    expect(page.findings[0]?.title).toBe(
      'The error budget of SLA orders on etl is spent 25 times as fast as it may be: 3 of 12 went bad in 12 runs',
    );
    expect(burning({ burns: [{ ...burn, alert: 'page' }], severity: 'critical' }).findings).toMatchObject([
      { severity: 'critical' },
    ]);
    expect(burning({ burns: [{ ...burn, alert: 'ticket' }], severity: 'critical' }).findings).toMatchObject([
      { severity: 'warning' },
    ]);
  });

  test('is over when no window burns, not when nothing is known of it', () => {
    const open = burning({ burns: [{ ...burn, alert: 'page' }] }).findings;
    expect(burning({ burns: [{ ...burn, alert: null }] }, ...open).cleared).toMatchObject([{ reason: 'cleared' }]);
    expect(burning({ burns: [] }, ...open).cleared).toEqual([]);
    expect(burning({ state: 'unknown' }, ...open).cleared).toEqual([]);
  });
});
