import type { Incident } from '../incident/incident.ts';
import type { Circumstances } from './evidence/circumstances.ts';
import type { Explanation } from './explanation.ts';
import { explainComponent, explainImport, explainRunFailed } from './kinds/airflow.ts';
import { caseOf, type Case } from './kinds/case.ts';
import { explainTaskFailed } from './kinds/task-failed.ts';
import { explainPromise, explainSurge } from './kinds/failures.ts';
import { explainLate, explainSilent } from './kinds/late.ts';
import { explainSlow, explainTrend } from './kinds/slow.ts';
import { explainPattern } from './kinds/volume.ts';
import { explainPool, explainStuck } from './kinds/waiting.ts';

/** How each kind of incident is explained without a log. */
const kinds: Readonly<Record<Incident['kind'], (each: Case) => Explanation>> = {
  task_failed: explainTaskFailed,
  dag_run_failed: explainRunFailed,
  task_slow: explainSlow,
  task_running_long: explainSlow,
  task_stuck_queued: explainStuck,
  trend: explainTrend,
  pattern_broken: explainPattern,
  failure_rate_high: explainSurge,
  dag_late: explainLate,
  dag_silent: explainSilent,
  component_down: explainComponent,
  pool_starved: explainPool,
  import_error: explainImport,
  sla_breached: explainPromise,
  error_budget_burn: explainPromise,
  deadline_missed: explainLate,
};

/**
 * Why an incident is there, by what is known round it: pure, and without a log. A failed task is better explained by its log
 * (`rules`), adjusted by `adjustByCircumstances`.
 */
export const explainFinding = (incident: Incident, circumstances: Circumstances): Explanation =>
  kinds[incident.kind](caseOf(incident, circumstances));
