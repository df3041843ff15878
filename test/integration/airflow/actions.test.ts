import { expect, test } from 'vitest';
import { readActions } from '../../../src/airflow/read-actions.ts';
import { createAirflowDatabase } from '../../kit/database.ts';
import { fillRows, insertRows, observe } from '../../kit/simulated-airflow.ts';

const minutesAgo = (minutes: number): Date => new Date(Date.now() - minutes * 60_000);

test('many lost workers may hide what people did before: then it is said not to be known so far back', async () => {
  await using database = await createAirflowDatabase('3.3.2');
  await insertRows(database, 'log', [
    { id: 1, dttm: minutesAgo(90), event: 'post_variable', owner: 'ann' },
    { id: 2, dttm: minutesAgo(60), event: 'patch_pool', owner: 'bob' },
  ]);
  await using observer = await observe(database.url);
  const asked = { since: minutesAgo(120), lostSince: minutesAgo(30), dagId: null };
  const look = () => observer.airflow.read((read) => readActions(read, observer.shape, asked));

  const before = await look();
  expect(before.actions.map(({ deed, who }) => [deed, who])).toEqual([
    ['pool', 'bob'],
    ['variable', 'ann'],
  ]);
  expect(before.readBackTo?.getTime()).toBeLessThanOrEqual(minutesAgo(89).getTime());

  await fillRows(database, 'log', 300, { id: '10 + i', dttm: `now() - interval '5 min'`, event: `'heartbeat timeout'` });
  const after = await look();
  expect(after).toMatchObject({ actions: [], lost: 200 });
  expect(after.readBackTo?.getTime()).toBeGreaterThan(minutesAgo(30).getTime());
});
