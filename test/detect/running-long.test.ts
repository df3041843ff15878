import { describe, expect, test } from 'vitest';
import type { Snapshot, UnfinishedTask } from '../../src/collect/snapshot.ts';
import { runningLong } from '../../src/detect/running-long.ts';
import { expectationOf } from '../../src/measure/expect.ts';
import { upperPredictionBound } from '../../src/stats/prediction.ts';
import { at, attempt, facts, openMap, openRun, settings, snapshot, waiting } from './kit.ts';
import { bookOf, loadKey, sure } from './series-kit.ts';

/** Thirty runs between about 8 and 12 minutes. */
const book = bookOf(Array.from({ length: 30 }, (_, index) => 600 * Math.exp(0.15 * Math.sin(index * 2.4))));

const now = at('12:00');
const running = (seconds: number, over: Partial<UnfinishedTask> = {}): UnfinishedTask =>
  waiting({ state: 'running', startDate: new Date(now.getTime() - seconds * 1000), hostname: 'worker-1', ...over });

interface Scene {
  tasks: UnfinishedTask[];
  complete?: boolean;
  run?: Partial<Snapshot['openRuns'][number]>;
  config?: unknown;
  open?: Parameters<typeof runningLong>[1];
  transitions?: ReturnType<typeof attempt>[];
  learned?: ReturnType<typeof sure>;
  series?: typeof book.series;
}

const judge = ({ tasks, complete = true, run = {}, config, open = new Map(), ...rest }: Scene) =>
  runningLong(
    facts({
      series: book.series,
      learned: sure(0.001),
      ...rest,
      snapshot: snapshot({ openRuns: [openRun(run)], unfinished: { tasks, complete } }),
    }),
    open,
    settings(config),
    now,
  );
const finds = (seconds: number, scene: Partial<Scene> = {}) =>
  judge({ ...scene, tasks: [running(seconds)] }).findings.length === 1;

describe('what runs too long', () => {
  test('just above five minutes more than the median, not just below', () => {
    const { medianSeconds = 0 } = book.series.get(loadKey)?.summary ?? {};
    expect(finds(medianSeconds + 299)).toBe(false);
    expect(finds(medianSeconds + 301)).toBe(true);
  });

  test('just above the prediction interval where that is more, not just below', () => {
    const certain = sure(1e-5);
    const expected = expectationOf(book.series.get(loadKey), null, now.getTime() / 1000);
    const bound = expected === null ? 0 : Math.exp(upperPredictionBound(expected, 1e-5));
    expect(bound).toBeGreaterThan(930);
    expect(finds(bound - 1, { learned: certain })).toBe(false);
    expect(finds(bound + 1, { learned: certain })).toBe(true);
  });

  test('deferred time counts, waiting does not', () => {
    expect(judge({ tasks: [running(3600, { state: 'deferred' })] }).findings).toHaveLength(1);
    expect(judge({ tasks: [running(3600, { state: 'queued' })] }).judged).toBe(0);
  });

  test.each([
    ['a backfill run', { runType: 'backfill' }],
    ['a run that a person cleared', { clearNumber: 1 }],
    ['a run that makes up for what was missed', { dueAt: new Date('2026-06-08T11:00:00Z') }],
  ])('%s is not judged', (_, run) => {
    expect(judge({ tasks: [running(9000)], run })).toEqual({ findings: [], cleared: [], judged: 0 });
  });

  test('a task without history is not judged', () => {
    expect(judge({ tasks: [running(9000)], series: new Map() }).judged).toBe(0);
  });

  test('it says how long it likely still takes, or that none took so long', () => {
    expect(judge({ tasks: [running(960)] }).findings[0]?.title).toMatch(
      /^etl.load has run for 16m, expected 10m\d*s? by 30 runs \(1 in [\d,]+\); likely done in \S+, \d+ % chance that it takes 32m$/,
    );
    expect(judge({ tasks: [running(7200)] }).findings[0]?.title).toMatch(/; none took over 11m\d+s$/);
  });

  test('mapped instances are one finding, and the one that was told of stands for them', () => {
    const tasks = [3, 4].map((mapIndex) => running(7200 + mapIndex, { mapIndex }));
    const mapped = new Map(
      [...book.series.values()].flatMap((each) => ['2-3', '4-7'].map((name) => [`etl\0load\0${name}`, each])),
    );
    const first = judge({ tasks, series: mapped }).findings;
    expect(first).toHaveLength(1);
    expect(first[0]?.title).toContain('and so have 1 more of it');
    expect(first[0]?.event).toBe('run:7:load:4:1');
    const grown = [running(7200, { mapIndex: 4 }), running(9000, { mapIndex: 3 })];
    expect(judge({ tasks: grown, series: mapped, open: openMap(...first) }).findings[0]?.event).toBe('run:7:load:4:1');
  });
});

describe('what ends it', () => {
  const open = openMap(...judge({ tasks: [running(7200)] }).findings);

  test('the present shows that it ended', () => {
    expect(judge({ tasks: [running(7300)], open }).cleared).toEqual([]);
    expect(judge({ tasks: [], open }).cleared).toMatchObject([{ reason: 'cleared', text: 'it does not run any more' }]);
  });

  test('its end is told with how long it took', () => {
    const ended = attempt({ tryNumber: 1, outcome: 'success', durationSeconds: 7300 });
    expect(judge({ tasks: [], open, transitions: [ended], complete: false }).cleared[0]?.text).toBe('it ended after 2h1m');
  });

  test('an incomplete list proves nothing', () => {
    expect(judge({ tasks: [], open, complete: false }).cleared).toEqual([]);
  });

  test('another try of it that runs too long is another event of the same trouble', () => {
    const { findings, cleared } = judge({ tasks: [running(7200, { tryNumber: 2 })], open });
    expect(findings[0]?.event).toBe('run:7:load:-1:2');
    expect(cleared).toEqual([]);
  });
});
