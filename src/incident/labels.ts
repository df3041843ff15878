import { dagOf, type Finding, type Subject } from '../detect/finding.ts';
import { kinds } from '../detect/kinds.ts';
import type { IncidentConfig } from './config.ts';
import { matches } from './suppress.ts';

/** The subject's own labels: exactly its keys, in Prometheus' spelling. */
function subjectLabels(subject: Subject): Record<string, string> {
  switch (subject.type) {
    case 'task':
      return { dag_id: subject.dagId, task_id: subject.taskId };
    case 'dag':
    case 'deadline':
      return { dag_id: subject.dagId };
    case 'pool':
      return { pool: subject.pool };
    case 'component':
      return { component: subject.component };
    case 'file':
      return { file: subject.file };
    case 'sla':
      return {
        sla: subject.sla,
        ...(subject.dagId === '' ? {} : { dag_id: subject.dagId }),
        ...(subject.taskId === '' ? {} : { task_id: subject.taskId }),
      };
    case 'asset':
      return { asset: subject.asset };
    case 'deployment':
      return {};
  }
}

/** Owners and tags of a DAG, as the catalogue has them. */
export interface DagFacts {
  owners: readonly string[];
  tags: readonly string[];
}

export const noDagFacts: DagFacts = { owners: [], tags: [] };

/**
 * The labels of an incident's alert, frozen when it opens (DESIGN §7): they are its identity in Alertmanager, so nothing that
 * can change while it is open is among them.
 */
export function labelsOf(
  finding: Finding,
  { airflow, teams, dag }: { airflow: string; teams: IncidentConfig['teams']; dag: DagFacts },
): Record<string, string> {
  const owner = dagOf(finding.subject) === null ? '' : (dag.owners[0] ?? '');
  const team = Object.entries(teams).find(([, selector]) => matches(selector, { ...finding, ...dag }))?.[0] ?? '';
  return {
    alertname: kinds[finding.kind].alertname,
    severity: finding.severity,
    airflow,
    source: 'windsock',
    ...(owner === '' ? {} : { dag_owner: owner }),
    ...(team === '' ? {} : { team }),
    ...subjectLabels(finding.subject),
  };
}
