import { pythonIso } from './change.ts';
import type { Engine } from './engine.ts';
import type { DagState, RunType } from './model.ts';
import { hash32 } from './random.ts';

export interface NewRun {
  type: RunType;
  user: string | null;
  logicalMs: number | null;
  runAfterMs: number;
}

const prefixes: Record<RunType, string> = {
  scheduled: 'scheduled',
  manual: 'manual',
  operator: 'manual',
  asset: 'asset_triggered',
};

/** As Airflow's releases name their runs. */
export function runIdOf(engine: Engine, dag: DagState, { type, logicalMs, runAfterMs }: NewRun): string {
  const prefix = type === 'asset' && engine.airflow === '2.11' ? 'dataset_triggered' : prefixes[type];
  const at = `${prefix}__${pythonIso(logicalMs ?? runAfterMs)}`;
  // Airflow 3 tells runs without a logical date apart by a random suffix.
  return logicalMs === null
    ? `${at}_${hash32(`${engine.seed}${dag.spec.dagId}${runAfterMs}`).toString(36).padStart(8, '0').slice(0, 8)}`
    : at;
}

/** The first moment from `ms` on that is no run's logical date: ticks own the full seconds. */
export function freeMoment(dag: DagState, ms: number): number {
  const taken = new Set([...dag.open, ...dag.recent].map((run) => run.logicalMs));
  let at = ms;
  while (at % 1000 === 0 || taken.has(at)) at += 1;
  return at;
}
