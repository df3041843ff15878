import { expect, test } from 'vitest';
import { createFollower } from '../../../src/follow.ts';
import { encodeExposition } from '../../../src/measure/exposition.ts';
import { upFamily } from '../../../src/measure/families/platform.ts';
import { saveExposition } from '../../../src/measure/save-exposition.ts';
import { createStore } from '../../kit/database.ts';

const publish = (store: Parameters<typeof saveExposition>[0], deployment: string, up: boolean) =>
  saveExposition(store, deployment, 1, { encoded: encodeExposition([upFamily(up)]), status: { series: up ? 1 : 0 } });

test('a follower takes each exposition once, by the clock of the store, and none of another deployment', async () => {
  await using store = await createStore();
  const follower = createFollower({ store, deployment: 'airflow', staleAfterMs: 30_000 });
  expect(await follower.look()).toBeUndefined();
  await publish(store, 'other', true);
  expect(await follower.look()).toBeUndefined();
  await publish(store, 'airflow', true);
  expect((await follower.look())?.status).toEqual({ series: 1 });
  expect(await follower.look()).toBeUndefined();
  // A new leader, by whose clock it is earlier: what it publishes is newer all the same.
  await store.query(`UPDATE exposition SET taken_at = taken_at + interval '10 s' WHERE airflow = 'airflow'`);
  await follower.look();
  await publish(store, 'airflow', false);
  expect((await follower.look())?.status).toEqual({ series: 0 });
});

test('what a leader published before it died is no news', async () => {
  await using store = await createStore();
  await publish(store, 'airflow', true);
  const age = (seconds: number) =>
    store.query(`UPDATE exposition SET taken_at = clock_timestamp() - $1 * interval '1 s'`, [seconds]);
  const look = () => createFollower({ store, deployment: 'airflow', staleAfterMs: 30_000 }).look();
  await age(31);
  expect(await look()).toBeUndefined();
  await age(20);
  expect(await look()).toBeDefined();
});
