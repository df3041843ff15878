import type { Collector } from '../collector.ts';

/** Facts §2.1; `none` is not here: rows without a state are not yet scheduled and no index finds them. */
const statesKnown = ['running', 'queued', 'scheduled', 'deferred', 'up_for_retry', 'up_for_reschedule', 'restarting'];

/** Unfinished task instances by state, and how long the oldest has been queued. */
export const activity: Collector = {
  needs: () => [['task_instance', 'state', 'pool', 'queued_dttm']],
  async collect({ activity: rows }) {
    const states: Record<string, number> = Object.fromEntries(statesKnown.map((state) => [state, 0]));
    let oldestQueuedAt: Date | null = null;
    for (const row of rows) {
      states[row.state] = (states[row.state] ?? 0) + row.count;
      if (row.oldestQueuedAt && (oldestQueuedAt === null || row.oldestQueuedAt < oldestQueuedAt))
        oldestQueuedAt = row.oldestQueuedAt;
    }
    return { activity: { states, oldestQueuedAt } };
  },
};
