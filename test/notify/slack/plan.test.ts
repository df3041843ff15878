import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { IncidentEvent } from '../../../src/incident/incident.ts';
import { slackConfig } from '../../../src/notify/slack/config.ts';
import { channelFor, idleReplies, inOrder, mayPost, planReplies, routeOf, type Ranked } from '../../../src/notify/slack/plan.ts';
import { at, incident } from '../../kit/findings.ts';

const tellLateMs = 3_600_000;
const tellable = { tellableAt: at('10:00') };
const over = { ...tellable, state: 'resolved', resolvedAt: at('10:30'), endReason: 'cleared' } as const;

test.each([
  ['open and tellable', tellable, 'post'],
  ['acknowledged', { ...tellable, state: 'acknowledged', acknowledgedAt: at('10:05') }, 'post'],
  ['not tellable', { tellableAt: null }, 'hold'],
  ['a member of another', { ...tellable, rootId: 'r' }, 'hold'],
  ['suppressed', { ...tellable, suppression: { reason: 'maintenance', by: 'night', until: null } }, 'hold'],
  ['over, an hour ago', over, 'post'],
  ['over, longer ago', { ...over, resolvedAt: new Date(at('10:30').getTime() - 1) }, 'drop'],
  ['over, and a person had it', { ...over, acknowledgedAt: at('10:10') }, 'drop'],
  ['ended by a person', { ...over, endReason: 'person_resolved' }, 'drop'],
  ['over as a member', { ...over, rootId: 'r' }, 'drop'],
  ['over while nobody might hear', { ...over, tellableAt: null }, 'drop'],
] as const)('an incident that was not posted yet and is %s', (_what, partial, expected) => {
  expect(mayPost(incident(partial), { tellLateMs }, at('11:30'))).toBe(expected);
});

test('the channel is that of the first route that matches team, severity and DAG, else the usual one', () => {
  const config = slackConfig.parse({
    bot_token: 'xoxb-1',
    channel: 'C000000',
    routes: [
      { teams: ['finance'], severities: ['critical'], channel: 'C000001' },
      { teams: ['finance'], channel: 'C000002' },
      { dags: ['etl_*'], channel: 'C000003' },
    ],
  });
  const to = (labels: Record<string, string>, alertSeverity: 'error' | 'critical') => routeOf({ labels, alertSeverity }, config);
  expect(to({ team: 'finance' }, 'critical')).toBe('C000001');
  expect(to({ team: 'finance', dag_id: 'etl_a' }, 'error')).toBe('C000002');
  expect(to({ dag_id: 'etl_a' }, 'critical')).toBe('C000003');
  expect(to({ dag_id: 'other' }, 'critical')).toBe('C000000');
});

test('a dead channel, or one that has put a message off for two minutes, gives way to the fallback', () => {
  const waiting = (error: string | null) => ({ error, queuedAt: at('10:00') });
  const to = (error: string | null, dead: string[], now: Date, fallback: string | undefined = 'F') =>
    channelFor('C', waiting(error), { fallback, dead: new Set(dead) }, now);
  expect(to(null, [], at('12:00'))).toBe('C');
  expect(to('ratelimited', [], at('10:02'))).toBe('C');
  expect(to('ratelimited', [], new Date(at('10:02').getTime() + 1))).toBe('F');
  expect(to('ratelimited', ['F'], at('12:00'))).toBe('C');
  expect(to(null, ['C'], at('10:00'))).toBe('F');
  expect(to(null, ['C', 'F'], at('10:00'))).toBeNull();
  expect(channelFor('C', waiting(null), { fallback: undefined, dead: new Set(['C']) }, at('10:00'))).toBeNull();
});

const event = (id: number, kind: IncidentEvent['kind']) => ({ id, kind });

test('a thread tells what its message did not, each kind that says all once, and notes always', () => {
  const news = [event(3, 'explained'), event(4, 'noted'), event(5, 'told'), event(6, 'recurred'), event(7, 'resolved')];
  const planned = planReplies(news, { shownEvent: 4 }, at('09:55'), at('10:00'));
  expect(planned).toEqual([
    { eventId: 4, kind: 'noted', dueAt: at('10:00') },
    // Told again no more than every ten minutes.
    { eventId: 6, kind: 'recurred', dueAt: at('10:05') },
    { eventId: 7, kind: 'resolved', dueAt: at('10:00') },
  ]);
  const waiting = [
    event(1, 'noted'),
    event(2, 'resolved'),
    event(5, 'recurred'),
    event(6, 'recurred'),
    event(7, 'acknowledged'),
    event(8, 'acknowledged'),
  ];
  expect(idleReplies(waiting, { shownEvent: 4 })).toEqual([2, 5]);
});

test('news goes before changes and these before threads; the worst first, then what waits longest', () => {
  const item = fc.record<Ranked>({
    what: fc.constantFrom('post', 'edit', 'reply'),
    severity: fc.constantFrom('info', 'warning', 'error', 'critical', null),
    queuedAt: fc.constantFrom(at('10:00'), at('10:01'), at('10:02')),
  });
  const rank = { post: 0, edit: 1, reply: 2 };
  fc.assert(
    fc.property(fc.array(item, { maxLength: 20 }), (items) => {
      const sorted = items.toSorted(inOrder);
      for (const [index, next] of sorted.slice(1).entries()) {
        const before = sorted[index] ?? next;
        expect(rank[before.what]).toBeLessThanOrEqual(rank[next.what]);
        if (before.what === next.what && before.severity === next.severity)
          expect(before.queuedAt.getTime()).toBeLessThanOrEqual(next.queuedAt.getTime());
      }
    }),
  );
});

test('of the same sort what is graver goes first, and what belongs to no incident last', () => {
  const queued = (severity: Ranked['severity'], time: string): Ranked => ({ what: 'post', severity, queuedAt: at(time) });
  const waiting = [queued(null, '10:00'), queued('info', '10:01'), queued('error', '10:02'), queued('critical', '10:03')];
  expect(waiting.toSorted(inOrder).map(({ severity }) => severity)).toEqual(['critical', 'error', 'info', null]);
});
