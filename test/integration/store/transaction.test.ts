import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectAirflow, type AirflowDatabase } from '../../../src/airflow/connect.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import type { Store } from '../../../src/store/store.ts';
import { createStore } from '../../kit/database.ts';

let store: Store & AsyncDisposable;
let airflow: AirflowDatabase;
beforeAll(async () => {
  store = await createStore();
  airflow = connectAirflow({ url: store.url, connectTimeoutMs: 5000, transactionTimeoutMs: 5000, clock: systemClock });
});
afterAll(async () => {
  await airflow.close();
  await store[Symbol.asyncDispose]();
});

const fail = async (): Promise<never> => {
  throw new TypeError('x is not a function');
};

test('a fault of what is done within a transaction is not taken for one of the database', async () => {
  const failure = { name: 'TypeError', message: 'x is not a function' };
  await expect(store.transaction((tx) => tx.query('SELECT 1').then(fail))).rejects.toMatchObject(failure);
  await expect(airflow.read((read) => read.query('SELECT 1').then(fail))).rejects.toMatchObject(failure);
  await expect(airflow.read((read) => read.guarded(fail))).rejects.toMatchObject(failure);
});

test('one of the database is, with the place and what to do', async () => {
  const wrong = 'SELECT 1 / 0';
  await expect(store.transaction((tx) => tx.query(wrong))).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: "Windsock's store cannot be used: division by zero",
  });
  const cannot = {
    code: 'UNAVAILABLE',
    message: expect.stringMatching(/^Airflow's database at .+ cannot be read: division by zero$/),
  };
  await expect(airflow.read((read) => read.query(wrong))).rejects.toMatchObject(cannot);
  await expect(airflow.read((read) => read.guarded(() => read.query(wrong)))).rejects.toMatchObject(cannot);
});
