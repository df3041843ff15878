import { componentDown } from './component-down.ts';
import { dagLate } from './dag-late.ts';
import { dagRunFailed } from './dag-run-failed.ts';
import { dagSilent } from './dag-silent.ts';
import { deadlineMissed } from './deadline-missed.ts';
import type { RegisteredDetector } from './detector.ts';
import { failureRate } from './failure-rate.ts';
import { importError } from './import-error.ts';
import { pattern } from './pattern.ts';
import { poolStarved } from './pool-starved.ts';
import { runningLong } from './running-long.ts';
import { errorBudgetBurn, slaBreached } from './sla.ts';
import { stuckQueued } from './stuck-queued.ts';
import { taskFailed } from './task-failed.ts';
import { trend } from './trend.ts';
import { zScore } from './z-score.ts';

/** Every detector, by the name that reports and metrics show. */
export const detectors = {
  component_down: { kind: 'component_down', judge: componentDown },
  import_error: { kind: 'import_error', judge: importError },
  pool_starved: { kind: 'pool_starved', judge: poolStarved },
  stuck_queued: { kind: 'task_stuck_queued', alsoReads: ['pool_starved'], judge: stuckQueued },
  task_failed: { kind: 'task_failed', judge: taskFailed },
  dag_run_failed: { kind: 'dag_run_failed', alsoReads: ['task_failed'], judge: dagRunFailed },
  dag_late: { kind: 'dag_late', learned: true, judge: dagLate },
  dag_silent: { kind: 'dag_silent', learned: true, judge: dagSilent },
  z_score: { kind: 'task_slow', learned: true, judge: zScore },
  running_long: { kind: 'task_running_long', learned: true, judge: runningLong },
  trend: { kind: 'trend', learned: true, judge: trend },
  pattern: { kind: 'pattern_broken', learned: true, judge: pattern },
  failure_rate: { kind: 'failure_rate_high', learned: true, judge: failureRate },
  deadline_missed: { kind: 'deadline_missed', judge: deadlineMissed },
  sla_breached: { kind: 'sla_breached', judge: slaBreached },
  error_budget_burn: { kind: 'error_budget_burn', judge: errorBudgetBurn },
} satisfies Record<string, RegisteredDetector>;
