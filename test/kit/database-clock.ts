import type { TestDatabase } from './database.ts';

/** The time that a database tells whoever connects from now on. */
export interface DatabaseClock {
  set(to: Date): Promise<void>;
}

/**
 * Puts a clock of the test's own in front of PostgreSQL's now(), so that a simulated past is the present of what reads it and
 * every run of a test is the same.
 */
export async function setDatabaseClock(database: TestDatabase, start: Date): Promise<DatabaseClock> {
  await database.query('CREATE TABLE clock_of_test AS SELECT $1::timestamptz AS at', [start]);
  await database.query(
    `CREATE FUNCTION public.now() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT at FROM public.clock_of_test'`,
  );
  await database.query(`ALTER DATABASE ${database.name} SET search_path = public, pg_catalog`);
  return {
    async set(to) {
      await database.query('UPDATE clock_of_test SET at = $1', [to]);
    },
  };
}
