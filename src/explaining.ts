import type { AirflowDatabase } from './airflow/connect.ts';
import type { CycleSettings } from './cycle-messages.ts';
import type { ExplainDeps } from './explain/explain-deps.ts';
import { createExplainer } from './explain/explain-incident.ts';
import { compileOwnRules } from './explain/rules/own-rules.ts';
import { createTryLogs } from './explain/log/read-try-log.ts';
import { createWorker, type ExplainReport, type Worker } from './explain/worker.ts';
import type { Clock } from './lib/clock.ts';
import type { Store } from './store/store.ts';
import type { Logger } from './telemetry/logger.ts';

export interface ExplainingOptions extends Pick<ExplainDeps, 'look' | 'asLeader'> {
  settings: Pick<CycleSettings, 'airflow' | 'redact' | 'explain' | 'asksModels' | 'sla'>;
  airflow: AirflowDatabase;
  store: Store;
  clock: Clock;
  logger: Logger;
  report: (report: ExplainReport) => void;
}

/** The worker that explains incidents beside the cycles, with the settings of this deployment. */
export function createExplaining({ settings, airflow, store, clock, logger, look, asLeader, report }: ExplainingOptions): Worker {
  const { personal_data: personal, patterns } = settings.redact;
  const deployment = settings.airflow.name;
  const readLog = createTryLogs({
    airflow,
    logs: settings.airflow.logs,
    redaction: { personal, patterns },
    shape: () => look()?.shape ?? null,
  });
  const explain = createExplainer({
    airflow,
    store,
    deployment,
    clock,
    look,
    readLog,
    asLeader,
    rules: compileOwnRules(settings.explain.rules),
    runbooks: settings.explain.runbooks,
    objectives: settings.sla.objectives,
    asksModels: settings.asksModels,
  });
  return createWorker({ store, airflow: deployment, clock, logger, explain, report });
}
