import { expect, test } from 'vitest';
import type { Shape } from '../src/airflow/probe.ts';
import type { ComponentHealth, Snapshot } from '../src/collect/snapshot.ts';
import { warningsOf } from '../src/warnings.ts';

const at = (seconds: number): Date => new Date(Date.UTC(2026, 2, 1, 10, 0, seconds));
const shape: Shape = {
  schema: 'public',
  revision: 'd2f4e1b3c5a7',
  version: '3.3',
  unknownRevision: false,
  major: 3,
  triesCountFromScheduling: true,
  has: () => true,
  denied: [],
};
const scheduler = (heartbeatSeconds: number, up: boolean): ComponentHealth => ({
  component: 'scheduler',
  up,
  heartbeatAt: at(heartbeatSeconds),
  limitMs: 30_000,
});
const snapshot = (atSeconds: number, ...components: ComponentHealth[]): Snapshot => ({
  at: at(atSeconds),
  openRuns: [],
  version: '3.3',
  revision: 'd2f4e1b3c5a7',
  activeRuns: new Map(),
  components,
});

test('clocks that agree to the minute, and what is all granted, are no reason for a warning', () => {
  expect(warningsOf(shape, snapshot(0, scheduler(60, true)), null, at(60))).toEqual([]);
  expect(warningsOf(shape, snapshot(60, scheduler(0, true)), null, at(0))).toEqual([]);
});

test("a database's clock that is more than a minute from ours is told, either way", () => {
  expect(warningsOf(shape, snapshot(61), null, at(0))).toEqual([
    "the clock of Airflow's database is more than a minute ahead of ours; Windsock goes by the database's, but let NTP set both",
  ]);
  expect(warningsOf(shape, snapshot(0), null, at(61))).toEqual([expect.stringMatching(/more than a minute behind ours/)]);
});

test("a component's heartbeat from the future tells that its clock is ahead", () => {
  expect(warningsOf(shape, snapshot(0, scheduler(61, true)), null, at(0))).toEqual([
    "the clock of the scheduler is more than a minute ahead of that of Airflow's database; let NTP set both",
  ]);
});

test('an old heartbeat tells of a clock that is behind only while it beats; else the component is just down', () => {
  const before = snapshot(600, scheduler(0, false));
  expect(warningsOf(shape, snapshot(615, scheduler(15, false)), before, at(615))).toEqual([
    "the clock of the scheduler is more than a minute behind that of Airflow's database; let NTP set both",
  ]);
  expect(warningsOf(shape, snapshot(615, scheduler(0, false)), before, at(615))).toEqual([]);
  expect(warningsOf(shape, snapshot(615, scheduler(15, false)), null, at(615))).toEqual([]);
});

test('a schema that nobody knows and a table that may not be read are told with what to do', () => {
  const poor = {
    ...shape,
    revision: 'f0f0f0f0f0f0',
    unknownRevision: true,
    denied: [{ table: 'slot_pool', columns: ['slots'] }],
  };
  expect(warningsOf(poor, snapshot(0), null, at(0))).toEqual([
    "Airflow's schema f0f0f0f0f0f0 is newer than any that Windsock knows; it is read by its columns",
    'may not read slot_pool (slots); grant it with docs/airflow-role.sql',
  ]);
});
