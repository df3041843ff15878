import { describe, expect, test } from 'vitest';
import { dueBetween, lastDue, spanOf } from '../../src/sla/window.ts';
import type { Due } from '../../src/sla/objective.ts';
import { weekdays } from '../../src/lib/calendar.ts';

const iso = (ms: number) => new Date(ms).toISOString();
const ms = (text: string) => Date.parse(text);

describe('the window of an SLA', () => {
  test.each([
    // Summer time begins on 29 March 2026 in Berlin: that day has 23 hours; 25 October has 25.
    ['day', 'Europe/Berlin', '2026-03-29T12:00:00Z', '2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z', 23],
    ['day', 'Europe/Berlin', '2026-10-25T12:00:00Z', '2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z', 25],
    ['day', 'Europe/Berlin', '2026-10-25T22:59:59Z', '2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z', 25],
    ['day', 'Europe/Berlin', '2026-10-25T23:00:00Z', '2026-10-25T23:00:00Z', '2026-10-26T23:00:00Z', 24],
    ['day', 'Asia/Kolkata', '2026-06-10T18:29:59Z', '2026-06-09T18:30:00Z', '2026-06-10T18:30:00Z', 24],
    ['week', 'UTC', '2026-06-14T23:59:59Z', '2026-06-08T00:00:00Z', '2026-06-15T00:00:00Z', 168],
    ['week', 'UTC', '2026-06-15T00:00:00Z', '2026-06-15T00:00:00Z', '2026-06-22T00:00:00Z', 168],
    ['month', 'UTC', '2026-02-28T23:59:59Z', '2026-02-01T00:00:00Z', '2026-03-01T00:00:00Z', 672],
    ['month', 'UTC', '2028-02-29T00:00:00Z', '2028-02-01T00:00:00Z', '2028-03-01T00:00:00Z', 696],
    ['month', 'Europe/Berlin', '2026-12-31T22:59:59Z', '2026-11-30T23:00:00Z', '2026-12-31T23:00:00Z', 744],
  ] as const)('of a %s in %s at %s', (kind, timeZone, now, from, to, hours) => {
    const span = spanOf({ kind, timeZone }, new Date(now));
    expect([iso(span.fromMs), iso(span.toMs), span.lengthMs / 3_600_000]).toEqual([iso(ms(from)), iso(ms(to)), hours]);
  });

  test('that rolls ends now', () => {
    const now = ms('2026-06-10T12:00:00Z');
    expect(spanOf({ kind: 'rolling', ms: 1000 }, new Date(now))).toEqual({ fromMs: now - 1000, toMs: now, lengthMs: 1000 });
  });
});

const due = (over: Partial<Due> = {}): Due => ({
  minuteOfDay: 360,
  days: [...weekdays],
  except: [],
  timeZone: 'Europe/Berlin',
  withinMs: 86_400_000,
  ...over,
});

describe('deadlines', () => {
  test('are at the same time of day by the clock on the wall, before and after it changes', () => {
    const found = dueBetween(due(), ms('2026-03-28T00:00:00Z'), ms('2026-03-30T12:00:00Z'));
    expect(found.map(({ atMs }) => iso(atMs))).toEqual([
      '2026-03-28T05:00:00.000Z',
      '2026-03-29T04:00:00.000Z',
      '2026-03-30T04:00:00.000Z',
    ]);
  });

  test('at a time that the night skips come later, at one that comes twice they come once, first', () => {
    const night = due({ minuteOfDay: 150 });
    const on = (from: string, to: string) => dueBetween(night, ms(from), ms(to)).map(({ atMs }) => iso(atMs));
    expect(on('2026-03-28T12:00:00Z', '2026-03-29T12:00:00Z')).toEqual(['2026-03-29T01:30:00.000Z']);
    expect(on('2026-10-24T12:00:00Z', '2026-10-25T12:00:00Z')).toEqual(['2026-10-25T00:30:00.000Z']);
  });

  test('are due on their days only, and not on dates that are excepted', () => {
    const weekdaysOnly = due({ days: ['mon', 'fri'], except: ['2026-06-12'], timeZone: 'UTC' });
    const found = dueBetween(weekdaysOnly, ms('2026-06-07T00:00:00Z'), ms('2026-06-20T00:00:00Z'));
    expect(found.map(({ date }) => date)).toEqual(['2026-06-08', '2026-06-15', '2026-06-19']);
  });

  test('include the end of the time asked for and not its beginning', () => {
    const at = ms('2026-06-10T04:00:00Z');
    expect(dueBetween(due(), at - 1, at)).toHaveLength(1);
    expect(dueBetween(due(), at, at + 1)).toHaveLength(0);
  });

  test('the newest is found however long ago it was, within 100 days', () => {
    const monday = due({ days: ['mon'], timeZone: 'UTC' });
    expect(lastDue(monday, new Date('2026-06-15T05:59:59Z'))?.date).toBe('2026-06-08');
    expect(lastDue(monday, new Date('2026-06-15T06:00:00Z'))?.date).toBe('2026-06-15');
    const never = due({
      days: ['mon'],
      timeZone: 'UTC',
      except: Array.from({ length: 20 }, (_, week) => iso(ms('2026-06-15') - week * 7 * 86_400_000).slice(0, 10)),
    });
    expect(lastDue(never, new Date('2026-06-16T00:00:00Z'))).toBeNull();
  });
});
