import { readPools } from '../../airflow/read-platform.ts';
import type { Collector } from '../collector.ts';

/** Slots by pool as Airflow counts them (facts §4): weighted by `pool_slots`; scheduled ones are shown, never subtracted. */
export const pools: Collector = {
  needs: () => [
    ['slot_pool', 'pool', 'slots', 'include_deferred'],
    ['task_instance', 'pool', 'pool_slots'],
  ],
  async collect({ read, activity }) {
    const rows = await readPools(read);
    const used = new Map<string, number>();
    for (const row of activity)
      used.set(`${row.state}\u0000${row.pool}`, (used.get(`${row.state}\u0000${row.pool}`) ?? 0) + row.slots);
    return {
      pools: rows.map(({ pool, slots, includeDeferred }) => {
        const slotsIn = (state: string) => used.get(`${state}\u0000${pool}`) ?? 0;
        const [running, queued, scheduled, deferred] = [
          slotsIn('running'),
          slotsIn('queued'),
          slotsIn('scheduled'),
          slotsIn('deferred'),
        ];
        const open = slots < 0 ? Infinity : slots - running - queued - (includeDeferred ? deferred : 0);
        return { pool, open, running, queued, scheduled, deferred };
      }),
    };
  },
};
