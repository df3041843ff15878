import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addTo, beginOf, bucketOf, bucketsOf, forgetBefore, listBuckets, noBuckets, sumSince } from '../../src/sla/buckets.ts';
import { hourMs, minuteMs } from './kit.ts';

const startMs = Date.parse('2026-06-10T00:00:00Z');
const added = fc.array(fc.tuple(fc.integer({ min: 0, max: 3000 }), fc.boolean()), { maxLength: 200 });

test('in whatever order it is counted, buckets are in the order of time and hold what was counted in them', () => {
  fc.assert(
    fc.property(added, fc.integer({ min: 0, max: 3000 }), (counts, from) => {
      const buckets = noBuckets(hourMs);
      const model = new Map<number, { total: number; bad: number }>();
      for (const [minute, bad] of counts) {
        const atMs = startMs + minute * minuteMs;
        const begin = addTo(buckets, atMs, { total: 1, bad: bad ? 1 : 0 });
        expect(begin).toBe(Math.floor(atMs / hourMs) * hourMs);
        const of = model.get(begin) ?? { total: 0, bad: 0 };
        model.set(begin, { total: of.total + 1, bad: of.bad + (bad ? 1 : 0) });
      }
      const expected = [...model].sort(([a], [b]) => a - b).map(([atMs, count]) => ({ atMs, ...count }));
      expect(listBuckets(buckets)).toEqual(expected);
      expect(listBuckets(bucketsOf(hourMs, expected))).toEqual(expected);
      expect(beginOf(buckets)).toBe(expected[0]?.atMs ?? null);
      const fromMs = startMs + from * minuteMs;
      const kept = expected.filter(({ atMs }) => atMs + hourMs > fromMs);
      expect(sumSince(buckets, fromMs)).toEqual({
        total: kept.reduce((sum, { total }) => sum + total, 0),
        bad: kept.reduce((sum, { bad }) => sum + bad, 0),
      });
      expect(bucketOf(buckets, fromMs)).toEqual(expected.find(({ atMs }) => atMs === Math.floor(fromMs / hourMs) * hourMs));
      forgetBefore(buckets, fromMs);
      expect(listBuckets(buckets)).toEqual(expected.filter(({ atMs }) => atMs >= fromMs));
      addTo(buckets, fromMs, { total: 1, bad: 0 });
      expect(bucketOf(buckets, fromMs)?.total).toBeGreaterThanOrEqual(1);
    }),
  );
});
