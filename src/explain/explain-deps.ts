import type { AirflowDatabase } from '../airflow/connect.ts';
import type { Shape } from '../airflow/probe.ts';
import type { Clock } from '../lib/clock.ts';
import type { SlaObjective } from '../sla/objective.ts';
import type { Store, Tx } from '../store/store.ts';
import type { Runbook, Seen } from './evidence/scene.ts';
import type { ReadTryLog } from './log/read-try-log.ts';
import type { Rule } from './rules/rule.ts';

/** What explaining needs of the outside. */
export interface ExplainDeps {
  airflow: Pick<AirflowDatabase, 'read'>;
  store: Store;
  deployment: string;
  clock: Clock;
  /** What the leader last saw of Airflow; null: nothing yet. */
  look: () => { shape: Shape; snapshot: Seen | null } | null;
  readLog: ReadTryLog;
  /** A transaction that only the leader may commit. */
  asLeader: <Result>(work: (tx: Tx) => Promise<Result>) => Promise<Result>;
  /** The user's own rules. */
  rules: readonly Rule[];
  runbooks: readonly Runbook[];
  objectives: readonly SlaObjective[];
  /** Whether there is a model to be asked. */
  asksModels: boolean;
}
