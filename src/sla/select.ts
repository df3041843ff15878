import { globMatches } from '../lib/glob.ts';
import type { SlaMatch, SlaObjective } from './objective.ts';

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

/** The targets of an objective among the DAGs of the catalogue and the tasks that ran. Without tasks in its match: the DAGs. */
export function selectTargets(objective: SlaObjective, dags: readonly CatalogueDag[], tasks: readonly KnownTask[]): Selection {
  const { match, kind, pool } = objective;
  if (kind === 'custom') return pooled([], '');
  const chosen = new Map(dags.filter((dag) => matchesDag(match, dag)).map((dag) => [dag.dagId, dag]));
  const found: Selected[] =
    match.tasks.length === 0
      ? [...chosen.values()].map((dag) => ({ dagId: dag.dagId, taskId: '', owner: dag.owners, paused: dag.paused }))
      : tasks.flatMap(({ dagId, taskId }) => {
          const dag = chosen.get(dagId);
          if (dag === undefined || !matchesAny(match.tasks, taskId)) return [];
          return [{ dagId, taskId, owner: dag.owners, paused: dag.paused }];
        });
  found.sort((a, b) => compareText(a.dagId, b.dagId) || compareText(a.taskId, b.taskId));
  if (pool) {
    const owners = new Set(found.map(({ owner }) => owner));
    return pooled(found, owners.size === 1 ? ([...owners][0] ?? '') : '');
  }
  const targets = found.slice(0, targetsMax);
  return {
    targets,
    routes: new Map(targets.map((target) => [routeKey(target.dagId, target.taskId), target])),
    leftOut: found.length - targets.length,
  };
}

function pooled(found: readonly Selected[], owner: string): Selection {
  const paused = found.length > 0 && found.every((each) => each.paused);
  const target: Selected = { dagId: '', taskId: '', owner, paused };
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
