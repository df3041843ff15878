import type { LiveEvent } from './live-events.ts';
import type { AirflowRelease } from './model.ts';

/** What the process of the simulated Airflow is started with. */
export interface SimulatorSettings {
  databaseUrl: string;
  airflow: AirflowRelease;
  seed: number;
  historyDays: number;
  anomalyProbability: number;
  /** The demo's folder: task logs go there, faults come from there. */
  folder: string;
}

export type ToSimulator = { kind: 'start'; settings: SimulatorSettings } | { kind: 'stop' };

export type FromSimulator =
  /** History written, 0 to 1. */
  | { kind: 'progress'; ratio: number }
  /** The history is there and the simulated Airflow lives at real time. */
  | { kind: 'live'; dags: number; runs: number; tries: number }
  | LiveEvent
  /** It cannot go on; `message` is safe to show. */
  | { kind: 'broken'; message: string };
