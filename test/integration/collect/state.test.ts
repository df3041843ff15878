import { expect, test } from 'vitest';
import { connectAirflow } from '../../../src/airflow/connect.ts';
import { loadKnown } from '../../../src/collect/load-known.ts';
import { loadState, runCycle, type CycleDeps } from '../../../src/cycle.ts';
import { detectConfig } from '../../../src/detect/config.ts';
import { incidentConfig } from '../../../src/incident/config.ts';
import { slaConfig } from '../../../src/sla/config.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { acquire } from '../../../src/store/lease.ts';
import { endedTask, insertDag, insertRows, runRow, taskRow } from '../../kit/simulated-airflow.ts';
import { createAirflowDatabase, createStore } from '../../kit/database.ts';

const role = 'windsock_state_test';

test('what a cycle knows is in the store to the letter, and a grant that was mended is noticed without a restart', async () => {
  await using database = await createAirflowDatabase('3.3.2');
  await using store = await createStore();
  await insertDag(database, 'etl');
  await insertRows(database, 'dag_run', [runRow(1)]);
  await insertRows(database, 'task_instance', [taskRow(1)]);
  await database.query(
    `CREATE ROLE ${role} LOGIN PASSWORD 'for-this-test'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`,
  );
  await database.query(`REVOKE SELECT ON job FROM ${role}`);
  const url = Object.assign(new URL(database.url), { username: role, password: 'for-this-test' });
  let later = 0;
  const clock = { ...systemClock, monotonicMs: () => systemClock.monotonicMs() + later };
  const airflow = connectAirflow({ url: url.href, connectTimeoutMs: 5000, transactionTimeoutMs: 5000, clock });
  try {
    const [detect, incident, sla] = [detectConfig.parse(undefined), incidentConfig.parse(undefined), slaConfig.parse(undefined)];
    const thresholds = { schedulerMs: 30_000, triggererMs: 30_000, dagProcessorMs: 30_000 };
    const deps: CycleDeps = {
      airflow,
      store,
      clock,
      deployment: 'main',
      thresholds,
      intervalMs: 15_000,
      detect,
      incident,
      sla,
      timeZone: 'UTC',
    };
    const lease = await acquire(store, 'main', 'this test', { ttlMs: 600_000 });
    if (lease === undefined) throw new Error('the lease is not free');
    const state = await loadState(deps);
    const components = async () =>
      (await runCycle(deps, state, lease, { warmingUp: false })).reports.find(({ collector }) => collector === 'components');
    expect(await components()).toMatchObject({ ok: false, error: expect.stringContaining('docs/airflow-role.sql') });

    await insertRows(database, 'dag_run', [runRow(2, { clear_number: 3, state: 'failed', end_date: new Date().toISOString() })]);
    await insertRows(database, 'task_instance', [
      endedTask(2, 'upstream_failed'),
      endedTask(2, 'failed', { task_id: 'tried', try_number: 2, map_index: 7 }),
    ]);
    await database.query(`GRANT SELECT ON job TO ${role}`);
    expect(await components()).toMatchObject({ ok: false });
    expect(state.known.runs.get(2)?.tasks.size).toBe(2);
    expect(await loadKnown(store, 'main')).toEqual(state.known);

    later = 60_000;
    expect(await components()).toMatchObject({ ok: true });
    expect(await loadKnown(store, 'main')).toEqual(state.known);
  } finally {
    await airflow.close();
    await database.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  }
});
