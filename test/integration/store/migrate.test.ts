import { expect, test } from 'vitest';
import { migrate } from '../../../src/store/migrate.ts';
import { openStore } from '../../../src/store/open.ts';
import { createDatabase, createStore } from '../../kit/database.ts';

test('a migration that a room adds later runs, though later numbers of other rooms ran before', async () => {
  await using store = await createStore();
  // As an older Windsock left it: before the first of our migrations came in.
  await store.query("DELETE FROM windsock_migration WHERE name = '0001_lease'");
  await store.query('DROP TABLE lease');
  await migrate(store);
  expect(await store.query('SELECT * FROM lease')).toEqual([]);
});

test('two processes that migrate one new store at once wait for each other', async () => {
  await using database = await createDatabase();
  const stores = await Promise.all([1, 2].map(() => openStore({ url: database.url, applicationName: 'windsock-test', max: 1 })));
  try {
    await Promise.all(stores.map((store) => migrate(store)));
    const [row] = await database.query<{ all: number; once: number }>(
      'SELECT count(*)::int AS all, count(DISTINCT name)::int AS once FROM windsock_migration',
    );
    expect(row?.all).toBeGreaterThan(2);
    expect(row?.all).toBe(row?.once);
  } finally {
    await Promise.all(stores.map((store) => store.close()));
  }
});

test('a store of a newer Windsock is refused with a line that says what to do', async () => {
  await using store = await createStore();
  await store.query("INSERT INTO windsock_migration (name, run_on) VALUES ('0999_of_the_future', now())");
  await expect(migrate(store)).rejects.toMatchObject({
    code: 'UNSUPPORTED',
    message:
      'The store was made by a newer Windsock (it has 0999_of_the_future); run that version, or give this one a store of its own',
  });
});

test('a user that may not make tables is refused with a line that says what to do', async () => {
  await using database = await createDatabase();
  await database.query("CREATE ROLE windsock_poor_test LOGIN PASSWORD 'poor'");
  const url = new URL(database.url);
  url.username = 'windsock_poor_test';
  url.password = 'poor';
  const store = await openStore({ url: url.href, applicationName: 'windsock-test', max: 1 });
  try {
    await expect(migrate(store)).rejects.toMatchObject({
      code: 'DENIED',
      message: expect.stringMatching(
        /^Windsock's store: [^\n]*permission denied[^\n]*; its user must own the database in store\.database_url$/,
      ),
    });
  } finally {
    await store.close();
    await database.query('DROP ROLE windsock_poor_test');
  }
});
