import type { ShortCause } from '../../explain/causes.ts';
import type { Incident } from '../../incident/incident.ts';
import type { TaskLearned } from '../../measure/read-task.ts';
import type { CloserView, DagSources, IncidentDetail } from '../sources.ts';

/** All that the page of an incident shows. */
export interface IncidentView {
  detail: IncidentDetail;
  /** Of the incident, its members and those like it. */
  causes: ReadonlyMap<string, ShortCause>;
  /** What is learned of its task; empty where it is of none, or nothing is kept. */
  learned: readonly TaskLearned[];
  /** Its DAG; null where it is of none, or it is not kept. */
  dag: Awaited<ReturnType<DagSources['read']>> | null;
  /** What is open of its DAG, for the tasks around it. */
  around: readonly Incident[];
  /** How the tasks around it stand in Airflow now, and the versions of its DAG. */
  closer: CloserView;
  /** Airflow's web interface. */
  airflow: { url: string | null; version: string };
  /** What was done just now. */
  notice: string | null;
  mayWrite: boolean;
  now: Date;
}
