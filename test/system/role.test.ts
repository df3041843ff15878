import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { expect, test } from 'vitest';
import { connectAirflow } from '../../src/airflow/connect.ts';
import { columnsRead, probe } from '../../src/airflow/probe.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { airflowVersions, createAirflowDatabase, type TestDatabase } from '../kit/database.ts';

// Roles belong to the whole server, so this test's has a name of its own.
const role = 'windsock_role_test';
const script = readFileSync(join(import.meta.dirname, '../../docs/airflow-role.sql'), 'utf8').replaceAll('windsock', role);

/** Runs the script as its reader would, and returns the URL of the role it made. */
async function grant(database: TestDatabase): Promise<string> {
  const admin = new pg.Client(database.url);
  await admin.connect();
  try {
    await admin.query(script);
    await admin.query(`ALTER ROLE ${role} PASSWORD 'for-this-test'`);
  } finally {
    await admin.end();
  }
  const url = new URL(database.url);
  url.username = role;
  url.password = 'for-this-test';
  return url.href;
}

/** The SQLSTATE that `text` ends with for this client, or `allowed`. */
const outcome = (client: pg.Client, text: string): Promise<string> =>
  client.query(text).then(
    () => 'allowed',
    (error: unknown) => (error instanceof pg.DatabaseError ? (error.code ?? 'no code') : String(error)),
  );

test.each(airflowVersions)('on Airflow %s the role may read what Windsock reads, and nothing else', async (version) => {
  await using database = await createAirflowDatabase(version);
  await grant(database);
  const url = await grant(database); // a second run changes nothing and does not fail
  const airflow = connectAirflow({ url, connectTimeoutMs: 5000, transactionTimeoutMs: 5000, clock: systemClock });
  try {
    expect((await airflow.read(probe)).denied).toEqual([]);
  } finally {
    await airflow.close();
  }
  const columns = await database.query<{ table: string; column: string; readable: boolean }>(
    `SELECT c.relname AS "table", a.attname AS "column", has_column_privilege('${role}', c.oid, a.attnum, 'SELECT') AS readable
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'`,
  );
  const named = ({ table, column }: { table: string; column: string }) => `${table}.${column}`;
  const readable = columns.filter((row) => row.readable).map(named);
  expect(readable.length).toBeGreaterThan(50);
  expect(readable.toSorted()).toEqual(
    columns
      .filter(({ table, column }) => columnsRead[table]?.includes(column))
      .map(named)
      .toSorted(),
  );
});

test.each(['2.7.3', '2.11.2', '3.3.2'])('on Airflow %s the role is refused secrets and every change', async (version) => {
  await using database = await createAirflowDatabase(version);
  const client = new pg.Client(await grant(database));
  await client.connect();
  try {
    const refused = '42501'; // no privilege
    const readOnly = '25006'; // no change in a read-only transaction
    expect(await outcome(client, 'SELECT count(*) FROM task_instance')).toBe('allowed');
    expect(await outcome(client, 'SELECT id, event FROM log')).toBe('allowed');
    expect(await outcome(client, 'SELECT extra FROM log')).toBe(refused);
    expect(await outcome(client, 'SELECT conf FROM dag_run')).toBe(refused);
    expect(await outcome(client, 'SELECT executor_config FROM task_instance')).toBe(refused);
    expect(await outcome(client, 'SELECT val FROM variable')).toBe(refused);
    expect(await outcome(client, 'SELECT password FROM connection')).toBe(refused);
    expect(await outcome(client, "UPDATE slot_pool SET pool = 'x'")).toBe(readOnly);
    // The role's read-only default can be switched off in a session; the privilege behind it cannot.
    await client.query('BEGIN READ WRITE');
    expect(await outcome(client, "UPDATE slot_pool SET pool = 'x'")).toBe(refused);
    await client.query('ROLLBACK');
    expect(await outcome(client, 'CREATE TABLE mine (i int)')).toBe(readOnly);
  } finally {
    await client.end();
  }
});

test('a database without Airflow is refused with a message that says so', async () => {
  await using database = await createAirflowDatabase('3.3.2');
  await database.query('ALTER TABLE dag_run RENAME TO something_else');
  await expect(grant(database)).rejects.toThrow(/holds no Airflow/);
});
