import { expect, test } from 'vitest';
import type { KnownDag } from '../../src/collect/known-dags.ts';
import type { Snapshot } from '../../src/collect/snapshot.ts';
import { dagLate } from '../../src/detect/dag-late.ts';
import type { RunRecord } from '../../src/measure/run-history.ts';
import { at, dagRow, hourly, knownDag, minutes, openMap, openRun, record, settings, snapshot } from './kit.ts';
import { sure } from './series-kit.ts';

type DagRow = ReturnType<typeof dagRow>;
type RunRow = Snapshot['openRuns'][number];

interface Scene {
  row?: Partial<DagRow>;
  known?: Partial<KnownDag>;
  openRuns?: RunRow[];
  history?: RunRecord[];
  config?: unknown;
  now?: Date;
  alpha?: number;
}
function judge(scene: Scene, open = openMap()) {
  const now = scene.now ?? at('12:00');
  return dagLate(
    {
      snapshot: snapshot({ at: now, dags: [dagRow(scene.row)], openRuns: scene.openRuns ?? [] }),
      dags: new Map([['etl', knownDag(scene.known)]]),
      runs: new Map([['etl', scene.history ?? hourly().get('etl') ?? []]]),
      learned: sure(scene.alpha ?? 0.001),
    },
    open,
    settings(scene.config),
    now,
  );
}
const missed = (dueAt: Date): Scene => ({ row: { nextRunAt: dueAt } });

test('a run never scheduled is late when the limit is over, not a second before', () => {
  expect(judge(missed(at('11:45'))).findings).toMatchObject([
    {
      subject: { type: 'dag', dagId: 'etl' },
      severity: 'error',
      event: `since:${at('11:45').getTime()}`,
      since: at('12:00'),
      title:
        'etl is late: the run due 2026-06-10 11:45 UTC was never scheduled after 15m, a start was expected within 15m (the limit)',
    },
  ]);
  expect(judge(missed(at('11:45:01'))).findings).toEqual([]);
});

test('a DAG whose runs always start late may do so', () => {
  const history = hourly(20, { startMs: null })
    .get('etl')
    ?.map((run) => ({ ...run, startMs: (run.dueMs ?? 0) + minutes(30), endMs: (run.dueMs ?? 0) + minutes(40) }));
  const scene = (dueAt: Date): Scene => ({ ...missed(dueAt), ...(history === undefined ? {} : { history }) });
  expect(judge(scene(at('11:30'))).findings).toEqual([]);
  expect(judge(scene(at('11:00'))).findings).toMatchObject([{ n: 20, title: expect.stringContaining('(from 20 runs)') }]);
});

test('a run that has not started says so, one that runs is late only beyond what runs usually take', () => {
  const queued = openRun({ state: 'queued', startDate: null, dueAt: at('11:45') });
  expect(judge({ openRuns: [queued] }).findings[0]?.title).toContain('has not started after 15m');
  expect(judge({ openRuns: [openRun({ dueAt: at('11:45') })] }).findings).toMatchObject([
    { severity: 'warning', occasion: { runPk: 7 }, title: expect.stringContaining('is still running after 15m') },
  ]);
  const slow =
    hourly(20, {})
      .get('etl')
      ?.map((run) => ({ ...run, endMs: (run.dueMs ?? 0) + minutes(50) })) ?? [];
  expect(judge({ openRuns: [openRun({ dueAt: at('11:10') })], history: slow }).findings).toEqual([]);
  const [finding] = judge({ openRuns: [openRun({ dueAt: at('10:45') })], history: slow }).findings;
  expect(finding).toMatchObject({ n: 20, expected: { middle: 3000 } });
});

test('from ten runs on the usual bound holds, with fewer three times the longest is allowed, with none a running one is not judged', () => {
  const landing = (count: number) =>
    judge({ openRuns: [openRun({ dueAt: at('11:30') })], history: hourly(count).get('etl') ?? [] });
  expect(landing(10).findings).toMatchObject([{ n: 0, expected: { upper: 900 } }]);
  expect(landing(9).findings).toMatchObject([{ n: 9, expected: { upper: 1800 } }]);
  expect(landing(0).findings).toEqual([]);
});

test('a failed run is late when its success should have been there; a person who failed it ends the waiting', () => {
  const failed = (over: Partial<RunRecord> = {}) => [
    ...(hourly().get('etl') ?? []),
    record(at('11:30'), { state: 'failed', ...over }),
  ];
  expect(judge({ history: failed() }).findings).toMatchObject([
    { severity: 'error', title: expect.stringContaining('failed after 30m, a success was expected') },
  ]);
  expect(judge({ history: failed({ byPerson: true }) }).findings).toEqual([]);
  expect(judge({ history: [...failed(), record(at('11:40'))] }).findings).toEqual([]);
});

test('a paused DAG is never late, nor is what was due before it was resumed', () => {
  const scene = missed(at('11:00'));
  expect(judge({ row: { ...scene.row, paused: true } }).findings).toEqual([]);
  expect(judge({ ...scene, known: { resumedAt: at('11:00:01') } }).findings).toEqual([]);
  expect(judge({ ...scene, known: { resumedAt: at('11:00') } }).findings).toHaveLength(1);
});

test('what became late before our first look is none of ours', () => {
  expect(judge({ ...missed(at('11:00')), known: { seenAt: at('11:15') } }).findings).toEqual([]);
  expect(judge({ ...missed(at('11:00')), known: { seenAt: at('11:14:59') } }).findings).toHaveLength(1);
});

test('runs of a backfill or of a person are not what is expected', () => {
  for (const runType of ['backfill', 'manual'])
    expect(judge({ openRuns: [openRun({ runType, dueAt: at('06:00') })], history: [] }).findings).toEqual([]);
});

test('a DAG without a next run and without open runs is not late', () => {
  expect(judge({ row: { nextRunAt: null } })).toEqual({ findings: [], cleared: [], judged: 1 });
});

test('the oldest miss names the event, which lasts until the DAG has caught up', () => {
  const running = openRun({ dueAt: at('10:30') });
  const both: Scene = { ...missed(at('11:30')), openRuns: [running] };
  const { findings } = judge(both);
  expect(findings).toMatchObject([{ event: `since:${at('10:30').getTime()}` }]);
  const open = openMap(...findings);
  const arrived = [...(hourly().get('etl') ?? []), record(at('10:30'), { endMs: at('11:50').getTime() })];
  const still = judge({ ...missed(at('11:30')), history: arrived }, open);
  expect([still.findings.map(({ event }) => event), still.cleared]).toEqual([[findings[0]?.event], []]);
  const done = judge({ history: arrived }, open);
  expect(done).toMatchObject({ findings: [], cleared: [{ reason: 'cleared', at: at('11:50') }] });
});

test('only a success of what was due, or of later data, is an arrival', () => {
  const open = openMap(...judge(missed(at('11:00'))).findings);
  const after = (run: RunRecord) => judge({ history: [...(hourly().get('etl') ?? []), run] }, open).cleared;
  expect(after(record(at('11:00')))).toHaveLength(1);
  expect(after(record(at('10:59')))).toEqual([]);
  expect(after(record(at('11:00'), { state: 'failed', byPerson: true }))).toEqual([]);
  expect(after(record(at('11:00'), { runType: 'backfill' }))).toEqual([]);
  expect(after(record(at('09:00'), { runType: 'manual', startMs: at('11:00').getTime() }))).toHaveLength(1);
  expect(after(record(at('11:00'), { byPerson: true }))).toMatchObject([{ reason: 'person_marked' }]);
});

test('an open one ends when the DAG is paused or leaves the catalogue, and not for want of news', () => {
  const open = openMap(...judge(missed(at('11:00'))).findings);
  expect(judge({ row: { paused: true } }, open).cleared).toMatchObject([{ text: 'the DAG is paused' }]);
  expect(judge({ row: { dagId: 'other' } }, open).cleared).toMatchObject([{ reason: 'subject_gone' }]);
  expect(judge({}, open).cleared).toEqual([]);
});

test('on a night that the clocks are put forward nothing is late that Airflow planned so', () => {
  // 02:30 in Berlin does not exist on 29 March 2026: Airflow runs it at 01:30 UTC, an hour earlier than the day before.
  const nights = Array.from({ length: 20 }, (_, back) => record(new Date(Date.UTC(2026, 2, 28 - back, 1, 30))));
  const next = new Date('2026-03-29T00:30:00Z');
  const scene: Scene = { row: { nextRunAt: next }, history: nights.toReversed(), known: { seenAt: new Date(0) } };
  expect(judge({ ...scene, now: new Date('2026-03-29T00:44:59Z') }).findings).toEqual([]);
  expect(judge({ ...scene, now: new Date('2026-03-29T00:45:00Z') }).findings).toHaveLength(1);
});

const byAsset = (ends: Date[]): RunRecord[] =>
  ends.map((end) => record(new Date(end.getTime() - minutes(10)), { runType: 'asset_triggered', endMs: end.getTime() }));
const every = (gapMs: number, count: number, last: Date): Date[] =>
  Array.from({ length: count }, (_, back) => new Date(last.getTime() - (count - 1 - back) * gapMs));
const assetRow = { nextRunAt: null, schedule: 'Asset' };

test('a DAG triggered by assets is late by the gaps of its own history, from ten gaps on', () => {
  const history = byAsset(every(minutes(60), 11, at('09:30')));
  expect(judge({ row: assetRow, history }).findings).toMatchObject([
    { n: 10, event: `since:${at('09:30').getTime()}`, title: expect.stringContaining('etl is late: no run for 2h30m, one was') },
  ]);
  expect(judge({ row: assetRow, history: history.slice(1) }).findings).toEqual([]);
  expect(judge({ row: assetRow, history, now: at('10:29') }).findings).toEqual([]);
  expect(judge({ row: assetRow, history, openRuns: [openRun({ runType: 'asset_triggered' })] }).findings).toEqual([]);
});

test('a DAG triggered by assets on weekdays only is not late on its first weekend', () => {
  const friday = new Date('2026-06-12T16:00:00Z');
  const history = byAsset(every(minutes(60), 30, friday));
  expect(judge({ row: assetRow, history, now: new Date('2026-06-13T16:00:00Z') }).findings).toEqual([]);
  const long = byAsset(every(minutes(60), 200, friday));
  expect(judge({ row: assetRow, history: long, now: new Date('2026-06-13T16:00:00Z') }).findings).toHaveLength(1);
});

/** Daily runs due at 10:00, the newest yesterday, that took these minutes. */
const daily = (took: readonly number[]): RunRecord[] =>
  took.map((length, index) => {
    const due = new Date(at('10:00').getTime() - (took.length - index) * minutes(1440));
    return record(due, { endMs: due.getTime() + minutes(length) });
  });

test('a success is late beyond its interval, and not before it takes half as long again as usual', () => {
  const history = daily(Array.from({ length: 20 }, () => 50));
  const running = (dueAt: Date) => judge({ openRuns: [openRun({ dueAt })], history }).findings;
  expect(running(at('10:45'))).toHaveLength(1);
  expect(running(at('10:46'))).toEqual([]);
  const varied = daily(Array.from({ length: 20 }, (_, index) => 50 * 1.4 ** ((index % 3) - 1)));
  const surely = (alpha: number) => judge({ openRuns: [openRun({ dueAt: at('10:10') })], history: varied, alpha }).findings;
  expect(surely(0.01)).toHaveLength(1);
  expect(surely(0.0001)).toEqual([]);
});

test('runs that take longer for good are late no more than those before were', () => {
  const history = daily([...Array.from({ length: 30 }, () => 20), ...Array.from({ length: 10 }, () => 60)]);
  const running = (dueAt: Date) => judge({ openRuns: [openRun({ dueAt })], history }).findings;
  expect(running(at('10:40'))).toEqual([]);
  expect(running(at('10:30'))).toHaveLength(1);
});

test('what takes three hours on Wednesdays is late on other days only', () => {
  // 2026-06-10 is a Wednesday.
  const history = daily(Array.from({ length: 56 }, (_, index) => (index % 7 === 0 ? 180 : 20)));
  const running = openRun({ dueAt: at('10:00') });
  expect(judge({ openRuns: [running], history }).findings).toEqual([]);
  expect(judge({ openRuns: [running], history: history.slice(1).concat(record(at('09:59'))) }).findings).toEqual([]);
  const tuesday = history.map(({ dueMs, startMs, endMs, ...rest }) => {
    const later = (ms: number | null) => (ms ?? 0) + minutes(1440);
    return { ...rest, dueMs: later(dueMs), startMs: later(startMs), endMs: later(endMs) };
  });
  expect(judge({ openRuns: [running], history: tuesday.slice(0, -1) }).findings).toHaveLength(1);
});
