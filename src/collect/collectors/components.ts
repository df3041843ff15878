import { readHeartbeats } from '../../airflow/read-platform.ts';
import type { Collector, HealthThresholds } from '../collector.ts';
import type { ComponentHealth } from '../snapshot.ts';

const thresholdOf: Record<ComponentHealth['component'], keyof HealthThresholds> = {
  scheduler: 'schedulerMs',
  triggerer: 'triggererMs',
  dag_processor: 'dagProcessorMs',
};

/**
 * Health as Airflow's own `/health` judges it: the running job with the newest heartbeat, else the newest job. A component
 * without any job is left out (a 2.x scheduler parses by itself), the scheduler excepted: without one, nothing runs.
 */
export const components: Collector = {
  needs: () => [['job', 'job_type', 'state', 'latest_heartbeat']],
  async collect({ read, at, thresholds }) {
    const rows = await readHeartbeats(read);
    const health: ComponentHealth[] = [];
    for (const component of ['scheduler', 'triggerer', 'dag_processor'] as const) {
      const limitMs = thresholds[thresholdOf[component]];
      const jobs = rows.filter((row) => row.component === component);
      const best = jobs.find(({ state }) => state === 'running') ?? jobs[0];
      if (best === undefined) {
        if (component === 'scheduler') health.push({ component, up: false, heartbeatAt: null, limitMs });
        continue;
      }
      const ageMs = at.getTime() - best.heartbeatAt.getTime();
      health.push({
        component,
        up: best.state === 'running' && ageMs < limitMs,
        heartbeatAt: best.heartbeatAt,
        limitMs,
      });
    }
    return { components: health };
  },
};
