import type { Row, Sink, Table } from '../../src/demo/change.ts';
import type { Fault } from '../../src/demo/config.ts';
import type { Engine } from '../../src/demo/engine.ts';
import { beginFault } from '../../src/demo/faults.ts';
import type { AirflowRelease } from '../../src/demo/model.ts';
import { createEngine, simulate } from '../../src/demo/simulate.ts';
import type { TryEvent } from '../../src/demo/try-event.ts';
import { shop } from '../../src/demo/world.ts';

export interface Simulated {
  engine: Engine;
  events: TryEvent[];
  /** Every change of a row, as JSON. */
  changes: string[];
}

/** The shop's Airflow for so many hours, without a database. */
export function simulateHours(
  airflow: AirflowRelease,
  hours: number,
  { seed = 5, anomalyProbability = 0, fault }: { seed?: number; anomalyProbability?: number; fault?: Fault } = {},
): Simulated {
  const events: TryEvent[] = [];
  const changes: string[] = [];
  const keep =
    (how: string) =>
    (table: Table, _key: string, row: () => Row): void =>
      void changes.push(`${how} ${table} ${JSON.stringify(row())}`);
  const sink: Sink = { insert: keep('insert'), update: keep('update'), remove: keep('remove'), cut: () => {} };
  const startMs = Date.parse('2026-03-02T00:00:00Z');
  const engine = createEngine({
    world: shop,
    airflow,
    seed,
    startMs,
    presentMs: startMs,
    anomalyProbability,
    sink,
    onTry: (event) => void events.push(event),
  });
  if (fault !== undefined) beginFault(engine, fault);
  simulate(engine, startMs + hours * 3_600_000);
  return { engine, events, changes };
}
