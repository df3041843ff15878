import { failureCost } from '../../explain/failure-cost.ts';
import type { Check } from './line.ts';

/** What it costs to explain a failure. */
export const checkExplanations: Check = async ({ airflow: { logs } }, tell) => {
  const { reads, logs: each } = failureCost;
  const readable = logs.folder !== undefined || logs.rest.url !== undefined;
  const ofLogs = readable
    ? ` and ${each.own + each.earlierTries + each.successes} logs: its own, those of ${each.earlierTries} tries before, and of ${each.successes} successes, which are kept as templates until the code changes or 20 more`
    : ', and no log, since none can be read: by what the database says';
  tell({
    what: 'explanations',
    state: 'ok',
    detail: `a failure takes at most ${reads} short reads of Airflow's database${ofLogs}`,
  });
};
