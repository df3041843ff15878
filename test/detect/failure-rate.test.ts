import { describe, expect, test } from 'vitest';
import { failureRate } from '../../src/detect/failure-rate.ts';
import type { Facts } from '../../src/detect/facts.ts';
import type { RunRecord } from '../../src/measure/run-history.ts';
import { unknownShare, type BetaPrior } from '../../src/stats/beta-prior.ts';
import { betaBinomialUpperTail } from '../../src/stats/discrete.ts';
import { at, facts, openMap, runEnded, settings } from './kit.ts';
import { sure } from './series-kit.ts';

const hour = 3_600_000;

/** Hourly runs, oldest first, the newest at 11:59: `.` success, `x` failed. */
const history = (text: string, over: Partial<RunRecord> = {}): RunRecord[] =>
  text.split('').map((letter, index) => ({
    runPk: index,
    runId: `scheduled__${index}`,
    runType: 'scheduled',
    dueMs: null,
    startMs: null,
    endMs: at('11:59').getTime() - (text.length - 1 - index) * hour,
    state: letter === 'x' ? ('failed' as const) : ('success' as const),
    byPerson: false,
    ...over,
  }));

type Open = Parameters<typeof failureRate>[1];
const judge = (
  runs: Record<string, RunRecord[]>,
  alpha = 0.001,
  open: Open = new Map(),
  over: Partial<Facts> = {},
  config: unknown = {},
) =>
  failureRate(
    facts({
      runs: new Map(Object.entries(runs)),
      transitions: Object.keys(runs).map((dagId) => runEnded({ dagId })),
      learned: sure(alpha),
      ...over,
    }),
    open,
    settings(config),
    at('12:00'),
  );

describe('one DAG', () => {
  const text = `${'.'.repeat(40)}xxx..`;
  /** Three of five after none of forty, one of three windows. */
  const p = 3 * betaBinomialUpperTail(3, 5, 0.5, 40.5);

  test('is found where the share of failures before explains them with less than alpha, not with more', () => {
    expect(judge({ etl: history(text) }, p * 1.001).findings).toMatchObject([
      {
        subject: { type: 'dag', dagId: 'etl' },
        title: '3 of the last 5 runs of etl failed, expected 0.0 % by 40 runs before (1 in 1,500)',
        event: `since:${at('11:59').getTime() - 4 * hour}`,
      },
    ]);
    expect(judge({ etl: history(text) }, p * 0.999).findings).toEqual([]);
  });

  test('needs twenty runs before, and two failures', () => {
    expect(judge({ etl: history(`${'.'.repeat(20)}xxxxx`) }).findings).toHaveLength(1);
    expect(judge({ etl: history(`${'.'.repeat(19)}xxxxx`) }).findings).toEqual([]);
    expect(judge({ etl: history(`${'.'.repeat(190)}x....`) }, 0.5).findings).toEqual([]);
  });

  test('that always fails often is no surge', () => {
    expect(judge({ etl: history('.x'.repeat(50)) }).findings).toEqual([]);
  });

  test('what a person decided and backfills count neither way', () => {
    const usual = history('.'.repeat(40));
    expect(judge({ etl: [...usual, ...history('xxxxx', { byPerson: true })] }).findings).toEqual([]);
    expect(judge({ etl: [...usual, ...history('xxxxx', { runType: 'backfill' })] }).findings).toEqual([]);
  });

  test('is looked at when one of its runs ends', () => {
    expect(judge({ etl: history(text) }, 0.01, new Map(), { transitions: [] }).judged).toBe(0);
  });

  test('is found sooner where the DAGs of this deployment are known to fail alike, and rarely', () => {
    const failedOnce = `${'.'.repeat(20)}x${'.'.repeat(20)}xxx..`;
    const by = (failures: BetaPrior) =>
      judge({ etl: history(failedOnce) }, 0.001, new Map(), { learned: { ...sure(0.001), failures } }).findings;
    expect(by(unknownShare)).toEqual([]);
    expect(by({ a: 3, b: 197 })).toHaveLength(1);
    expect(by({ a: 20, b: 180 })).toEqual([]);
  });

  test('goes on as one event while more fail, and ends when the last five are calm', () => {
    const open = openMap(...judge({ etl: history(text) }, 0.01).findings);
    const more = judge({ etl: history(`${text}xx`) }, 0.01, open);
    expect(more.findings[0]?.event).toBe([...open.values()][0]?.event);
    // However sure: the window of twenty runs still holds the failures.
    for (const alpha of [1e-5, 0.5]) {
      const calm = (after: string) => {
        const since = new Date(at('11:59').getTime() - (after.length + 2) * hour);
        const standing = new Map([...open].map(([key, each]) => [key, { ...each, since }]));
        return judge({ etl: history(`${'.'.repeat(40)}xxx${after}`) }, alpha, standing);
      };
      expect(calm('.....')).toMatchObject({ findings: [], cleared: [{ reason: 'cleared' }] });
      expect(calm('....').cleared).toEqual([]);
      expect(calm('....x').cleared).toEqual([]);
    }
  });
});

describe('all of this Airflow', () => {
  const names = Array.from({ length: 12 }, (_, index) => `dag-${index}`);
  /** The first so many of twelve DAGs failed within the hour. */
  const all = (failing: number) =>
    Object.fromEntries(names.map((name, index) => [name, history(`${'.'.repeat(30)}${index < failing ? 'x' : '.'}`)]));
  const surges = (...args: Parameters<typeof judge>) =>
    judge(...args).findings.filter(({ subject }) => subject.type === 'deployment');

  test('three DAGs that fail within an hour against their habit are a surge, two are not', () => {
    expect(surges(all(3), 0.01)).toMatchObject([
      {
        severity: 'critical',
        title: '3 of 12 DAGs had a failed run within the last hour, expected 0.2 by their own histories (1 in 960)',
      },
    ]);
    expect(surges(all(2), 0.5)).toEqual([]);
  });

  test('one DAG that fails every time is none', () => {
    expect(surges({ ...all(0), busy: history(`${'.'.repeat(60)}xxxxxxxxxx`) }, 0.01)).toEqual([]);
  });

  test('ends when all but one of the DAGs have recovered, though they failed within the hour', () => {
    const open = openMap(...surges(all(5), 0.01));
    const recovered = (failing: number) =>
      Object.fromEntries(
        names.map((name, index) => {
          const before = history(`${'.'.repeat(30)}${index < 5 ? 'x' : '.'}`);
          return [name, index < failing ? before : [...before, ...history('.')]];
        }),
      );
    expect(judge(recovered(2), 0.01, open)).toMatchObject({ findings: [{}], cleared: [] });
    expect(judge(recovered(1), 0.01, open)).toMatchObject({
      findings: [],
      cleared: [{ text: 'of the 12 DAGs that ran within the last hour 1 failed the last time' }],
    });
  });

  test('ends when the last hour is as usual', () => {
    const open = openMap(...surges(all(5), 0.01));
    expect(judge(all(4), 0.01, open).cleared).toEqual([]);
    expect(judge(all(0), 0.01, open).cleared).toMatchObject([{ subject: { type: 'deployment' }, reason: 'cleared' }]);
  });
});
