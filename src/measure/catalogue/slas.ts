import { counter, gauge, own } from '../define.ts';

const target = ['sla', 'dag_id', 'task_id'] as const;

/** Families with one series per SLA and target; ids are empty when the SLA pools its targets. */
export const slaFamilies = {
  slaMet: gauge(
    'airflow_sla_met',
    target,
    '1 when the SLA is met, 0 when it is breached; absent while too little is known.',
    own,
  ),
  slaValue: gauge(
    'airflow_sla_value',
    target,
    'What the SLA is about: a share, seconds, or a posted value; absent while it is unknown.',
    own,
  ),
  slaThreshold: gauge('airflow_sla_threshold', target, 'What the value is held against, in its unit.', own),
  slaSeverity: gauge(
    'airflow_sla_severity',
    target,
    'How grave the breach of the SLA is now: 0 met, 1 info, 2 warning, 3 error, 4 critical; absent while too little is known.',
    own,
  ),
  slaSeverityThreshold: gauge(
    'airflow_sla_severity_threshold',
    ['sla', 'dag_id', 'task_id', 'severity'],
    'Of an SLA with several thresholds: which value is how grave to break, in its unit.',
    own,
  ),
  slaObjective: gauge('airflow_sla_objective_ratio', target, 'The promised share of good runs, or of good time.', own),
  slaWindow: gauge(
    'airflow_sla_window_seconds',
    target,
    'Length of the window of the SLA; of a calendar window that of the present one.',
    own,
  ),
  slaCompliance: gauge(
    'airflow_sla_compliance_ratio',
    target,
    'Share of good runs, or of good time, in the window of the SLA; absent while nothing was counted.',
    own,
  ),
  slaBudgetRatio: gauge(
    'airflow_sla_error_budget_remaining_ratio',
    target,
    'Share of the error budget that is left in the window; below 0 when it is overspent.',
    own,
  ),
  slaBudgetRuns: gauge(
    'airflow_sla_error_budget_remaining_runs',
    target,
    'How many more runs (or slices of time) may go bad in the window; below 0 when too many did.',
    own,
  ),
  slaBurnRate: gauge(
    'airflow_sla_burn_rate',
    ['sla', 'dag_id', 'task_id', 'window'],
    'How many times as fast as promised the error budget is spent, over the last runs (or hours).',
    own,
  ),
  slaViolations: counter('airflow_sla_violations_total', target, 'Runs (or slices of time) that went bad.', own),
} as const;
