import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { readChangedGraphs } from '../../../src/collect/graph.ts';
import { insertDag, insertRows, observe, type Row } from '../../kit/simulated-airflow.ts';
import { createAirflowDatabase, type TestDatabase } from '../../kit/database.ts';

/** One DAG, serialised by a real Airflow each: the versions 1, 2 and 3 of the format. */
const payloadOf = (version: string): string =>
  readFileSync(join(import.meta.dirname, `../../fixtures/serialized/airflow-${version}.json`), 'utf8');

const graph = {
  tasks: [
    { taskId: 'calls', operator: 'TriggerDagRunOperator', downstream: [] },
    { taskId: 'choose', operator: '@task.branch', downstream: ['group.inner', 'left'] },
    { taskId: 'each', operator: '@task', downstream: ['calls'] },
    { taskId: 'group.inner', operator: 'EmptyOperator', downstream: [] },
    { taskId: 'left', operator: 'EmptyOperator', downstream: ['each'] },
    { taskId: 'waits', operator: 'ExternalTaskSensor', downstream: ['choose'] },
  ],
  links: [
    { source: 'graph', target: 'called', type: 'trigger', id: 'calls' },
    { source: 'other', target: 'graph', type: 'sensor', id: 'waits' },
  ],
};

let versions = 0;

async function addGraph(database: TestDatabase, dagId: string, hash: string, payload: Row): Promise<void> {
  const [modern] = await database.query<{ there: boolean }>(`SELECT to_regclass('dag_version') IS NOT NULL AS there`);
  const id = '00000000-0000-7000-8000-' + String((versions += 1)).padStart(12, '0');
  if (modern?.there === true) await insertRows(database, 'dag_version', [{ id, dag_id: dagId, version_number: versions }]);
  await insertRows(database, 'serialized_dag', [
    { id, dag_id: dagId, dag_version_id: id, dag_hash: hash, fileloc: 'x.py', ...payload },
  ]);
}

const sorted = (tasks: { taskId: string; operator: string; downstream: string[] }[]) =>
  tasks.map((task) => ({ ...task, downstream: task.downstream.toSorted() })).toSorted((a, b) => (a.taskId < b.taskId ? -1 : 1));

test.each([
  ['2.11.2', '2.11.2'],
  ['3.3.2', '3.3.2'],
  // Written by 2.x, or by 3.0, and not parsed again since the upgrade.
  ['3.3.2', '2.11.2'],
  ['3.3.2', '3.0.6'],
])(
  'Airflow %s gives the graph that %s serialised, plain or compressed, and reads it again only when its hash changes',
  async (version, written) => {
    await using database = await createAirflowDatabase(version);
    const payload = payloadOf(written);
    await insertDag(database, 'graph');
    await insertDag(database, 'packed');
    await addGraph(database, 'graph', 'one', { data: JSON.parse(payload) });
    await addGraph(database, 'packed', 'one', { data: null, data_compressed: `\\x${deflateSync(payload).toString('hex')}` });
    await using observer = await observe(database.url);
    const { changed } = await readChangedGraphs(observer.airflow, observer.shape, new Map([['left_airflow', 'x']]));
    expect(changed.map(({ dagId, hash }) => [dagId, hash])).toEqual([
      ['graph', 'one'],
      ['packed', 'one'],
    ]);
    for (const { tasks, links } of changed) {
      expect({ tasks: sorted(tasks), links: links.toSorted((a, b) => (a.source < b.source ? -1 : 1)) }).toEqual(graph);
    }
    const known = new Map(changed.map(({ dagId, hash }) => [dagId, hash]));
    expect(await readChangedGraphs(observer.airflow, observer.shape, known)).toEqual({ changed: [], gone: [], more: false });
    expect((await readChangedGraphs(observer.airflow, observer.shape, new Map([...known, ['gone', 'x']]))).gone).toEqual([
      'gone',
    ]);
  },
);

test('of several versions of a DAG the newest counts, and a payload that is no graph has no edges', async () => {
  await using database = await createAirflowDatabase('3.3.2');
  await insertDag(database, 'graph');
  await insertDag(database, 'broken');
  await insertDag(database, 'strange');
  await addGraph(database, 'graph', 'old', { data: { dag: { tasks: [] } } });
  await addGraph(database, 'graph', 'new', { data: JSON.parse(payloadOf('3.3.2')) });
  await addGraph(database, 'broken', 'b', { data: null, data_compressed: '\\x00ff' });
  await addGraph(database, 'strange', 's', { data: { dag: { tasks: 'none', dag_dependencies: 7 } } });
  await using observer = await observe(database.url);
  const { changed } = await readChangedGraphs(observer.airflow, observer.shape, new Map());
  expect(changed.map(({ dagId, hash, tasks, links }) => `${dagId} ${hash} ${tasks.length} ${links.length}`).toSorted()).toEqual([
    'broken b 0 0',
    'graph new 6 2',
    'strange s 0 0',
  ]);
});

test('many graphs are read in several calls', async () => {
  await using database = await createAirflowDatabase('2.11.2');
  for (let index = 0; index < 51; index += 1) {
    await insertDag(database, `dag_${index}`);
    await addGraph(database, `dag_${index}`, 'h', { data: { dag: {} } });
  }
  await using observer = await observe(database.url);
  const first = await readChangedGraphs(observer.airflow, observer.shape, new Map());
  expect([first.changed.length, first.more]).toEqual([50, true]);
  const known = new Map(first.changed.map(({ dagId, hash }) => [dagId, hash]));
  const second = await readChangedGraphs(observer.airflow, observer.shape, known);
  expect([second.changed.length, second.more]).toEqual([1, false]);
});
