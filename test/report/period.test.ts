import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isDate, lastPeriod, periodAfter, periodAsked, periodBefore, reportKinds } from '../../src/report/period.ts';

const at = (text: string): Date => new Date(text);
const hour = 3_600_000;

describe('which period is told', () => {
  test('is the last day, or the last week from Monday on, that is over by the clocks of the zone', () => {
    // 23:30 UTC on Sunday is Monday in Berlin.
    const now = at('2026-11-22T23:30:00Z');
    expect(lastPeriod('daily', 'UTC', now)).toMatchObject({ first: '2026-11-21', last: '2026-11-21' });
    expect(lastPeriod('daily', 'Europe/Berlin', now)).toMatchObject({
      first: '2026-11-22',
      from: at('2026-11-21T23:00:00Z'),
      to: at('2026-11-22T23:00:00Z'),
    });
    expect(lastPeriod('weekly', 'UTC', now)).toMatchObject({ first: '2026-11-09', last: '2026-11-15' });
    expect(lastPeriod('weekly', 'Europe/Berlin', now)).toMatchObject({ first: '2026-11-16', last: '2026-11-22' });
  });

  test('has 23 or 25 hours where clocks change, and a week 167 or 169', () => {
    const hours = (kind: 'daily' | 'weekly', date: string): number => {
      const { from, to } = periodAsked(kind, date, 'Europe/Berlin', at('2026-12-31T00:00:00Z'));
      return (to.getTime() - from.getTime()) / hour;
    };
    expect([hours('daily', '2026-03-29'), hours('daily', '2026-10-25'), hours('daily', '2026-10-26')]).toEqual([23, 25, 24]);
    expect([hours('weekly', '2026-03-25'), hours('weekly', '2026-10-20')]).toEqual([167, 169]);
  });

  test('holds the day that is asked for; the present one may be asked for, one to come may not', () => {
    const now = at('2026-11-25T10:00:00Z');
    expect(periodAsked('weekly', '2026-11-22', 'UTC', now)).toMatchObject({ first: '2026-11-16', last: '2026-11-22' });
    expect(periodAsked('daily', '2026-11-25', 'UTC', now)).toMatchObject({ first: '2026-11-25' });
    expect(() => periodAsked('daily', '2026-11-26', 'UTC', now)).toThrow('that day has not begun; today is 2026-11-25 (UTC)');
    expect(() => periodAsked('weekly', '2026-11-30', 'UTC', now)).toThrow('that week has not begun');
    // The week of today is under way, whatever day of it is named.
    expect(periodAsked('weekly', '2026-11-29', 'UTC', now)).toMatchObject({ first: '2026-11-23' });
  });

  test.each(['2026-02-30', '2026-13-01', '26-11-25', 'yesterday', '', '2026-11-25T00:00:00Z', '0000-01-01', "2026-11-25'"])(
    '%o is no day',
    (text) => {
      expect(isDate(text)).toBe(false);
      expect(() => periodAsked('daily', text, 'UTC', at('2026-11-25T10:00:00Z'))).toThrow('date is no day of the calendar');
    },
  );
});

test('periods follow each other without a gap, in any zone, and seven days are a week', () => {
  const zones = ['UTC', 'Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe', 'Pacific/Apia', 'Asia/Kolkata'];
  fc.assert(
    fc.property(
      fc.constantFrom(...reportKinds),
      fc.constantFrom(...zones),
      fc.date({ min: at('2010-01-01T00:00:00Z'), max: at('2030-12-31T00:00:00Z'), noInvalidDate: true }),
      (kind, zone, now) => {
        const last = lastPeriod(kind, zone, now);
        expect(last.to.getTime()).toBeLessThanOrEqual(now.getTime());
        expect(periodAfter(last).to.getTime()).toBeGreaterThan(now.getTime());
        expect(periodBefore(last).to).toEqual(last.from);
        expect(periodAfter(last).from).toEqual(last.to);
        if (kind === 'daily') return;
        let day = periodAsked('daily', last.first, zone, now);
        expect(day.from).toEqual(last.from);
        for (let index = 1; index < 7; index += 1) day = periodAfter(day);
        expect(day.to).toEqual(last.to);
      },
    ),
    { numRuns: 60 },
  );
});
