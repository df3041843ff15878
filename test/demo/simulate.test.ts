import { expect, test } from 'vitest';
import { beginFault } from '../../src/demo/faults.ts';
import { simulateHours } from './simulated.ts';

test.each(['3', '2.11'] as const)(
  'Airflow %s: the same seed gives the same rows in the same order, another seed others',
  (airflow) => {
    const once = (seed: number): string[] =>
      simulateHours(airflow, 2, { seed, anomalyProbability: 0.05, fault: { kind: 'surge' } }).changes;
    const first = once(1);
    expect(first.length).toBeGreaterThan(5000);
    expect(once(1)).toEqual(first);
    expect(once(2)).not.toEqual(first);
  },
);

test('a task that stays queued is put back twice in the same try, then failed', () => {
  const { events, changes } = simulateHours('3', 1, { fault: { kind: 'stuck', dagId: 'quality_gate', forSeconds: 7200 } });
  const first = simulateHours('3', 1.8, { fault: { kind: 'stuck', dagId: 'quality_gate', forSeconds: 7200 } }).changes;
  const logs = (of: readonly string[], event: string) =>
    of.filter((line) => line.includes(`"event":"${event}"`) && line.includes('quality_gate'));
  expect(events.filter(({ dagId }) => dagId === 'quality_gate')).toEqual([]);
  expect(logs(changes, 'stuck in queued reschedule').length).toBeGreaterThan(0);
  expect(logs(first, 'stuck in queued tries exceeded').length).toBeGreaterThan(0);
  const [exceeded = ''] = logs(first, 'stuck in queued tries exceeded');
  const runId = /"run_id":"([^"]+)"/.exec(exceeded)?.[1] ?? '';
  expect(logs(first, 'stuck in queued reschedule').filter((line) => line.includes(runId))).toHaveLength(2);
  expect(exceeded).toContain('"try_number":1');
});

test('a fault on a DAG or task that is not there is refused by name', () => {
  const { engine } = simulateHours('3', 0.01);
  expect(() => beginFault(engine, { kind: 'slow', dagId: 'nope' })).toThrow(/no DAG nope; it has sales_hourly_etl, /);
  expect(() => beginFault(engine, { kind: 'slow', dagId: 'price_feed', taskId: 'nope' })).toThrow(
    /price_feed has no task nope; it has fetch_prices, check_prices, publish_prices/,
  );
  expect(engine.faults).toEqual([]);
});
