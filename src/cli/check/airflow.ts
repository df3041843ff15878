import { connectAirflow, type AirflowDatabase } from '../../airflow/connect.ts';
import { placeOf } from '../../airflow/describe-error.ts';
import { probe, type Shape } from '../../airflow/probe.ts';
import { collect } from '../../collect/collect.ts';
import { newMemory } from '../../collect/memory.ts';
import type { Config } from '../../config.ts';
import { systemClock } from '../../lib/clock.ts';
import { thresholdsOf } from '../../thresholds.ts';
import type { Check, Tell } from './line.ts';

/** Airflow's database: its release, what the role may do, and what each collector costs. */
export const checkAirflow: Check = async ({ airflow: slice }, tell) => {
  const airflow = connectAirflow({
    url: slice.database_url,
    schema: slice.schema,
    connectTimeoutMs: slice.connect_timeout,
    transactionTimeoutMs: slice.transaction_timeout,
    clock: systemClock,
  });
  try {
    const shape = await airflow.read(probe);
    const revision = `${shape.version}, revision ${shape.revision || 'unknown'}, at ${placeOf(slice.database_url)}`;
    tell({
      what: 'airflow',
      state: shape.unknownRevision ? 'warn' : 'ok',
      detail: shape.unknownRevision ? `${revision}: newer than any that this Windsock knows; read by its columns` : revision,
    });
    await checkRole(airflow, shape, tell);
    await checkCollectors(airflow, shape, slice, tell);
  } finally {
    await airflow.close();
  }
};

async function checkRole(airflow: AirflowDatabase, shape: Shape, tell: Tell): Promise<void> {
  const [role] = await airflow.read((read) =>
    read.query<{ name: string; writes: boolean }>(
      "SELECT current_user AS name, has_table_privilege(to_regclass('dag_run'), 'UPDATE') AS writes",
    ),
  );
  tell(
    role?.writes
      ? {
          what: 'role',
          state: 'warn',
          detail: `${role.name} may write to Airflow's tables; docs/airflow-role.sql makes one that only reads`,
        }
      : { what: 'role', state: 'ok', detail: `${role?.name ?? ''} only reads` },
  );
  for (const { table, columns } of shape.denied) {
    tell({
      what: `grant ${table}`,
      state: 'warn',
      detail: `may not read ${columns.join(', ')}; grant it with docs/airflow-role.sql`,
    });
  }
}

async function checkCollectors(airflow: AirflowDatabase, shape: Shape, slice: Config['airflow'], tell: Tell): Promise<void> {
  const { reports, snapshot } = await collect(
    airflow,
    { watermarks: null, runs: new Map(), dags: new Map() },
    {
      shape,
      thresholds: thresholdsOf(slice),
      memory: newMemory(),
      clock: systemClock,
      budgetMs: 10_000,
    },
  );
  for (const { collector, ok, seconds, error } of reports) {
    const took = `${(seconds * 1000).toFixed(1)} ms`;
    tell({ what: `collector ${collector}`, state: ok ? 'ok' : 'warn', detail: ok ? took : (error ?? took), seconds });
  }
  const skewSeconds = Math.abs(snapshot.at.getTime() - systemClock.now().getTime()) / 1000;
  const skewed = skewSeconds > 5;
  tell({
    what: 'clocks',
    state: skewed ? 'warn' : 'ok',
    detail: skewed
      ? `this machine's clock and the database's differ by ${Math.round(skewSeconds)} s; Windsock goes by the database's`
      : 'agree',
  });
}
