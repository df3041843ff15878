import { expect, test } from 'vitest';
import { nothingCarried, type Subject } from '../../src/detect/finding.ts';
import { kindNames, kinds, type Kind } from '../../src/detect/kinds.ts';
import { joins } from '../../src/incident/correlate.ts';
import { tieOf, type Party, type TieContext, type Topology } from '../../src/incident/tie.ts';
import { at } from '../kit/findings.ts';

const subjectOf: Record<Kind, (dagId: string) => Subject> = {
  task_failed: (dagId) => ({ type: 'task', dagId, taskId: 'load' }),
  dag_run_failed: (dagId) => ({ type: 'dag', dagId }),
  task_slow: (dagId) => ({ type: 'task', dagId, taskId: 'load' }),
  task_running_long: (dagId) => ({ type: 'task', dagId, taskId: 'load' }),
  task_stuck_queued: (dagId) => ({ type: 'task', dagId, taskId: 'load' }),
  trend: (dagId) => ({ type: 'task', dagId, taskId: 'load' }),
  pattern_broken: (dagId) => ({ type: 'task', dagId, taskId: 'load' }),
  failure_rate_high: (dagId) => (dagId === 'upstream' ? { type: 'deployment' } : { type: 'dag', dagId }),
  dag_late: (dagId) => ({ type: 'dag', dagId }),
  dag_silent: (dagId) => ({ type: 'dag', dagId }),
  component_down: () => ({ type: 'component', component: 'scheduler' }),
  pool_starved: () => ({ type: 'pool', pool: 'small' }),
  import_error: (dagId) => ({ type: 'file', file: `${dagId}.py` }),
  sla_breached: (dagId) => ({ type: 'sla', sla: 'fresh', dagId, taskId: '' }),
  error_budget_burn: (dagId) => ({ type: 'sla', sla: 'fresh', dagId, taskId: '' }),
  deadline_missed: (dagId) => ({ type: 'deadline', dagId }),
};

const topology: Topology = {
  isUpstreamTask: () => false,
  isUpstreamDag: (upstream, dagId) => upstream === 'upstream' && dagId === 'etl',
  fileOf: (dagId) => `${dagId}.py`,
};
const context: TieContext = { topology, windowMs: 600_000, troubledHosts: new Set(['worker-1']) };

function party(kind: Kind, dagId: string, taskId?: string): Party {
  const subject = subjectOf[kind](dagId);
  return {
    kind,
    subject: taskId !== undefined && subject.type === 'task' ? { ...subject, taskId } : subject,
    carried: { ...nothingCarried, host: 'worker-1', pool: 'small', ...(kind === 'pool_starved' ? { dags: [dagId] } : {}) },
    runId: 'r1',
    atMs: at('10:00').getTime(),
    signature: null,
  };
}

/** Every pair of kinds, member → root, both about task load of DAG etl, on the same host and in the same pool: the tie, or nothing. */
const sameDag: Record<Kind, Partial<Record<Kind, string>>> = {
  task_failed: { task_failed: 'same_host', import_error: 'dag_of_file', component_down: 'platform' },
  dag_run_failed: {
    ...all('same_dag', 'task_failed', 'task_slow', 'task_running_long', 'task_stuck_queued', 'dag_silent', 'dag_late'),
    pool_starved: 'waits_for',
    import_error: 'dag_of_file',
    component_down: 'platform',
  },
  task_slow: {
    task_slow: 'same_host',
    task_running_long: 'same_task',
    trend: 'same_task',
    pool_starved: 'same_pool',
    component_down: 'platform',
  },
  task_running_long: {
    task_slow: 'same_task',
    task_running_long: 'same_host',
    trend: 'same_task',
    pool_starved: 'same_pool',
    component_down: 'platform',
  },
  task_stuck_queued: {
    task_stuck_queued: 'same_pool',
    task_running_long: 'same_pool',
    pool_starved: 'same_pool',
    component_down: 'platform',
  },
  trend: { task_slow: 'same_task', task_running_long: 'same_task' },
  pattern_broken: {
    task_slow: 'same_task',
    task_running_long: 'same_task',
    trend: 'same_task',
    task_failed: 'same_dag',
    dag_late: 'same_dag',
    dag_silent: 'same_dag',
    import_error: 'dag_of_file',
    component_down: 'platform',
  },
  failure_rate_high: {
    ...all('same_dag', 'task_failed', 'task_slow', 'task_running_long', 'task_stuck_queued', 'dag_silent', 'dag_run_failed'),
    pool_starved: 'waits_for',
    import_error: 'dag_of_file',
    component_down: 'platform',
  },
  dag_late: {
    ...all('same_dag', 'task_failed', 'task_slow', 'task_running_long', 'task_stuck_queued', 'dag_silent', 'dag_run_failed'),
    failure_rate_high: 'same_dag',
    pool_starved: 'waits_for',
    import_error: 'dag_of_file',
    component_down: 'platform',
  },
  dag_silent: { import_error: 'dag_of_file', dag_late: 'same_dag', component_down: 'platform' },
  component_down: { component_down: 'same_host' },
  pool_starved: { task_running_long: 'same_pool', task_stuck_queued: 'same_pool', component_down: 'platform' },
  import_error: {},
  sla_breached: {
    ...all('same_dag', 'task_failed', 'task_slow', 'task_running_long', 'task_stuck_queued', 'dag_silent', 'dag_run_failed'),
    ...all('same_dag', 'dag_late', 'failure_rate_high', 'deadline_missed'),
    pool_starved: 'waits_for',
    import_error: 'dag_of_file',
    component_down: 'platform',
  },
  error_budget_burn: {
    ...all('same_dag', 'task_failed', 'task_slow', 'task_running_long', 'task_stuck_queued', 'dag_silent', 'dag_run_failed'),
    ...all('same_dag', 'dag_late', 'failure_rate_high', 'deadline_missed'),
    sla_breached: 'same_sla',
    pool_starved: 'waits_for',
    import_error: 'dag_of_file',
    component_down: 'platform',
  },
  deadline_missed: {
    ...all('same_dag', 'task_failed', 'task_slow', 'task_running_long', 'task_stuck_queued', 'dag_silent', 'dag_run_failed'),
    ...all('same_dag', 'dag_late', 'failure_rate_high', 'sla_breached'),
    pool_starved: 'waits_for',
    import_error: 'dag_of_file',
    component_down: 'platform',
  },
};

function all(tie: string, ...roots: Kind[]): Partial<Record<Kind, string>> {
  return Object.fromEntries(roots.map((root) => [root, tie]));
}

const pairs = kindNames.flatMap((member) => kindNames.map((root) => [member, root] as const));

test.each(pairs)('%s joins an open %s of the same DAG, host and pool exactly when the table says so', (member, root) => {
  expect(tieOf(party(member, 'etl'), party(root, 'etl'), context)).toBe(sameDag[member][root] ?? null);
});

test.each(pairs)('%s joins an open %s of an upstream DAG only as a symptom, or by what both share', (member, root) => {
  const tie = tieOf(party(member, 'etl'), party(root, 'upstream', 'other'), context);
  if (tie === 'upstream_dag') expect(kinds[member].symptom).toBe(true);
  else expect([null, 'same_host', 'same_pool', 'platform', 'surge']).toContain(tie);
});

test.each(pairs)(
  '%s never joins an open %s of a DAG that has nothing to do with it, elsewhere in time and place',
  (member, root) => {
    const far: Party = { ...party(root, 'elsewhere', 'other'), carried: { ...nothingCarried, host: 'worker-2', pool: 'big' } };
    if (far.subject.type === 'pool') far.subject = { type: 'pool', pool: 'big' };
    const late = { ...party(member, 'etl'), atMs: at('10:00').getTime() - 2 * context.windowMs };
    if (late.subject.type !== 'component' && late.subject.type !== 'pool') expect(tieOf(late, far, context)).toBeNull();
  },
);

test.each(pairs)('%s joins an open %s of another DAG by the same error exactly if both are failures of tasks', (member, root) => {
  const alone = { ...context, troubledHosts: new Set<string>() };
  const failed = { ...party(member, 'etl'), signature: 'a' };
  const [same, other] = ['a', 'b'].map((signature) => ({ ...party(root, 'elsewhere', 'other'), signature }));
  const expected = member === 'task_failed' && root === 'task_failed' ? 'same_error' : null;
  expect(tieOf(failed, same as Party, alone) === 'same_error' ? 'same_error' : null).toBe(expected);
  expect(tieOf(failed, other as Party, alone)).not.toBe('same_error');
});

test('a task downstream of another in the same run joins it, one of another run does not', () => {
  const upstreamOf = {
    ...topology,
    isUpstreamTask: (_: string, up: string, down: string) => up === 'extract' && down === 'load',
  };
  const alone = { ...context, topology: upstreamOf, troubledHosts: new Set<string>() };
  const root = party('task_failed', 'etl', 'extract');
  expect(tieOf(party('task_failed', 'etl'), root, alone)).toBe('upstream_task');
  expect(tieOf({ ...party('task_failed', 'etl'), runId: 'r2' }, root, alone)).toBeNull();
  expect(tieOf(root, party('task_failed', 'etl'), alone)).toBeNull();
});

test('the budget of an SLA that pools its targets joins its breach, and no other', () => {
  const about = (kind: Kind, sla: string): Party => ({
    ...party(kind, ''),
    subject: { type: 'sla', sla, dagId: '', taskId: '' },
  });
  const burn = about('error_budget_burn', 'token quota');
  expect(tieOf(burn, about('sla_breached', 'token quota'), context)).toBe('same_sla');
  expect(tieOf(burn, about('sla_breached', 'LLM errors'), context)).toBeNull();
});

test('a host ties only where trouble gathers, and only within the window', () => {
  const [a, b] = [party('task_failed', 'etl'), party('task_failed', 'elsewhere')];
  expect(tieOf(a, b, context)).toBe('same_host');
  expect(tieOf(a, b, { ...context, troubledHosts: new Set() })).toBeNull();
  expect(tieOf({ ...a, atMs: a.atMs + context.windowMs }, b, context)).toBe('same_host');
  expect(tieOf({ ...a, atMs: a.atMs + context.windowMs + 1 }, b, context)).toBeNull();
});

test('what is late of a DAG that waits for a starved pool joins the pool however long it has starved; no other DAG does', () => {
  const root = { ...party('pool_starved', 'etl'), atMs: at('10:00').getTime() - 3 * context.windowMs };
  expect(tieOf(party('dag_late', 'etl'), root, context)).toBe('waits_for');
  expect(tieOf(party('dag_late', 'other'), root, context)).toBeNull();
  expect(tieOf(party('task_failed', 'etl'), root, context)).toBeNull();
});

test('a task of a starved pool joins it however long it has starved; one that went wrong well before it does not', () => {
  const root = party('pool_starved', 'etl');
  const shifted = (ms: number): Party => ({ ...party('task_running_long', 'other'), atMs: root.atMs + ms });
  expect(tieOf(shifted(20 * context.windowMs), root, context)).toBe('same_pool');
  expect(tieOf(shifted(-context.windowMs), root, context)).toBe('same_pool');
  expect(tieOf(shifted(-context.windowMs - 1), root, context)).toBeNull();
});

test('a surge takes in what failed within the window before it, and not what failed earlier', () => {
  const root = party('failure_rate_high', 'upstream');
  const before = (ms: number): Party => ({ ...party('task_failed', 'etl'), atMs: root.atMs - ms });
  expect(tieOf(before(context.windowMs), root, context)).toBe('surge');
  expect(tieOf(before(context.windowMs + 1), root, context)).toBeNull();
});

test('no kind can be the root of what is its own root in every case: memberships end somewhere', () => {
  const twoWays = pairs.filter(([a, b]) => a < b && joins[a][b] !== undefined && joins[b][a] !== undefined);
  // These pairs go by who came first; each of them is on this list on purpose.
  expect(twoWays.map(([a, b]) => `${a} ${b}`).toSorted()).toEqual(
    [
      'dag_late dag_run_failed',
      'dag_late dag_silent',
      'deadline_missed sla_breached',
      'failure_rate_high task_failed',
      'dag_run_failed failure_rate_high',
      'pool_starved task_running_long',
      'pool_starved task_stuck_queued',
      'task_running_long task_slow',
      'task_running_long trend',
      'task_slow trend',
    ].toSorted(),
  );
});
