import { expect, test } from 'vitest';
import { incidentConfig, type IncidentConfig } from '../../src/incident/config.ts';
import type { Incident } from '../../src/incident/incident.ts';
import { suppressionOf } from '../../src/incident/suppress.ts';
import { tend, type Telling } from '../../src/incident/tend.ts';
import { at, incident } from '../kit/findings.ts';

const rules = (partial: Record<string, unknown> = {}): IncidentConfig => incidentConfig.parse(partial);
const dagFacts = () => ({ owners: ['data'], tags: [] });
const run = (
  incidents: Incident[],
  settings: IncidentConfig,
  time: string,
  toldLately: Telling[] = [],
  endedRoots: ReadonlyMap<string, Date> = new Map(),
) => tend(incidents, { rules: settings, dagFacts, toldLately, endedRoots }, at(time));
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

test('a window that comes again may go past midnight, and belongs to the day on which it began', () => {
  // The second of March 2026 is a Monday.
  const nightly = (days: string[]) => rules({ maintenance: [{ name: 'backup', days, from: '22:00', to: '02:00' }] });
  const hiddenAt = (days: string[], time: string) => run([incident()], nightly(days), time).map(({ kind }) => kind);
  expect(hiddenAt(['sun'], '01:59')).toEqual(['suppress']);
  expect(hiddenAt(['sun'], '02:00')).toEqual(['tell']);
  expect(hiddenAt(['sun'], '22:00')).toEqual(['tell']);
  expect(hiddenAt(['mon'], '01:59')).toEqual(['tell']);
  expect(hiddenAt(['mon'], '22:00')).toEqual(['suppress']);
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

test('working hours may go past midnight, as night shifts do', () => {
  const settings = rules({ working_hours: [{ from: '22:00', to: '06:00' }] });
  const mild = incident({ severity: 'warning' });
  // Monday, 2 March: the shift of Sunday is none.
  expect(run([mild], settings, '05:59')).toMatchObject([{ kind: 'suppress', suppression: { until: at('22:00') } }]);
  expect(run([mild], settings, '22:00')).toMatchObject([{ kind: 'tell' }]);
  const tuesday = (time: string) =>
    tend([mild], { rules: settings, dagFacts, toldLately: [], endedRoots: new Map() }, new Date(time));
  expect(tuesday('2026-03-03T05:59:00Z')).toMatchObject([{ kind: 'tell' }]);
  expect(tuesday('2026-03-03T06:00:00Z')).toMatchObject([{ kind: 'suppress' }]);
});

test('a window that comes again holds by the clocks of its zone, also where they change, and past midnight', () => {
  const nightly = { name: 'night', from: '23:00', to: '02:30', days: ['sat'], time_zone: 'Europe/Berlin' };
  const hides = (time: string): boolean =>
    suppressionOf({ ...incident(), owners: [], tags: [] }, rules({ maintenance: [nightly] }), new Date(time)) !== null;
  // Clocks go on from 2:00 to 3:00 on 29 March: 2:30 is 3:30, which is 1:30 UTC. Saturday, 23:00, is 22:00 UTC.
  expect(['2026-03-28T21:59:59Z', '2026-03-28T22:00:00Z', '2026-03-29T01:29:59Z', '2026-03-29T01:30:00Z'].map(hides)).toEqual([
    false,
    true,
    true,
    false,
  ]);
  // And back from 3:00 to 2:00 on 25 October: the first 2:30 ends it, which is 0:30 UTC.
  expect(['2026-10-24T20:59:59Z', '2026-10-24T21:00:00Z', '2026-10-25T00:29:59Z', '2026-10-25T00:30:00Z'].map(hides)).toEqual([
    false,
    true,
    true,
    false,
  ]);
  expect(hides('2026-03-27T23:00:00Z'), 'Friday').toBe(false);
});

test.each([
  [{ name: 'x' }, /start.*is missing: a window that comes once/],
  [{ name: 'x', start: '2026-03-02T09:00:00Z' }, /end.*never holds/],
  [{ name: 'x', end: '2026-03-02T09:00:00Z' }, /start.*never holds/],
  [{ name: 'x', from: '09:00' }, /to.*never holds/],
  [{ name: 'x', to: '09:00', days: ['mon'] }, /from.*never holds/],
  [{ name: 'x', start: '2026-03-02T09:00:00Z', end: '2026-03-02T10:00:00+01:00' }, /not after `start`/],
  [{ name: 'x', start: '2026-03-02T09:00:00Z', end: '2026-03-02T10:00:00Z', days: ['mon'] }, /`from` and `to`/],
  [{ name: 'x', from: '09:00', to: '10:00', match: { kinds: ['AirflowTaskFailed'] } }, /is no kind of incident.*task_failed/],
])('a window that would never hide what it is meant to is refused: %o', (window, message) => {
  const parsed = incidentConfig.safeParse({ maintenance: [window] });
  expect(parsed.error?.issues.map((issue) => `${issue.path.at(-1)?.toString()} ${issue.message}`).join('; ')).toMatch(message);
});

test('a storm is told at the rate limit, the worst first, and the rest waits its turn', () => {
  const storm = Array.from({ length: 5 }, (_, index) =>
    incident({ id: `inc-${index}`, severity: index === 4 ? 'critical' : 'warning' }),
  );
  const decisions = run(storm, rules({ rate_limit: 2 }), '10:00');
  expect(decisions.filter(({ kind }) => kind === 'tell').map(({ id }) => id)).toEqual(['inc-4', 'inc-0']);
  expect(decisions.filter(({ kind }) => kind === 'suppress')).toHaveLength(3);
  const ago: Telling = { at: at('09:55'), severity: 'error' };
  const waiting = incident({ suppression: { reason: 'rate_limit', by: '2 in 10 minutes', until: null } });
  expect(run([waiting], rules({ rate_limit: 2 }), '10:00', [ago, ago])).toEqual([]);
  expect(run([waiting], rules({ rate_limit: 2 }), '10:05', [ago, ago]).map(({ kind }) => kind)).toEqual(['unsuppress', 'tell']);
});

test('however many milder ones were told, what is worse is told at once', () => {
  const mild: Telling[] = Array.from({ length: 5 }, () => ({ at: at('09:59'), severity: 'warning' }));
  const settings = rules({ rate_limit: 2 });
  const storm = ['a', 'b', 'c'].map((id) => incident({ id, severity: 'critical' }));
  expect(run(storm, settings, '10:00', mild).map(({ kind, id }) => [kind, id])).toEqual([
    ['tell', 'a'],
    ['tell', 'b'],
    ['suppress', 'c'],
  ]);
  expect(run([incident({ severity: 'warning' })], settings, '10:00', mild)).toMatchObject([{ kind: 'suppress' }]);
});

test('what nobody acknowledged is escalated once, after the time and not before', () => {
  const settings = rules({ escalate_after: '1h' });
  expect(run([told()], settings, '10:59')).toEqual([]);
  expect(run([told()], settings, '11:00')).toEqual([
    { kind: 'escalate', id: 'inc-1', to: 'critical', text: 'nobody has it 1h after it was told' },
  ]);
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
