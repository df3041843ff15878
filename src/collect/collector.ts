import type { AirflowRead } from '../airflow/connect.ts';
import type { Shape } from '../airflow/probe.ts';
import type { RunRow } from '../airflow/read-runs.ts';
import type { ActivityRow } from '../airflow/read-tasks.ts';
import type { Clock } from '../lib/clock.ts';
import { errorText } from '../lib/errors.ts';
import { redact } from '../redact/redact.ts';
import type { CollectorReport, Snapshot } from './snapshot.ts';

export interface HealthThresholds {
  schedulerMs: number;
  triggererMs: number;
  dagProcessorMs: number;
}

export interface CollectorInput {
  read: AirflowRead;
  shape: Shape;
  /** Airflow's database time: components are judged by the clock next to them. */
  at: Date;
  activity: readonly ActivityRow[];
  /** The runs that are known, open ones and recent ones. */
  runs: readonly RunRow[];
  thresholds: HealthThresholds;
}

/** One look at one thing: the part of the snapshot that it fills. To add one, write a file in `collectors/` and list it there. */
export interface Collector {
  /** Table and columns without which it cannot work, for this Airflow; null: this Airflow has no such thing. */
  needs(shape: Shape): [table: string, ...columns: string[]][] | null;
  collect(input: CollectorInput): Promise<Partial<Snapshot>>;
}

/**
 * The frame round every collector: it decides whether the collector can run, guards the transaction, times it and turns a
 * failure into a report. What is not granted degrades that one collector and says how to mend it.
 */
export async function runCollector(
  name: string,
  collector: Collector,
  input: CollectorInput,
  clock: Clock,
): Promise<{ part: Partial<Snapshot>; report: CollectorReport } | null> {
  const needs = collector.needs(input.shape);
  if (needs === null) return null;
  const began = clock.monotonicMs();
  const report = (error?: string): CollectorReport => {
    const seconds = (clock.monotonicMs() - began) / 1000;
    return error === undefined ? { collector: name, ok: true, seconds } : { collector: name, ok: false, seconds, error };
  };
  const missing = needs.find(([table, ...columns]) => !input.shape.has(table, ...columns));
  if (missing) {
    const [table, ...columns] = missing;
    const why = input.shape.denied.some((denied) => denied.table === table)
      ? 'grant it with docs/airflow-role.sql'
      : 'this schema lacks it';
    return { part: {}, report: report(`cannot read ${table} (${columns.join(', ')}): ${why}`) };
  }
  try {
    return { part: await input.read.guarded(() => collector.collect(input)), report: report() };
  } catch (error) {
    return { part: {}, report: report(redact(errorText(error))) };
  }
}
