import { expect } from 'vitest';
import { startBusyAirflow } from '../kit/busy-airflow.ts';
import { testWith } from '../kit/binaries.ts';
import { createDatabase } from '../kit/database.ts';
import { eventually } from '../kit/eventually.ts';
import { valueOf } from '../kit/parse-exposition.ts';
import { startPgBouncer } from '../kit/pgbouncer.ts';
import { grantReadOnly } from '../kit/read-only-role.ts';
import { countedTotals, differences, truthTotals } from '../kit/totals.ts';
import { startWindsock } from '../kit/windsock.ts';

const role = 'windsock_bouncer_test';

testWith(
  'pgbouncer',
  'all of serve works through PgBouncer in transaction mode with the read-only role, on two connections',
  async (program) => {
    await using database = await createDatabase();
    await using store = await createDatabase('template_store');
    await using busy = await startBusyAirflow(database, { pastMinutes: 10 });
    const url = await grantReadOnly(database, role);
    await using bouncer = await startPgBouncer(program, url);
    await using windsock = startWindsock({
      WINDSOCK_AIRFLOW_DATABASE_URL: bouncer.url,
      WINDSOCK_STORE_DATABASE_URL: store.url,
      WINDSOCK_HISTORY: '1d',
    });
    await eventually('the first cycle', async () => valueOf(await windsock.metrics(), 'airflow_up') === 1);
    const begin = busy.simulation.truth();
    busy.go(() => windsock.lastLook());
    const most = { clients: 0, connections: 0, idleSeconds: 0 };
    const began = performance.now();
    while (performance.now() - began < 2000) {
      const sessions = await database.query<{ state: string; seconds: number }>(
        `SELECT state, extract(epoch FROM clock_timestamp() - state_change)::float8 AS seconds FROM pg_stat_activity WHERE usename = $1`,
        [role],
      );
      const idle = sessions.filter(({ state }) => state.startsWith('idle in transaction')).map(({ seconds }) => seconds);
      most.connections = Math.max(most.connections, sessions.length);
      most.clients = Math.max(most.clients, await bouncer.clients());
      most.idleSeconds = Math.max(most.idleSeconds, ...idle);
    }
    await busy.rest();
    const truth = truthTotals(begin, busy.simulation.truth());
    const metrics = await eventually('all is counted', async () => {
      const seen = await windsock.metrics();
      return differences(truth, countedTotals(seen)).length === 0 && seen;
    });
    expect(Object.keys(truth).length).toBeGreaterThan(20);
    // History was read, graphs were read, and no collector failed.
    expect(valueOf(metrics, 'windsock_backfill_progress_ratio')).toBe(1);
    expect(await store.query('SELECT count(*)::int AS dags FROM dag_graph')).toEqual([{ dags: 11 }]);
    const collectors = metrics.samples.filter(({ name }) => name === 'windsock_collect_success');
    expect(collectors.length).toBeGreaterThan(6);
    expect(collectors.filter(({ value }) => value !== 1)).toEqual([]);
    expect(most.clients).toBeGreaterThan(0);
    expect(most.clients).toBeLessThanOrEqual(2);
    expect(most.connections).toBeLessThanOrEqual(2);
    expect(most.idleSeconds).toBeLessThanOrEqual(1);
    // The simulated Airflow runs faster than real time, so its clock may come to be far ahead.
    const warned = windsock.lines().filter(({ level, msg }) => level !== 'info' && !msg.startsWith('the clock of the '));
    expect(warned).toEqual([]);
  },
);
