import type { TestDatabase } from './database.ts';

/**
 * Makes the database's clock a simulated one: its `now()` is what was set last, for every statement that names no schema.
 * Connections opened before do not see it.
 */
export async function simulateClock(database: TestDatabase, start: Date): Promise<{ set(now: Date): Promise<void> }> {
  await database.query('CREATE SCHEMA simulated');
  await database.query('CREATE TABLE simulated.clock (now timestamptz NOT NULL)');
  await database.query('INSERT INTO simulated.clock VALUES ($1)', [start]);
  await database.query(
    `CREATE FUNCTION simulated.now() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT now FROM simulated.clock'`,
  );
  // Before pg_catalog, which is first wherever it is not named.
  await database.query(`ALTER DATABASE ${database.name} SET search_path = public, simulated, pg_catalog`);
  return {
    async set(now) {
      await database.query('UPDATE simulated.clock SET now = $1', [now]);
    },
  };
}
