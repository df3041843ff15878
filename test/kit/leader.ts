import type { AirflowDatabase } from '../../src/airflow/connect.ts';
import { detectConfig } from '../../src/detect/config.ts';
import { incidentConfig } from '../../src/incident/config.ts';
import { createLeader, type LeadOptions } from '../../src/lead.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { slaConfig } from '../../src/sla/config.ts';
import type { Store } from '../../src/store/store.ts';

/** The leader of the deployment `test`, with the settings that nobody changed. */
export const leaderWith = (given: { airflow: AirflowDatabase; store: Store; clock: Clock } & Partial<LeadOptions>) =>
  createLeader({
    deployment: 'test',
    thresholds: { schedulerMs: 30_000, triggererMs: 30_000, dagProcessorMs: 30_000 },
    intervalMs: 60_000,
    historyMs: 2 * 86_400_000,
    seriesBudget: 10_000,
    taskExpiryMs: 30 * 86_400_000,
    detect: detectConfig.parse({}),
    incident: incidentConfig.parse({}),
    sla: slaConfig.parse({}),
    timeZone: 'UTC',
    ...given,
  });
