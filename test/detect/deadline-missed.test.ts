import { expect, test } from 'vitest';
import type { Snapshot } from '../../src/collect/snapshot.ts';
import type { Transition } from '../../src/collect/transition.ts';
import { deadlineMissed } from '../../src/detect/deadline-missed.ts';
import type { RunRecord } from '../../src/measure/run-history.ts';
import { at, knownDag, openMap, runEnded, snapshot } from './kit.ts';

type Deadline = NonNullable<Snapshot['deadlines']>[number];
type SlaMiss = NonNullable<Snapshot['slaMisses']>[number];

const now = at('12:00');
const run = { runPk: 7, runId: 'scheduled__7', runType: 'scheduled', runState: 'running' };
const deadline = (over: Partial<Deadline> = {}): Deadline => ({
  dagId: 'etl',
  state: 'missed',
  count: 1,
  newestAt: at('11:59:50'),
  ...run,
  ...over,
});
const slaMiss = (over: Partial<SlaMiss> = {}): SlaMiss => ({
  dagId: 'etl',
  count: 9,
  newestAt: at('11:59:50'),
  taskId: 'load',
  ...run,
  ...over,
});
interface Scene {
  transitions?: Transition[];
  seenAt?: Date;
  previousAt?: Date | null;
  history?: RunRecord[];
}
const judge = (parts: Partial<Snapshot>, scene: Scene = {}, open = openMap()) =>
  deadlineMissed(
    {
      transitions: scene.transitions ?? [],
      snapshot: snapshot(parts),
      previousAt: scene.previousAt === undefined ? at('11:59:45') : scene.previousAt,
      dags: new Map([['etl', knownDag(scene.seenAt === undefined ? {} : { seenAt: scene.seenAt })]]),
      runs: new Map([['etl', scene.history ?? []]]),
    },
    open,
    undefined,
    now,
  );

test.each(['missed', 'overdue'] as const)('a deadline that is %s is a finding of its run, a pending one is none', (state) => {
  expect(judge({ deadlines: [deadline({ state })] }).findings).toMatchObject([
    {
      subject: { type: 'deadline', dagId: 'etl' },
      event: 'run:7',
      since: at('11:59:50'),
      title: 'etl missed a deadline in run scheduled__7, 10s ago',
    },
  ]);
  expect(judge({ deadlines: [deadline({ state: 'pending' })] }).findings).toEqual([]);
});

test('overdue and missed of one DAG are one finding, of the newer', () => {
  const older = deadline({ newestAt: at('11:58'), runPk: 6 });
  const { findings } = judge({ deadlines: [deadline({ state: 'overdue' }), older] });
  expect(findings.map(({ event }) => event)).toEqual(['run:7']);
});

test('what was missed at or before our first look is none of ours', () => {
  expect(judge({ deadlines: [deadline()] }, { seenAt: at('11:59:50') }).findings).toEqual([]);
  expect(judge({ deadlines: [deadline()] }, { seenAt: at('11:59:49') }).findings).toHaveLength(1);
  expect(judge({ deadlines: [deadline()] }, { previousAt: null }).findings).toEqual([]);
});

test('a miss whose run has arrived meanwhile is told when it is news, not for ever', () => {
  const arrived = { runState: 'success' };
  expect(judge({ slaMisses: [slaMiss(arrived)] }).findings).toMatchObject([
    { title: 'etl missed the SLA of load in run scheduled__7, 10s ago' },
  ]);
  const at2m = { previousAt: at('12:01:49') };
  expect(judge({ slaMisses: [slaMiss(arrived)] }, at2m).findings).toHaveLength(1);
  expect(judge({ slaMisses: [slaMiss(arrived)] }, { previousAt: at('12:01:50') }).findings).toEqual([]);
  expect(judge({ slaMisses: [slaMiss()] }, { previousAt: at('13:00') }).findings).toHaveLength(1);
});

test('a miss after which another run arrived is no news', () => {
  const record: RunRecord = {
    runPk: 8,
    runId: 'next',
    runType: 'scheduled',
    dueMs: null,
    startMs: null,
    endMs: at('11:59:51').getTime(),
    state: 'success',
    byPerson: false,
  };
  const scene = { previousAt: at('13:00') };
  expect(judge({ slaMisses: [slaMiss()] }, { ...scene, history: [record] }).findings).toEqual([]);
  expect(judge({ slaMisses: [slaMiss()] }, { ...scene, history: [{ ...record, state: 'failed' }] }).findings).toHaveLength(1);
});

test('a miss whose run is gone names no event and is none', () => {
  expect(judge({ slaMisses: [slaMiss({ runPk: null, runId: null, runState: null })] }).findings).toEqual([]);
});

test('the late end of its run in success, or of another one since, clears', () => {
  const parts = { deadlines: [deadline()] };
  const open = openMap(...judge(parts).findings);
  const success = runEnded({ state: 'success', endedAt: at('11:59:59') });
  const cleared = (transition: Transition) => judge(parts, { transitions: [transition] }, open).cleared;
  expect(cleared(success)).toMatchObject([{ text: 'the run ended in success, late' }]);
  expect(cleared({ ...success, runPk: 8 })).toHaveLength(1);
  expect(cleared({ ...success, runPk: 8, endedAt: at('11:59:49') })).toEqual([]);
  expect(cleared({ ...success, state: 'failed' })).toEqual([]);
  expect(cleared({ ...success, byPerson: true })).toMatchObject([{ reason: 'person_marked' }]);
});

test('a deadline that Airflow has taken away is over; one that is only too old to be read is not', () => {
  const open = openMap(...judge({ deadlines: [deadline()] }).findings);
  expect(judge({ deadlines: [] }, {}, open).cleared).toMatchObject([{ text: 'Airflow has taken the deadline away' }]);
  expect(judge({ deadlines: [deadline({ state: 'pending' })] }, {}, open).cleared).toHaveLength(1);
  const week = new Date(now.getTime() - 7 * 86_400_000);
  const old = new Map([...open].map(([key, each]) => [key, { ...each, since: week }]));
  expect(judge({ deadlines: [] }, {}, old).cleared).toEqual([]);
  expect(judge({ slaMisses: [] }, {}, open).cleared).toEqual([]);
});
