import { listNear } from '../../../incident/list-near.ts';
import { upstreamDags } from '../../../incident/topology.ts';
import type { Incident } from '../../../incident/incident.ts';
import type { Common, Neighbour, Neighbours, Shared } from '../surroundings.ts';
import { loadCauses, type ShortCause } from '../../causes.ts';
import { commonOf, hostsOf } from '../common.ts';
import type { Item } from '../item.ts';
import { counted, hostName, some } from '../words.ts';

/** How near in time others count, and how many are looked at and kept. */
const windowMs = 15 * 60_000;
const lookedAt = 200;
const kept = 20;

/** E7: what else went wrong at the same time. */
export const neighbours: Item<'neighbours'> = {
  id: 'E7',
  async gather(scene) {
    const { store, deployment, incident, dagId } = scene;
    const { since } = incident.latest;
    const [from, to] = [
      new Date(since.getTime() - windowMs),
      new Date(Math.max(since.getTime(), incident.openedAt.getTime()) + windowMs),
    ];
    const found = await listNear(store, deployment, { from, to, rootId: incident.rootId, limit: lookedAt });
    const others = found.filter(({ id }) => id !== incident.id);
    const causes = await loadCauses(
      store,
      deployment,
      found.map(({ id }) => id),
    );
    const above = new Set(dagId === null || others.length === 0 ? [] : upstreamDags(await scene.links(), [dagId]));
    const near = others
      .filter(({ id }) => id !== incident.rootId)
      .map((each) => neighbourOf(incident, each, above, causes.get(each.id)));
    const root = others.find(({ id }) => id === incident.rootId);
    if (near.length === 0 && root === undefined) return null;
    return {
      root: root === undefined ? null : neighbourOf(incident, root, above, causes.get(root.id)),
      near: near.toSorted((a, b) => weightOf(b) - weightOf(a)).slice(0, kept),
      count: near.length,
      slow: slowOf(near),
      common: commonOf([incident, ...others], hostsOf([incident, ...others], scene.snapshot), causes),
    };
  },
  tell({ root, near, count, common }) {
    const sharing = near.filter(({ shares }) => shares.length > 0);
    return [
      ...(root === null
        ? []
        : [
            `part of another incident: ${root.title}`,
            ...(root.cause === null ? [] : [`why that one is there: ${root.cause.text}`]),
          ]),
      ...(common === null ? [] : [`${common.count} of ${common.of} failures have ${commonText(common)} in common`]),
      ...(sharing.length === 0
        ? []
        : [
            `${counted(sharing.length, 'incident')} within 15 minutes ${sharing.length === 1 ? 'shares' : 'share'} something with it: ${some(sharing.map(neighbourText), 4)}`,
          ]),
      ...(count === sharing.length
        ? []
        : [`${counted(count - sharing.length, 'other incident')} within 15 minutes, with nothing in common that is known`]),
    ];
  },
};

function slowOf(near: readonly Neighbour[]): Neighbours['slow'] {
  const tasks = slowTasks(near);
  const sharing = (what: Shared) => tasks.filter(({ shares }) => shares.includes(what)).length;
  return { tasks: tasks.length, onHost: sharing('host'), inPool: sharing('pool') };
}

/** Other tasks that are slow, each once. */
export function slowTasks(near: readonly Neighbour[]): Neighbour[] {
  const slow = near.filter(
    ({ kind, shares }) => (kind === 'task_slow' || kind === 'task_running_long') && !shares.includes('task'),
  );
  return [...new Map(slow.map((each) => [nearName(each), each])).values()];
}

/** What is wrong, in a word or two; what is not about a DAG says it in its title. */
const troubles: Readonly<Record<Neighbour['kind'], string>> = {
  task_failed: 'failed',
  dag_run_failed: 'had a failed run',
  task_slow: 'was slow',
  task_running_long: 'runs long',
  task_stuck_queued: 'does not start',
  trend: 'changed its durations',
  pattern_broken: 'left its pattern',
  failure_rate_high: 'fails often',
  dag_late: 'is late',
  dag_silent: 'is silent',
  component_down: 'is down',
  pool_starved: 'is starved',
  import_error: 'does not parse',
  sla_breached: 'breaks an SLA',
  error_budget_burn: 'burns an error budget',
  deadline_missed: 'missed a deadline',
};

/** What it is about, as people call it: `etl.load`; its title where it is about no DAG. */
export const nearName = ({ title, dagId, taskId }: Pick<Neighbour, 'title' | 'dagId' | 'taskId'>): string =>
  dagId === null ? title : taskId === null ? dagId : `${dagId}.${taskId}`;

/** `etl.load failed`. */
const troubleText = (each: Neighbour): string => (each.dagId === null ? each.title : `${nearName(each)} ${troubles[each.kind]}`);

const neighbourText = (each: Neighbour): string => `${troubleText(each)} (${each.shares.map(sharedText).join(', ')})`;

const sharedText = (shared: Shared): string =>
  shared === 'upstream_dag' ? 'upstream of it' : shared === 'platform' ? 'Airflow itself' : `same ${shared}`;

/** `the host worker-1`, `the error signature 3f2a9c1b`, `the cause “disk full”`. */
export function commonText({ what, value }: Common): string {
  switch (what) {
    case 'signature':
      return `the error signature ${value.slice(0, 8)}`;
    case 'host':
      return `the host ${hostName(value)}`;
    case 'cause':
      return `the cause “${value.replace(/^.*\//, '').replaceAll('_', ' ')}”`;
    case 'pool':
    case 'operator':
      return `the ${what} ${value}`;
  }
}

/** The strongest tie first. */
const ties: readonly Shared[] = ['signature', 'task', 'upstream_dag', 'platform', 'host', 'dag', 'pool', 'operator'];
const weightOf = ({ shares }: Neighbour): number => shares.reduce((sum, tie) => sum + 2 ** (ties.length - ties.indexOf(tie)), 0);

const dagOf = ({ subject }: Incident): string | null => ('dagId' in subject && subject.dagId !== '' ? subject.dagId : null);
const taskOf = ({ subject }: Incident): string | null => ('taskId' in subject && subject.taskId !== '' ? subject.taskId : null);
/** What most tasks share ties nothing. */
const isOwnPool = (pool: string | null): boolean => pool !== null && pool !== '' && pool !== 'default_pool';

function neighbourOf(incident: Incident, other: Incident, above: ReadonlySet<string>, cause: ShortCause | undefined): Neighbour {
  return {
    incidentId: other.id,
    kind: other.kind,
    title: other.title,
    dagId: dagOf(other),
    taskId: taskOf(other),
    openedAt: other.openedAt.toISOString(),
    cause: cause === undefined ? null : { category: cause.category, subcategory: cause.subcategory, text: cause.cause },
    shares: [...sharedOf(incident, other), ...(above.has(dagOf(other) ?? '') ? (['upstream_dag'] as const) : [])],
  };
}

function sharedOf(incident: Incident, other: Incident): Shared[] {
  const [mine, theirs] = [incident.latest.carried, other.latest.carried];
  const same = (a: string | null, b: string | null) => a !== null && a !== '' && a === b;
  const shares: Shared[] = [];
  if (same(incident.signature, other.signature)) shares.push('signature');
  if (same(dagOf(incident), dagOf(other))) shares.push(same(taskOf(incident), taskOf(other)) ? 'task' : 'dag');
  if (other.subject.type === 'component') shares.push('platform');
  if (same(mine.host, theirs.host)) shares.push('host');
  if (same(poolOf(incident), poolOf(other)) && isOwnPool(poolOf(incident))) shares.push('pool');
  if (same(mine.operator, theirs.operator) && isFailure(incident) && isFailure(other)) shares.push('operator');
  return shares;
}

const poolOf = ({ subject, latest }: Incident): string | null => (subject.type === 'pool' ? subject.pool : latest.carried.pool);
const isFailure = ({ kind }: Incident): boolean => kind === 'task_failed';
