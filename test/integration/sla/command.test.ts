import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { newBook } from '../../../src/sla/book.ts';
import { saveSla } from '../../../src/sla/save.ts';
import { turnSlas } from '../../../src/sla/turn.ts';
import { createStore } from '../../kit/database.ts';
import { objective } from '../../sla/kit.ts';

const main = resolve(import.meta.dirname, '../../../src/main.ts');

test('windsock sla tells how each SLA stands, for people and for machines', async () => {
  await using store = await createStore();
  const now = new Date('2026-06-10T12:00:00Z');
  const dags = [{ dagId: 'etl', owners: 'ann', tags: [], paused: true }];
  const inputs = {
    now,
    previousAt: now,
    transitions: [],
    snapshot: {},
    runs: new Map(),
    warmingUp: false,
    dags,
    tasks: new Map(),
    posted: [],
  };
  const { changes } = await turnSlas(store, 'main', newBook([objective({}), objective({ name: 'gone' })]), inputs);
  await saveSla(store, 'main', changes);
  const environment = {
    PATH: process.env['PATH'] ?? '',
    WINDSOCK_AIRFLOW_NAME: 'main',
    WINDSOCK_AIRFLOW_DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/airflow',
    WINDSOCK_STORE_DATABASE_URL: store.url,
    WINDSOCK_SLA_OBJECTIVES: '[{name: orders, kind: success_ratio}]',
  };
  const run = (...args: string[]) => promisify(execFile)(process.execPath, [main, 'sla', ...args], { env: environment });
  expect((await run()).stdout).toBe(
    'orders: 99 % of runs of all DAGs succeed within 30 days\n  unknown  etl the DAG is paused: nothing is asked of it\n',
  );
  const lines = (await run('--json')).stdout.trim().split('\n');
  expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { sla: 'orders', dag_id: 'etl', state: 'unknown', total: 0 },
  ]);
});
