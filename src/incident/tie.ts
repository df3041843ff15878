import { dagOf, subjectKey, type Carried, type Subject } from '../detect/finding.ts';
import type { Kind } from '../detect/kinds.ts';
import { joins, relations, type Relation } from './correlate.ts';

/** How Airflow's DAGs and tasks hang together, as far as it is known. */
export interface Topology {
  isUpstreamTask(dagId: string, upstream: string, taskId: string): boolean;
  /** By assets, triggers and sensors across DAGs, at any distance. */
  isUpstreamDag(upstream: string, dagId: string): boolean;
  /** Null: unknown. */
  fileOf(dagId: string): string | null;
}

/** One side of a possible tie. */
export interface Party {
  kind: Kind;
  subject: Subject;
  carried: Carried;
  runId: string | null;
  atMs: number;
  /** Error signature, once it is explained. */
  signature: string | null;
}

export interface TieContext {
  topology: Topology;
  /** Ties of host, pool, platform and surge need both sides this near in time, unless the root is still open. */
  windowMs: number;
  /** Hosts where trouble gathers: three tasks or more went wrong there within the window, and on no other host any did. */
  troubledHosts: ReadonlySet<string>;
}

/** The strongest tie that makes `member` a member of `root`; null: none. Pure. */
export function tieOf(member: Party, root: Party, context: TieContext): Relation | null {
  const allowed = joins[member.kind][root.kind];
  if (allowed === undefined) return null;
  return relations.find((relation) => allowed.includes(relation) && holds(relation, member, root, context)) ?? null;
}

const near = (a: Party, b: Party, windowMs: number): boolean => Math.abs(a.atMs - b.atMs) <= windowMs;

function holds(relation: Relation, member: Party, root: Party, { topology, windowMs, troubledHosts }: TieContext): boolean {
  const [dagId, rootDagId] = [dagOf(member.subject), dagOf(root.subject)];
  switch (relation) {
    case 'platform':
      return root.subject.type === 'component' && member.atMs >= root.atMs - windowMs;
    case 'surge':
      return root.subject.type === 'deployment' && member.atMs >= root.atMs - windowMs;
    case 'dag_of_file':
      return root.subject.type === 'file' && dagId !== null && topology.fileOf(dagId) === root.subject.file;
    case 'same_task':
      return (
        dagId !== null &&
        dagId === rootDagId &&
        taskOf(member.subject) !== null &&
        taskOf(member.subject) === taskOf(root.subject)
      );
    case 'upstream_task': {
      const [taskId, rootTaskId] = [taskOf(member.subject), taskOf(root.subject)];
      if (dagId === null || dagId !== rootDagId || taskId === null || rootTaskId === null) return false;
      return member.runId !== null && member.runId === root.runId && topology.isUpstreamTask(dagId, rootTaskId, taskId);
    }
    case 'same_pool': {
      const pool = poolOf(member);
      if (pool === null || pool !== poolOf(root)) return false;
      // A starved pool explains its tasks for as long as it is.
      return root.subject.type === 'pool' ? member.atMs >= root.atMs - windowMs : near(member, root, windowMs);
    }
    case 'waits_for':
      return dagId !== null && (root.carried.dags ?? []).includes(dagId);
    case 'same_host': {
      const { host } = member.carried;
      return host !== null && host === root.carried.host && troubledHosts.has(host) && near(member, root, windowMs);
    }
    case 'same_error':
      // Known only after the opening: how near in time it must be is for `mergeSameError` to say.
      return member.signature !== null && member.signature === root.signature;
    case 'same_sla':
      // Also of one that pools its targets and so is of no DAG.
      return member.subject.type === 'sla' && subjectKey(member.subject) === subjectKey(root.subject);
    case 'same_dag':
      return dagId !== null && dagId === rootDagId;
    case 'upstream_dag':
      return dagId !== null && rootDagId !== null && dagId !== rootDagId && topology.isUpstreamDag(rootDagId, dagId);
  }
}

const taskOf = (subject: Subject): string | null => ('taskId' in subject && subject.taskId !== '' ? subject.taskId : null);
const poolOf = ({ subject, carried }: Party): string | null => (subject.type === 'pool' ? subject.pool : carried.pool);

/** The open incident with the strongest tie to `party`; of equals the oldest. */
export function strongestTie<Side extends { party: Party }>(party: Party, open: readonly Side[], tie: TieContext) {
  return open
    .flatMap((standing) => {
      const relation = tieOf(party, standing.party, tie);
      return relation === null ? [] : [{ standing, relation }];
    })
    .reduce<{ standing: Side; relation: Relation } | null>((best, each) => {
      if (best === null) return each;
      const order = relations.indexOf(each.relation) - relations.indexOf(best.relation);
      return order < 0 || (order === 0 && each.standing.party.atMs < best.standing.party.atMs) ? each : best;
    }, null);
}
