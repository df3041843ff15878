/**
 * Every kind of finding: the alert's name, and whether it is a symptom, which joins an open root of the same or an upstream
 * DAG instead of standing alone (DESIGN §7).
 */
export const kinds = {
  task_failed: { alertname: 'AirflowTaskFailed', symptom: false },
  dag_run_failed: { alertname: 'AirflowDagRunFailed', symptom: true },
  task_slow: { alertname: 'AirflowTaskSlow', symptom: false },
  task_running_long: { alertname: 'AirflowTaskRunningLong', symptom: false },
  task_stuck_queued: { alertname: 'AirflowTaskStuckQueued', symptom: false },
  trend: { alertname: 'AirflowTrend', symptom: false },
  pattern_broken: { alertname: 'AirflowPatternBroken', symptom: false },
  failure_rate_high: { alertname: 'AirflowFailureRateHigh', symptom: true },
  dag_late: { alertname: 'AirflowDagLate', symptom: true },
  dag_silent: { alertname: 'AirflowDagSilent', symptom: false },
  component_down: { alertname: 'AirflowComponentDown', symptom: false },
  pool_starved: { alertname: 'AirflowPoolStarved', symptom: false },
  import_error: { alertname: 'AirflowImportError', symptom: false },
  sla_breached: { alertname: 'AirflowSlaBreached', symptom: true },
  error_budget_burn: { alertname: 'AirflowErrorBudgetBurn', symptom: true },
  deadline_missed: { alertname: 'AirflowDeadlineMissed', symptom: true },
} as const;

export type Kind = keyof typeof kinds;
export const kindNames = Object.keys(kinds) as Kind[];
