import { expect, test } from 'vitest';
import type { KnownDag } from '../../src/collect/known-dags.ts';
import type { ImportFailure, Snapshot } from '../../src/collect/snapshot.ts';
import { dagSilent } from '../../src/detect/dag-silent.ts';
import type { RunRecord } from '../../src/measure/run-history.ts';
import { at, dagRow, hourly, knownDag, openMap, settings, snapshot } from './kit.ts';

interface Scene {
  /** Null: not in the catalogue. */
  row?: Partial<ReturnType<typeof dagRow>> | null;
  known?: Partial<KnownDag>;
  history?: RunRecord[];
  running?: boolean;
  importErrors?: ImportFailure[];
}
const judge = (scene: Scene, open = openMap()) =>
  dagSilent(
    {
      snapshot: snapshot({
        dags: scene.row === null ? [] : [dagRow(scene.row)],
        openRuns: scene.running === true ? ([{ dagId: 'etl' }] as Snapshot['openRuns']) : [],
        importErrors: { count: scene.importErrors?.length ?? 0, errors: scene.importErrors ?? [] },
      }),
      dags: new Map([['etl', knownDag(scene.known)]]),
      runs: new Map([['etl', scene.history ?? hourly().get('etl') ?? []]]),
    },
    open,
    settings(),
    at('12:00'),
  );
const gone = (goneAt: Date): Scene => ({ row: null, known: { goneAt } });

test('a DAG that ran regularly and has left the catalogue is silent when the limit is over, not a second before', () => {
  expect(judge(gone(at('11:30'))).findings).toMatchObject([
    {
      severity: 'error',
      event: `since:${at('11:30').getTime()}`,
      title: 'etl has been silent for 30m: it left the catalogue, after 20 regular runs',
    },
  ]);
  expect(judge(gone(at('11:30:01'))).findings).toEqual([]);
});

test('a DAG that had hardly run, or had ceased to, is not missed', () => {
  expect(judge({ ...gone(at('11:30')), history: hourly(5).get('etl') ?? [] }).findings).toHaveLength(1);
  expect(judge({ ...gone(at('11:30')), history: hourly(4).get('etl') ?? [] }).findings).toEqual([]);
  // The last run started at 10:00:05 and runs are an hour apart.
  expect(judge(gone(at('12:00'))).findings).toEqual([]);
  const manual = hourly(20, { runType: 'manual' }).get('etl') ?? [];
  expect(judge({ ...gone(at('11:30')), history: manual }).findings).toEqual([]);
});

test('two usual gaps after its last run a DAG counts as one that still ran, later it does not', () => {
  const until = (goneAt: Date) => {
    const history = (hourly().get('etl') ?? []).map((run) => ({ ...run, startMs: (run.startMs ?? 0) - 2 * 3_600_000 }));
    return judge({ ...gone(goneAt), history }).findings.length;
  };
  expect([until(at('10:00:05')), until(at('10:00:06'))]).toEqual([1, 0]);
});

test('a DAG whose file does not parse says so, in the catalogue or gone from it', () => {
  const importErrors = [{ filename: '/opt/dags/etl.py', at: at('11:00'), stacktrace: '' }];
  expect(judge({ ...gone(at('11:30')), importErrors }).findings[0]?.title).toContain('its file etl.py does not parse');
  const hidden: Scene = { row: { importErrors: true }, known: { hiddenAt: at('11:30') } };
  expect(judge(hidden).findings).toMatchObject([{ severity: 'error', title: expect.stringContaining('etl.py does not parse') }]);
});

test('a DAG that was paused while it ran is silent; one that was paused when we came is not', () => {
  const paused = (over: Partial<KnownDag>): Scene => ({ row: { paused: true }, known: { pausedAt: at('11:30'), ...over } });
  expect(judge(paused({})).findings).toMatchObject([{ severity: 'warning', title: expect.stringContaining('it was paused') }]);
  expect(judge(paused({ seenAt: at('11:30') })).findings).toEqual([]);
  expect(judge(paused({ seenAt: at('11:29:59') })).findings).toHaveLength(1);
});

test('a schedule without a next run is silent once the last run is over', () => {
  const none: Scene = { row: { nextRunAt: null } };
  expect(judge(none).findings).toMatchObject([{ title: expect.stringContaining('it has a schedule and no next run') }]);
  expect(judge({ ...none, running: true }).findings).toEqual([]);
  expect(judge({ ...none, known: { seenAt: at('10:10') } }).findings).toEqual([]);
  for (const schedule of ['', 'None', '@once', '@continuous', 'Asset', 'Dataset'])
    expect(judge({ row: { nextRunAt: null, schedule } }).findings, schedule).toEqual([]);
});

test('it is over when the catalogue shows that it would run again, and only then', () => {
  const open = openMap(...judge(gone(at('11:30'))).findings);
  expect(judge({}, open).cleared).toMatchObject([{ text: 'it is back in the catalogue and would run' }]);
  expect(judge({ row: null }, open).cleared).toEqual([]);
  expect(judge({ row: { paused: true } }, open).cleared).toEqual([]);
  expect(judge({ row: { importErrors: true } }, open).cleared).toEqual([]);
  expect(judge({ row: { nextRunAt: null }, history: [] }, open).cleared).toEqual([]);
  expect(judge({ row: { nextRunAt: null }, running: true }, open).cleared).toHaveLength(1);
});
