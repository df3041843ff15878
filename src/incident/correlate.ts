import type { Kind } from '../detect/kinds.ts';
import type { Subject } from '../detect/finding.ts';
import { nameOf } from './words.ts';

/** What two incidents may have in common, the strongest tie first. */
export const relations = [
  'platform',
  'dag_of_file',
  'surge',
  'same_task',
  'upstream_task',
  'same_pool',
  'waits_for',
  'same_host',
  'same_error',
  'same_sla',
  'same_dag',
  'upstream_dag',
] as const;
export type Relation = (typeof relations)[number];

type Joins = Readonly<Partial<Record<Kind, readonly Relation[]>>>;

/** Every kind that can be the root of trouble within a DAG, for the symptoms of that DAG and of those downstream. */
const withinDag: Joins = {
  task_failed: ['same_dag', 'upstream_dag'],
  task_slow: ['same_dag', 'upstream_dag'],
  task_running_long: ['same_dag', 'upstream_dag'],
  task_stuck_queued: ['same_dag', 'upstream_dag'],
  dag_silent: ['same_dag', 'upstream_dag'],
  pool_starved: ['waits_for'],
  import_error: ['dag_of_file'],
  component_down: ['platform'],
};
const surge: Joins = { failure_rate_high: ['surge', 'same_dag'] };

/**
 * Which open incident a finding joins as a member, by both kinds: member → root → ties that suffice. What is not here stands
 * alone. Symptoms (DESIGN §7) join whatever explains them in their DAG or upstream of it.
 */
export const joins: Readonly<Record<Kind, Joins>> = {
  task_failed: {
    task_failed: ['upstream_task', 'same_host', 'same_error'],
    import_error: ['dag_of_file'],
    component_down: ['platform'],
    failure_rate_high: ['surge'],
  },
  task_slow: {
    task_slow: ['same_host'],
    task_running_long: ['same_task', 'same_host'],
    trend: ['same_task'],
    pool_starved: ['same_pool'],
    component_down: ['platform'],
  },
  task_running_long: {
    task_slow: ['same_task', 'same_host'],
    task_running_long: ['same_host'],
    trend: ['same_task'],
    pool_starved: ['same_pool'],
    component_down: ['platform'],
  },
  task_stuck_queued: {
    task_stuck_queued: ['same_pool'],
    task_running_long: ['same_pool'],
    pool_starved: ['same_pool'],
    component_down: ['platform'],
  },
  trend: { task_slow: ['same_task'], task_running_long: ['same_task'] },
  pattern_broken: {
    task_slow: ['same_task'],
    task_running_long: ['same_task'],
    trend: ['same_task'],
    task_failed: ['same_dag'],
    dag_late: ['same_dag'],
    dag_silent: ['same_dag'],
    import_error: ['dag_of_file'],
    component_down: ['platform'],
  },
  dag_silent: { import_error: ['dag_of_file'], dag_late: ['same_dag'], component_down: ['platform'] },
  component_down: { component_down: ['same_host'] },
  pool_starved: {
    task_running_long: ['same_pool'],
    task_stuck_queued: ['same_pool'],
    component_down: ['platform'],
  },
  import_error: {},
  dag_run_failed: { ...withinDag, dag_late: ['same_dag'], failure_rate_high: ['surge'] },
  failure_rate_high: { ...withinDag, dag_run_failed: ['same_dag'], failure_rate_high: ['surge'] },
  dag_late: { ...withinDag, dag_run_failed: ['same_dag', 'upstream_dag'], dag_late: ['upstream_dag'], ...surge },
  deadline_missed: {
    ...withinDag,
    dag_run_failed: ['same_dag', 'upstream_dag'],
    dag_late: ['same_dag', 'upstream_dag'],
    sla_breached: ['same_dag'],
    ...surge,
  },
  sla_breached: {
    ...withinDag,
    dag_run_failed: ['same_dag', 'upstream_dag'],
    dag_late: ['same_dag', 'upstream_dag'],
    deadline_missed: ['same_dag'],
    ...surge,
  },
  error_budget_burn: {
    ...withinDag,
    dag_run_failed: ['same_dag', 'upstream_dag'],
    dag_late: ['same_dag', 'upstream_dag'],
    deadline_missed: ['same_dag'],
    sla_breached: ['same_sla', 'same_dag'],
    ...surge,
  },
};

/** Begins the reason of a membership by error signature. */
export const sameErrorReason = 'the same error as ';

/** How a membership reads on the page: `downstream of load.extract`. */
export function explainTie(relation: Relation, root: { subject: Subject }): string {
  const of = nameOf(root.subject);
  switch (relation) {
    case 'platform':
      return `while ${of} is down`;
    case 'surge':
      return 'part of a surge of failures';
    case 'dag_of_file':
      return `${of} does not parse`;
    case 'same_task':
      return `the same task as ${of}`;
    case 'upstream_task':
      return `downstream of ${of} in the same run`;
    case 'same_pool':
      return `the same pool as ${of}`;
    case 'waits_for':
      return `waits for ${of}`;
    case 'same_host':
      return `the same host as ${of}`;
    case 'same_error':
      return sameErrorReason + of;
    case 'same_sla':
      return `the error budget of ${of}`;
    case 'same_dag':
      return `the same DAG as ${of}`;
    case 'upstream_dag':
      return `downstream of ${of}`;
  }
}
