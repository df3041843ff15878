import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { columnsRead } from '../../src/airflow/probe.ts';
import { createSimulation } from '../../src/demo/simulation.ts';
import type { Store } from '../../src/store/store.ts';
import { insertDags } from '../kit/airflow-rows.ts';
import { act, busyWorld } from '../kit/busy-airflow.ts';
import { createCycles } from '../kit/cycles.ts';
import { createAirflowDatabase, createDatabase, createStore, type TestDatabase } from '../kit/database.ts';
import { grantReadOnly } from '../kit/read-only-role.ts';
import { differences, sumOf, truthTotals } from '../kit/totals.ts';

describe('a privilege that is missing', () => {
  // Roles belong to the whole server.
  const role = 'windsock_denied_test';
  /** What does not work without a table; without `dag_run` and `task_instance` nothing does. */
  const without: Record<string, string[]> = {
    alembic_version: [],
    dag: ['dags'],
    dag_tag: [],
    task_instance_history: [],
    log: [],
    job: ['components'],
    slot_pool: ['pools'],
    import_error: ['import_errors'],
    serialized_dag: [],
    dag_version: [],
    deadline: ['deadlines'],
    asset: ['assets'],
    asset_active: [],
    asset_event: ['assets'],
  };
  let database: TestDatabase;
  let store: Store & AsyncDisposable;
  let url: string;
  beforeAll(async () => {
    store = await createStore();
    database = await createAirflowDatabase('3.3.2');
    url = await grantReadOnly(database, role);
    await insertDags(database, ['etl']);
  });
  afterAll(async () => {
    await store[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });
  const columnsOf = async (table: string): Promise<string> => {
    const rows = await database.query<{ name: string }>(
      `SELECT attname AS name FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped AND attname = ANY($2)`,
      [table, columnsRead[table] ?? []],
    );
    return rows.map(({ name }) => `"${name}"`).join(', ');
  };

  test.each(Object.entries(without))('on %s costs only %j', async (table, failing) => {
    const columns = await columnsOf(table);
    await database.query(`REVOKE SELECT (${columns}) ON ${table} FROM ${role}`);
    try {
      await using cycles = await createCycles(url, store, { deployment: `without ${table}` });
      const { reports } = await cycles.cycle();
      expect(reports.filter(({ ok }) => !ok).map(({ collector }) => collector)).toEqual(failing);
      for (const { ok, error } of reports)
        if (!ok) expect(error).toMatch(new RegExp(`^cannot read ${table} \\(.*\\): grant it with docs/airflow-role.sql$`));
    } finally {
      await database.query(`GRANT SELECT (${columns}) ON ${table} TO ${role}`);
    }
  });
});

test('several deployments share a store and do not mix, though their DAGs, runs and tasks have the same names', async () => {
  await using store = await createStore();
  await using stack = new AsyncDisposableStack();
  const deployments = [];
  for (const [name, seed] of [
    ['east', 1],
    ['west', 2],
  ] as const) {
    const database = stack.use(await createDatabase());
    const simulation = stack.use(
      await createSimulation({ databaseUrl: database.url, airflow: '3', seed, start: new Date(), world: busyWorld }),
    );
    const cycles = stack.use(await createCycles(database.url, store, { deployment: name }));
    await cycles.cycle();
    deployments.push({ database, simulation, cycles });
  }
  for (let look = 1; look <= 6; look += 1) {
    for (const { database, simulation, cycles } of deployments) {
      await simulation.step(new Date(simulation.now().getTime() + 60_000));
      if (look % 2 === 0) await act(database, simulation, look / 2, new Date(simulation.now().getTime() - 120_000));
      if (look % 4 === 0) await cycles.restart();
      await cycles.cycle();
    }
  }
  const totals = [];
  for (const { simulation, cycles } of deployments) {
    const truth = truthTotals({ tasks: new Map(), runs: new Map() }, simulation.truth());
    expect(differences(truth, await cycles.totals())).toEqual([]);
    expect(sumOf(truth)).toBeGreaterThan(200);
    totals.push(truth);
  }
  expect(totals[0]).not.toEqual(totals[1]);
});
