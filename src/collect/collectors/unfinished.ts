import { readUnfinished } from '../../airflow/read-tasks.ts';
import { keyOf } from '../plan-reads.ts';
import type { Collector } from '../collector.ts';

/** Every task instance that is not finished, as a row: what waits, since when, for which pool and queue. */
export const unfinished: Collector = {
  needs: () => [
    ['task_instance', 'state', 'queued_dttm', 'updated_at', 'pool', 'pool_slots', 'queue', 'operator', 'hostname', 'try_number'],
  ],
  async collect({ read, shape, runs }) {
    const pks = new Map(runs.map((run) => [keyOf(run), run]));
    const { rows, complete } = await readUnfinished(read, shape);
    return {
      unfinished: {
        complete,
        tasks: rows.map((row) => {
          const run = pks.get(keyOf(row));
          return { ...row, runPk: run?.id ?? null, runType: run?.runType ?? null };
        }),
      },
    };
  },
};
