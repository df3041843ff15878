import type { AirflowConfig } from './airflow/config.ts';
import type { HealthThresholds } from './collect/collector.ts';

/** When components count as down, by the configuration. */
export const thresholdsOf = (slice: AirflowConfig): HealthThresholds => ({
  schedulerMs: slice.scheduler_health_threshold,
  triggererMs: slice.triggerer_health_threshold,
  dagProcessorMs: slice.dag_processor_health_threshold,
});

/** An exposition older than this is served no more, in ms: stale numbers must not look fresh. Three cycles may fail to come. */
export const staleAfterMs = (intervalMs: number): number => Math.max(3 * intervalMs, 30_000);
