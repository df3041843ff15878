import type { Kind } from './kinds.ts';

/** The detectors that share the budget of false alerts, by the names of their settings. */
export const statistical = {
  z_score: 'task_slow',
  running_long: 'task_running_long',
  trend: 'trend',
  pattern: 'pattern_broken',
  failure_rate: 'failure_rate_high',
  dag_late: 'dag_late',
} as const satisfies Record<string, Kind>;
export type Statistical = keyof typeof statistical;
