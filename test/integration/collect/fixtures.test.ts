import { expect, test } from 'vitest';
import { connectAirflow } from '../../../src/airflow/connect.ts';
import { probe } from '../../../src/airflow/probe.ts';
import { collect } from '../../../src/collect/collect.ts';
import { collectors } from '../../../src/collect/collectors.ts';
import { readChangedGraphs } from '../../../src/collect/graph.ts';
import { readHistory } from '../../../src/collect/history.ts';
import type { Known } from '../../../src/collect/known.ts';
import { newMemory } from '../../../src/collect/memory.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { airflowVersions, createAirflowDatabase } from '../../kit/database.ts';

const labels: Record<string, string> = {
  '2.7.3': '2.7',
  '2.8.4': '2.8',
  '2.9.3': '2.9',
  '2.10.5': '2.10.3 to 2.11',
  '2.11.2': '2.10.3 to 2.11',
  '3.0.6': '3.0',
  '3.1.8': '3.1',
  '3.2.2': '3.2',
  '3.3.2': '3.3',
};

test('there is a fixture for every supported minor version', () => {
  expect(airflowVersions).toEqual(Object.keys(labels).sort());
});

test.each(airflowVersions)('every collector reads a fresh Airflow %s', async (version) => {
  await using database = await createAirflowDatabase(version);
  const airflow = connectAirflow({ url: database.url, connectTimeoutMs: 5000, transactionTimeoutMs: 2000, clock: systemClock });
  try {
    const shape = await airflow.read(probe);
    expect([shape.version, shape.unknownRevision, shape.denied]).toEqual([labels[version], false, []]);
    const known: Known = { watermarks: null, runs: new Map(), dags: new Map() };
    const options = {
      shape,
      thresholds: { schedulerMs: 30_000, triggererMs: 30_000, dagProcessorMs: 30_000 },
      memory: newMemory(),
      clock: systemClock,
      budgetMs: 1000,
    };
    await collect(airflow, known, options);
    const { reports, transitions } = await collect(airflow, known, options);
    expect(reports.filter(({ ok }) => !ok)).toEqual([]);
    expect(transitions).toEqual([]);
    const inapplicable = Object.entries(collectors).filter(([, collector]) => collector.needs(shape) === null);
    expect(reports).toHaveLength(Object.keys(collectors).length - inapplicable.length + 1);
    expect(await readHistory(airflow, shape, 1000, { since: new Date(0), wanted: () => true, runsMax: 200 })).toMatchObject({
      runs: [],
      done: true,
    });
    // A revision that nobody has written yet is named by its columns.
    await database.query(`UPDATE alembic_version SET version_num = 'feedc0ffee12'`);
    const unknown = await airflow.read(probe);
    const minor = version === '2.11.2' ? '2.10' : version.split('.').slice(0, 2).join('.');
    expect([unknown.version, unknown.unknownRevision]).toEqual([`${minor} or near (revision feedc0ffee12)`, true]);
    expect(await readChangedGraphs(airflow, shape, new Map())).toEqual({ changed: [], gone: [], more: false });
  } finally {
    await airflow.close();
  }
});
