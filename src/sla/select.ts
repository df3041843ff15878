import { globMatches } from '../lib/glob.ts';
import type { SlaMatch, SlaObjective } from './objective.ts';
import { perKey } from './posted.ts';

/** A DAG as objectives choose it. */
export interface CatalogueDag {
  dagId: string;
  /** Separated by commas. */
  owners: string;
  tags: readonly string[];
  paused: boolean;
}

export interface KnownTask {
  dagId: string;
  taskId: string;
}

/** Targets of one objective at most: what is beyond, by name, is left out, and said so. */
const targetsMax = 1000;

/** What one objective is judged on. */
export interface Selected {
  /** The name of the objective; with `metric.per` also which of its values. */
  sla: string;
  /** The labels of `metric.per`, in its order. */
  labels: readonly (readonly [string, string])[];
  dagId: string;
  taskId: string;
  owner: string;
  paused: boolean;
}

/** What an objective is about, now. */
export interface Selection {
  targets: Selected[];
  /** Which events concern which target, by `routeKey`: one target for all when they are pooled. */
  routes: Map<string, Selected>;
  /** Targets left out beyond `targetsMax`. */
  leftOut: number;
}

/** A DAG, or one of its tasks. */
export const routeKey = (dagId: string, taskId: string): string => (taskId === '' ? dagId : `${dagId}\u0000${taskId}`);

/** A series that was posted to. */
export interface PostedSeries {
  name: string;
  labels: Readonly<Record<string, string>>;
}

/** What there is that an objective may be about. */
export interface Catalogue {
  dags: readonly CatalogueDag[];
  tasks: readonly KnownTask[];
  posted: readonly PostedSeries[];
}

/** The targets of an objective among the DAGs of the catalogue and the tasks that ran. Without tasks in its match: the DAGs. */
export function selectTargets(objective: SlaObjective, { dags, tasks, posted }: Catalogue): Selection {
  const { match, kind, pool, name } = objective;
  if (kind === 'custom') return postedTargets(objective, dags, posted);
  const chosen = new Map(dags.filter((dag) => matchesDag(match, dag)).map((dag) => [dag.dagId, dag]));
  const found: Selected[] =
    match.tasks.length === 0
      ? [...chosen.values()].map((dag) => ({
          sla: name,
          labels: [],
          dagId: dag.dagId,
          taskId: '',
          owner: dag.owners,
          paused: dag.paused,
        }))
      : tasks.flatMap(({ dagId, taskId }) => {
          const dag = chosen.get(dagId);
          if (dag === undefined || !matchesAny(match.tasks, taskId)) return [];
          return [{ sla: name, labels: [], dagId, taskId, owner: dag.owners, paused: dag.paused }];
        });
  if (pool) {
    const owners = new Set(found.map(({ owner }) => owner));
    return pooled(name, found, owners.size === 1 ? ([...owners][0] ?? '') : '');
  }
  return bounded(found);
}

/** The name of an SLA on a target of `metric.per`: `LLM latency [gpt-4o]`. */
const bracketed = (name: string, values: readonly string[]): string =>
  values.length === 0 ? name : `${name} [${values.join(', ')}]`;

/** Whether `sla` is the name of this objective on one of its targets. */
export const isNameOf = ({ name, metric }: Pick<SlaObjective, 'name' | 'metric'>, sla: string): boolean =>
  sla === name || ((metric?.per.length ?? 0) > 0 && sla.startsWith(`${name} [`) && sla.endsWith(']'));

/** A target for each combination of values of `metric.per`; dag_id and task_id say whose SLA it is. */
function postedTargets(
  { name, metric }: SlaObjective,
  dags: readonly CatalogueDag[],
  posted: readonly PostedSeries[],
): Selection {
  if (metric === null || metric.per.length === 0) return pooled(name, [], '');
  const of = metric.of === null || typeof metric.of === 'number' ? metric : metric.of;
  const found = new Map<string, Selected>();
  for (const series of posted) {
    if (series.name !== of.name || Object.entries(of.labels).some(([label, value]) => series.labels[label] !== value)) continue;
    const labels = metric.per.flatMap((label) => {
      const value = series.labels[label];
      return value === undefined ? [] : [[label, value] as const];
    });
    if (labels.length < metric.per.length) continue;
    const values = labels.map(([, value]) => value);
    const [dagId = '', taskId = ''] = ['dag_id', 'task_id'].map((id) => series.labels[metric.per.includes(id) ? id : ''] ?? '');
    const dag = dags.find((each) => each.dagId === dagId);
    const others = labels.flatMap(([label, value]) => (label === 'dag_id' || label === 'task_id' ? [] : [value]));
    found.set(perKey(values), {
      sla: bracketed(name, others),
      labels,
      dagId,
      taskId,
      owner: dag?.owners ?? '',
      paused: dag?.paused ?? false,
    });
  }
  return bounded([...found.values()]);
}

function bounded(found: readonly Selected[]): Selection {
  const targets = found
    .toSorted((a, b) => compareText(a.dagId, b.dagId) || compareText(a.taskId, b.taskId) || compareText(a.sla, b.sla))
    .slice(0, targetsMax);
  return {
    targets,
    routes: new Map(targets.map((target) => [routeKey(target.dagId, target.taskId), target])),
    leftOut: found.length - targets.length,
  };
}

function pooled(sla: string, found: readonly Selected[], owner: string): Selection {
  const paused = found.length > 0 && found.every((each) => each.paused);
  const target: Selected = { sla, labels: [], dagId: '', taskId: '', owner, paused };
  return {
    targets: [target],
    routes: new Map(found.map(({ dagId, taskId }) => [routeKey(dagId, taskId), target])),
    leftOut: 0,
  };
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const matchesAny = (globs: readonly string[], ...texts: readonly string[]): boolean =>
  globs.length === 0 || globs.some((glob) => texts.some((text) => globMatches(glob, text)));

const matchesDag = (match: SlaMatch, dag: CatalogueDag): boolean =>
  matchesAny(match.dags, dag.dagId) &&
  matchesAny(match.tags, ...dag.tags) &&
  matchesAny(match.owners, ...dag.owners.split(',').map((owner) => owner.trim()));
