import { expect, test } from 'vitest';
import { shortOf } from '../../src/explain/causes.ts';
import { planPostings, type Begun, type Delivered } from '../../src/notify/plan.ts';
import type { Incident } from '../../src/incident/incident.ts';
import { explanation } from '../kit/explanations.ts';
import { at, incident } from '../kit/findings.ts';
import { delivered, labels, settings } from './kit.ts';

const told = (partial: Partial<Incident> = {}) => incident({ labels, tellableAt: at('10:00'), ...partial });
const over = (time: string): Partial<Incident> => ({ state: 'resolved', resolvedAt: at(time), endReason: 'cleared' });
const plan = (incidents: Incident[], before: Delivered[], time: string, begun: Begun[] = [], member = 'one') =>
  planPostings(incidents, before, begun, member, settings, at(time));
const brief = (postings: ReturnType<typeof plan>) =>
  postings.map(({ incidentId, severity, resolved }) => `${incidentId} ${severity} ${resolved ? 'resolved' : 'firing'}`);

test('what may be told is posted at once, begins when it might be told, and lives five minutes from now', () => {
  expect(plan([told()], [], '10:03')).toMatchObject([
    {
      labels,
      startsAt: at('10:00'),
      endsAt: at('10:08'),
      resolved: false,
      generatorURL: expect.stringMatching(/\/ws\/incidents\/inc-1$/),
    },
  ]);
});

test.each<[string, Partial<Incident>]>([
  ['a member of another', { rootId: 'inc-0' }],
  ['what may not be told yet', { tellableAt: null }],
  ['what was over before anybody was told', over('10:01')],
])('%s is not told', (_what, partial) => {
  expect(plan([told(partial)], [], '10:03')).toEqual([]);
});

test('it is sent again after a minute and no sooner', () => {
  expect(plan([told()], [delivered()], '10:00:59')).toEqual([]);
  expect(brief(plan([told()], [delivered()], '10:01'))).toEqual(['inc-1 error firing']);
});

test('the first word of its cause makes the next repeat due at once, once, with the labels and the beginning that it had', () => {
  const causes = new Map([['inc-1', shortOf(explanation(), { impact: null, madeAt: at('10:00:02') })]]);
  const planned = (sentAt: string) =>
    planPostings([told()], [delivered({ firingSentAt: at(sentAt) })], [], 'one', { ...settings, causes }, at('10:00:05'));
  expect(planned('10:00:01')).toMatchObject([{ labels, startsAt: at('10:00'), annotations: { cause: 'The disk is full.' } }]);
  expect(planned('10:00:02')).toEqual([]);
});

test('an alert lives for four repeats, however short the configured life is', () => {
  const [posting] = planPostings([told()], [], [], 'one', { ...settings, endsAfterMs: 1000 }, at('10:03'));
  expect(posting?.endsAt).toEqual(at('10:07'));
});

test('every repeat begins when the first began', () => {
  const begun = [{ incidentId: 'inc-1', severity: 'error', startsAt: at('09:58') }];
  expect(plan([told()], [delivered()], '10:01', begun)).toMatchObject([{ startsAt: at('09:58') }]);
});

test.each<[string, Partial<Incident>]>([
  ['suppressed', { tellableAt: null, suppression: { reason: 'maintenance', by: 'night', until: null } }],
  ['joined to another', { tellableAt: null, rootId: 'inc-0', memberReason: 'same host' }],
  ['acknowledged', { state: 'acknowledged', acknowledgedBy: 'ada' }],
])('what was told and is %s by now goes on being sent: nothing says that it is over', (_what, partial) => {
  expect(brief(plan([told(partial)], [delivered()], '10:01'))).toEqual(['inc-1 error firing']);
});

test('the end is sent at once, repeated, and held for fifteen minutes', () => {
  const incidents = [told(over('10:10'))];
  const [posting] = plan(incidents, [delivered({ firingSentAt: at('10:09:50') })], '10:10:01');
  expect(posting).toMatchObject({ resolved: true, startsAt: at('10:00'), endsAt: at('10:10') });
  const sent = [delivered({ resolvedSentAt: at('10:24') })];
  expect(plan(incidents, sent, '10:24:59')).toEqual([]);
  expect(brief(plan(incidents, sent, '10:25'))).toEqual(['inc-1 error resolved']);
  expect(plan(incidents, sent, '10:25:01')).toEqual([]);
});

test('a member that missed the firing gets the end too: another one may have told it', () => {
  const before = [delivered({ member: 'two' })];
  expect(brief(plan([told(over('10:10'))], before, '10:10'))).toEqual(['inc-1 error resolved']);
});

test('an end never lies before its beginning, nor in the future', () => {
  const begun = [{ incidentId: 'inc-1', severity: 'error', startsAt: at('10:05') }];
  expect(plan([told(over('10:04'))], [delivered()], '10:06', begun)).toMatchObject([
    { startsAt: at('10:05'), endsAt: at('10:05') },
  ]);
  expect(plan([told(over('10:09'))], [delivered()], '10:06', begun)).toMatchObject([{ endsAt: at('10:06') }]);
});

// What began at 10:00 and ended at 10:04 while no member answered: its beginning is noted, nobody has it.
const tried: Begun[] = [{ incidentId: 'inc-1', severity: 'error', startsAt: at('10:00') }];
const missed = (partial: Partial<Incident> = {}) => told({ ...over('10:04'), ...partial });
const late = (partial: Partial<Delivered> = {}) => delivered({ firingSentAt: at('10:30'), late: true, ...partial });

test('what ended while nobody could be told is told as firing, with its end in words, once a member is back', () => {
  expect(plan([missed()], [], '10:30', tried)).toMatchObject([
    {
      resolved: false,
      late: true,
      startsAt: at('10:00'),
      endsAt: at('10:35'),
      annotations: {
        summary: expect.stringMatching(/^Over since 2026-03-02 10:04 UTC: /),
        ended_at: at('10:04').toISOString(),
      },
    },
  ]);
});

test.each<[string, Partial<Incident>, string, Begun[]]>([
  ['what ended an hour ago', {}, '11:04', tried],
  ['what was never tried to be sent', {}, '10:30', []],
  ['what joined another', { rootId: 'inc-0' }, '10:30', tried],
  ['what was suppressed', { tellableAt: null }, '10:30', tried],
  ['what a person acknowledged', { acknowledgedAt: at('10:02') }, '10:30', tried],
  ['what a person resolved', { endReason: 'person_resolved' }, '10:30', tried],
])('%s is not told late', (_what, partial, time, begun) => {
  expect(plan([missed(partial)], [], time, begun)).toEqual([]);
});

test('just within the hour it is told late', () => {
  expect(brief(plan([missed()], [], '11:03:59', tried))).toEqual(['inc-1 error firing']);
});

test('late news stands as firing for the life of an alert, unrepeated, then its true end is sent and held', () => {
  expect(plan([missed()], [late()], '10:34:59', tried)).toEqual([]);
  expect(plan([missed()], [late()], '10:35', tried)).toMatchObject([
    { resolved: true, endsAt: at('10:04'), startsAt: at('10:00') },
  ]);
  const ended = [late({ resolvedSentAt: at('10:49') })];
  expect(brief(plan([missed()], ended, '10:50', tried))).toEqual(['inc-1 error resolved']);
  expect(plan([missed()], ended, '10:50:01', tried)).toEqual([]);
});

test('a member that is back later gets late news as the others have it: until the same end, or only the end', () => {
  expect(plan([missed()], [late({ member: 'two' })], '10:32', tried)).toMatchObject([{ late: true, endsAt: at('10:35') }]);
  expect(brief(plan([missed()], [late({ member: 'two' })], '10:35', tried))).toEqual(['inc-1 error resolved']);
});

test('late news gives way to the same trouble that is open again', () => {
  const again = told({ id: 'inc-2', openedAt: at('10:20'), tellableAt: at('10:20') });
  expect(brief(plan([missed(), again], [], '10:30', tried))).toEqual(['inc-2 error firing']);
});

test('who was told in time gets the end at once, though that firing came in the moment of the end', () => {
  expect(brief(plan([missed()], [delivered({ firingSentAt: at('10:04:01') })], '10:04:02', tried))).toEqual([
    'inc-1 error resolved',
  ]);
});

const newer = (partial: Partial<Incident> = {}) =>
  told({ id: 'inc-2', openedAt: at('10:12'), tellableAt: at('10:12'), ...partial });

test('the end of an incident is not sent once the same trouble is open again, not even between repeats', () => {
  const before = [delivered(), delivered({ incidentId: 'inc-2', firingSentAt: at('10:12') })];
  expect(plan([told(over('10:10')), newer()], before, '10:12:30')).toEqual([]);
  expect(brief(plan([told(over('10:10')), newer()], [delivered()], '10:12'))).toEqual(['inc-2 error firing']);
});

test('the end is sent although the same trouble is open again, as long as nobody may hear of that', () => {
  const hidden = newer({ tellableAt: null, suppression: { reason: 'person', by: 'ada', until: null } });
  expect(brief(plan([told(over('10:10')), hidden], [delivered()], '10:12:30'))).toEqual(['inc-1 error resolved']);
});

test('of two ends of one identity the newest is sent', () => {
  const before = [delivered(), delivered({ incidentId: 'inc-2' })];
  expect(brief(plan([told(over('10:10')), newer(over('10:14'))], before, '10:14'))).toEqual(['inc-2 error resolved']);
});

test('a raised severity is a second alert that begins when it rose; the first one stays', () => {
  const raised = told({ alertSeverity: 'critical', escalatedAt: at('11:00') });
  const postings = plan([raised], [delivered({ firingSentAt: at('10:59:30') })], '11:00');
  expect(postings).toMatchObject([{ labels: { ...labels, severity: 'critical' }, startsAt: at('11:00') }]);
  expect(brief(plan([raised], [delivered()], '11:00')).toSorted()).toEqual(['inc-1 critical firing', 'inc-1 error firing']);
});

test('a companion that was told is not dropped when the severity rises once more', () => {
  const raised = told({ alertSeverity: 'critical' });
  const before = [delivered({ severity: 'warning' })];
  expect(brief(plan([raised], [delivered(), ...before], '11:00')).toSorted()).toContain('inc-1 warning firing');
});

test.each([
  ['never taken before', null, '10:09:59', '10:10'],
  ['taken before', at('09:59'), '10:00:59', '10:01'],
])('a refused alert (%s) waits until it is tried again', (_what, firingSentAt, before, after) => {
  const refused = [delivered({ firingSentAt, rejected: 'answered 400', rejectedAt: at('10:00') })];
  expect(plan([told()], refused, before)).toEqual([]);
  expect(brief(plan([told()], refused, after))).toEqual(['inc-1 error firing']);
});
