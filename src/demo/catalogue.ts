import { iso, type Row } from './change.ts';
import type { DagSpec } from './dag.ts';
import type { Engine } from './engine.ts';
import type { DagState } from './model.ts';
import { hash32, md5 } from './random.ts';
import { serializedDag } from './serialize-dag.ts';
import { poolRow } from './simulate-platform.ts';

const put = (engine: Engine, ...[table, key, row]: [Parameters<Engine['sink']['insert']>[0], string, Row]): void =>
  engine.sink.insert(table, key, () => row);

/** Writes what the DAG files and their owner define: DAGs, versions, tags, pools, assets. */
export function writeCatalogue(engine: Engine): void {
  const at = iso(engine.nowMs);
  if (engine.airflow === '3')
    put(engine, 'dag_bundle', 'dags-folder', {
      name: 'dags-folder',
      active: true,
      version: null,
      last_refreshed: at,
      signed_url_template: null,
      template_params: null,
    });
  for (const [index, pool] of engine.world.pools.entries()) {
    const row = { id: index + 1, ...poolRow(engine, pool) };
    // Airflow itself has made the default pool.
    if (pool.pool === 'default_pool') engine.sink.update('slot_pool', pool.pool, () => row);
    else engine.sink.insert('slot_pool', pool.pool, () => row);
  }
  for (const asset of engine.world.assets) writeAsset(engine, asset, at);
  for (const dag of engine.dags.values()) {
    const deployedAt = iso(dag.createdMs);
    writeDag(engine, dag);
    if (engine.airflow === '3') writeVersion3(engine, dag, deployedAt);
    else writeVersion2(engine, dag, deployedAt);
    writeReferences(engine, dag.spec, deployedAt);
  }
}

function writeAsset(engine: Engine, { name, uri }: { name: string; uri: string }, at: string): void {
  const id = engine.assetIds.size + 1;
  engine.assetIds.set(name, id);
  if (engine.airflow === '3') {
    put(engine, 'asset', String(id), { id, name, uri, group: 'asset', extra: {}, created_at: at, updated_at: at });
    put(engine, 'asset_active', name, { name, uri });
  } else put(engine, 'dataset', String(id), { id, uri, extra: {}, created_at: at, updated_at: at, is_orphaned: false });
}

function writeDag(engine: Engine, dag: DagState): void {
  const { dagId, tags, owner, ownerLink } = dag.spec;
  engine.sink.insert('dag', dagId, () => engine.shape.dag(dag, dag.spec.broken, dag.nextMs));
  for (const name of tags) put(engine, 'dag_tag', `${name}|${dagId}`, { name, dag_id: dagId });
  if (ownerLink !== undefined) put(engine, 'dag_owner_attributes', dagId, { dag_id: dagId, owner, link: ownerLink });
}

const sourceOf = (spec: DagSpec): string =>
  `from airflow.sdk import DAG\n\n# ${spec.description}\nwith DAG(${JSON.stringify(spec.dagId)}):\n    ...\n`;

function writeVersion3(engine: Engine, dag: DagState, at: string): void {
  const { spec, versionId, serializedId, alertId, hash } = dag;
  put(engine, 'dag_version', versionId, {
    id: versionId,
    version_number: 1,
    dag_id: spec.dagId,
    bundle_name: 'dags-folder',
    bundle_version: null,
    version_data: null,
    created_at: at,
    last_updated: at,
  });
  put(engine, 'serialized_dag', spec.dagId, {
    id: serializedId,
    dag_id: spec.dagId,
    data: serializedDag(engine, spec),
    data_compressed: null,
    created_at: at,
    last_updated: at,
    dag_hash: hash,
    dag_version_id: versionId,
  });
  const source = sourceOf(spec);
  put(engine, 'dag_code', spec.dagId, {
    id: alertId,
    dag_id: spec.dagId,
    fileloc: `/opt/airflow/dags/${spec.file}`,
    created_at: at,
    last_updated: at,
    source_code: source,
    source_code_hash: md5(source),
    dag_version_id: versionId,
  });
  if (spec.deadlineSeconds === undefined) return;
  put(engine, 'deadline_alert', alertId, {
    id: alertId,
    created_at: at,
    serialized_dag_id: serializedId,
    name: 'in time',
    description: null,
    reference: { reference_type: 'DagRunQueuedAtDeadline' },
    interval: { __classname__: 'datetime.timedelta', __version__: 2, __data__: spec.deadlineSeconds },
    callback_def: { path: 'shop.alerts.notify_late' },
  });
}

function writeVersion2(engine: Engine, dag: DagState, at: string): void {
  const { spec, hash } = dag;
  const fileloc = `/opt/airflow/dags/${spec.file}`;
  put(engine, 'serialized_dag', spec.dagId, {
    dag_id: spec.dagId,
    fileloc,
    fileloc_hash: hash32(fileloc),
    data: serializedDag(engine, spec),
    data_compressed: null,
    last_updated: at,
    dag_hash: hash,
    processor_subdir: '/opt/airflow/dags',
  });
  put(engine, 'dag_code', fileloc, { fileloc_hash: hash32(fileloc), fileloc, last_updated: at, source_code: sourceOf(spec) });
}

function writeReferences(engine: Engine, spec: DagSpec, at: string): void {
  const three = engine.airflow === '3';
  const { key } = engine.shape.assetTables;
  const scheduled = spec.schedule.kind === 'assets' ? spec.schedule.assets : [];
  for (const name of scheduled) {
    const extra = three ? { allow_producer_teams: null, allow_global_producers: true } : {};
    put(engine, three ? 'dag_schedule_asset_reference' : 'dag_schedule_dataset_reference', `${name}|${spec.dagId}`, {
      [key]: engine.assetIds.get(name) ?? 0,
      dag_id: spec.dagId,
      created_at: at,
      updated_at: at,
      ...extra,
    });
  }
  for (const task of spec.tasks) {
    for (const name of task.outlets) {
      const extra = three ? { allow_consumer_teams: null, allow_global_consumers: true } : {};
      const row = {
        [key]: engine.assetIds.get(name) ?? 0,
        dag_id: spec.dagId,
        task_id: task.taskId,
        created_at: at,
        updated_at: at,
        ...extra,
      };
      put(
        engine,
        three ? 'task_outlet_asset_reference' : 'task_outlet_dataset_reference',
        `${name}|${spec.dagId}|${task.taskId}`,
        row,
      );
    }
  }
}
