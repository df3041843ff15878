import { expect, test } from 'vitest';
import { noTallyChanges } from '../../../src/measure/apply.ts';
import { loadTallies } from '../../../src/measure/load-tallies.ts';
import { saveTallies, trimTallies } from '../../../src/measure/save-tallies.ts';
import { dagTally, emptyTallies, forgetTallies, talliesKeptSince, taskTally } from '../../../src/measure/tally.ts';
import { createStore } from '../../kit/database.ts';

const day = 86_400_000;

test('tallies of what was not seen for 400 days go, or for twice as long as tasks are shown; the others stay', async () => {
  await using store = await createStore();
  const now = new Date('2026-11-25T00:00:00Z');
  const seen = (daysAgo: number) => new Date(now.getTime() - daysAgo * day);
  const tallies = emptyTallies();
  const changes = noTallyChanges();
  for (const daysAgo of [1, 400, 401]) {
    changes.tasks.add(taskTally(tallies, 'etl', `seen_${daysAgo}`, seen(daysAgo)));
    changes.dags.add(dagTally(tallies, `seen_${daysAgo}`, seen(daysAgo)));
  }
  await saveTallies(store, 'airflow', changes);
  await saveTallies(store, 'other', changes);
  const before = talliesKeptSince(now, 30 * day);
  expect(before).toEqual(seen(400));
  expect(talliesKeptSince(now, 300 * day)).toEqual(seen(600));
  await trimTallies(store, 'airflow', before);
  forgetTallies(tallies, before);
  const kept = { tasks: ['seen_1', 'seen_400'], dags: ['seen_1', 'seen_400'] };
  const names = ({ tasks, dags }: typeof tallies) => ({
    tasks: [...tasks.values()].map(({ taskId }) => taskId).sort(),
    dags: [...dags.keys()].sort(),
  });
  expect(names(tallies)).toEqual(kept);
  expect(names(await loadTallies(store, 'airflow'))).toEqual(kept);
  expect(names(await loadTallies(store, 'other')).tasks).toHaveLength(3);
});
