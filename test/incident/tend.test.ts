import { expect, test } from 'vitest';
import { incidentConfig, type IncidentConfig } from '../../src/incident/config.ts';
import type { Incident } from '../../src/incident/incident.ts';
import { tend } from '../../src/incident/tend.ts';
import { at, incident } from '../kit/findings.ts';

const rules = (partial: Record<string, unknown> = {}): IncidentConfig => incidentConfig.parse(partial);
const run = (
  incidents: Incident[],
  settings: IncidentConfig,
  time: string,
  toldLately: Date[] = [],
  endedRoots: ReadonlyMap<string, Date> = new Map(),
) => tend(incidents, { rules: settings, dagFacts: () => ({ owners: ['data'], tags: [] }), toldLately, endedRoots }, at(time));
const told = (partial: Partial<Incident> = {}): Incident => incident({ tellableAt: at('10:00'), ...partial });

test('what had the same error as a root that is over stands alone once the window has passed; what joined for another reason does not', () => {
  const settings = rules({ correlation_window: '10m' });
  const member = incident({ rootId: 'gone', memberReason: 'the same error as etl.extract' });
  const ended = new Map([['gone', at('10:00')]]);
  expect(run([member], settings, '10:10', [], ended)).toEqual([]);
  expect(run([member], settings, '10:10:01', [], ended)).toEqual([
    { kind: 'stand_alone', id: 'inc-1', reason: 'its root is over, and it is still wrong' },
  ]);
  expect(run([member], settings, '10:10:01')).toEqual([]);
  const other = { ...member, memberReason: 'downstream of etl.extract in the same run' };
  expect(run([other], settings, '10:10:01', [], ended)).toEqual([]);
});

test('a root is told at once, a member never', () => {
  expect(run([incident()], rules(), '10:00')).toEqual([{ kind: 'tell', id: 'inc-1' }]);
  expect(run([incident({ rootId: 'other' })], rules(), '10:00')).toEqual([]);
});

test('a maintenance window hides what it matches, and what is still wrong at its end is told', () => {
  const window = { name: 'upgrade', start: '2026-03-02T09:00:00Z', end: '2026-03-02T11:00:00Z' };
  const during = run([incident()], rules({ maintenance: [window] }), '10:59');
  expect(during).toMatchObject([{ kind: 'suppress', suppression: { reason: 'maintenance', by: 'upgrade', until: at('11:00') } }]);
  const hidden = incident({ suppression: { reason: 'maintenance', by: 'upgrade', until: at('11:00') } });
  expect(run([hidden], rules({ maintenance: [window] }), '10:59')).toEqual([]);
  expect(run([hidden], rules({ maintenance: [window] }), '11:00').map(({ kind }) => kind)).toEqual(['unsuppress', 'tell']);
  const other = { ...window, match: { dags: ['other_*'] } };
  expect(run([incident()], rules({ maintenance: [other] }), '10:00').map(({ kind }) => kind)).toEqual(['tell']);
});

test('a known issue hides an incident until it expires or looks different', () => {
  const issue = { ticket: 'OPS-1', expires: '2026-03-02T12:00:00Z', signature: 'abc', match: { dags: ['etl'] } };
  const settings = rules({ known_issues: [issue] });
  expect(run([incident({ signature: 'abc' })], settings, '11:59')).toMatchObject([{ suppression: { by: 'OPS-1' } }]);
  expect(run([incident({ signature: 'abc' })], settings, '12:00')).toMatchObject([{ kind: 'tell' }]);
  expect(run([incident({ signature: 'other' })], settings, '11:59')).toMatchObject([{ kind: 'tell' }]);
});

test("mild incidents wait for the owner's hours, grave ones do not; the time zone is the owner's", () => {
  const settings = rules({ working_hours: [{ owners: ['data'], time_zone: 'America/New_York' }] });
  const mild = incident({ severity: 'warning' });
  // 10:00 UTC on a Monday is 05:00 in New York; work begins at 08:00, which is 13:00 UTC.
  expect(run([mild], settings, '10:00')).toMatchObject([{ kind: 'suppress', suppression: { until: at('13:00') } }]);
  expect(run([mild], settings, '13:00')).toMatchObject([{ kind: 'tell' }]);
  expect(run([incident({ severity: 'error' })], settings, '10:00')).toMatchObject([{ kind: 'tell' }]);
});

test('a storm is told at the rate limit, the worst first, and the rest waits its turn', () => {
  const storm = Array.from({ length: 5 }, (_, index) =>
    incident({ id: `inc-${index}`, severity: index === 4 ? 'critical' : 'warning' }),
  );
  const decisions = run(storm, rules({ rate_limit: 2 }), '10:00');
  expect(decisions.filter(({ kind }) => kind === 'tell').map(({ id }) => id)).toEqual(['inc-4', 'inc-0']);
  expect(decisions.filter(({ kind }) => kind === 'suppress')).toHaveLength(3);
  const waiting = incident({ suppression: { reason: 'rate_limit', by: '2 in 10 minutes', until: null } });
  expect(run([waiting], rules({ rate_limit: 2 }), '10:00', [at('09:55'), at('09:55')])).toEqual([]);
  expect(run([waiting], rules({ rate_limit: 2 }), '10:05', [at('09:55'), at('09:55')]).map(({ kind }) => kind)).toEqual([
    'unsuppress',
    'tell',
  ]);
});

test('what nobody acknowledged is escalated once, after the time and not before', () => {
  const settings = rules({ escalate_after: '1h' });
  expect(run([told()], settings, '10:59')).toEqual([]);
  expect(run([told()], settings, '11:00')).toMatchObject([{ kind: 'escalate', to: 'critical' }]);
  expect(run([told({ escalatedAt: at('11:00') })], settings, '12:30')).toEqual([]);
  expect(run([told({ state: 'acknowledged', acknowledgedAt: at('10:30') })], settings, '12:00')).toEqual([]);
  expect(run([told()], rules({ escalate_after: '1h', escalate: false }), '12:00')).toEqual([]);
});

test('a forgotten acknowledgement ends', () => {
  const forgotten = told({ state: 'acknowledged', acknowledgedAt: at('09:00'), acknowledgedBy: 'ada' });
  expect(run([forgotten], rules({ unacknowledge_after: '1h' }), '10:00')).toEqual([]);
  expect(run([forgotten], rules({ unacknowledge_after: '1h' }), '10:00:01')).toMatchObject([{ kind: 'unacknowledge' }]);
});

test('what nothing was heard of for long ends as expired', () => {
  const settings = rules({ expire_after: '1h', escalate: false });
  expect(run([told()], settings, '11:00')).toEqual([]);
  expect(run([told()], settings, '11:00:01')).toMatchObject([{ kind: 'resolve', reason: 'expired' }]);
});

test("a person's suppression holds until its end and goes before the rules", () => {
  const hidden = incident({ suppression: { reason: 'person', by: 'ada', until: at('11:00') } });
  expect(run([hidden], rules(), '10:59')).toEqual([]);
  expect(run([hidden], rules(), '11:00').map(({ kind }) => kind)).toEqual(['unsuppress', 'tell']);
});
