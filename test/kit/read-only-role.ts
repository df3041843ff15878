import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import type { TestDatabase } from './database.ts';

const script = readFileSync(join(import.meta.dirname, '../../docs/airflow-role.sql'), 'utf8');

/** Runs docs/airflow-role.sql for a role of this name (roles belong to the whole server) and returns the role's URL. */
export async function grantReadOnly(database: TestDatabase, role: string): Promise<string> {
  const admin = new pg.Client(database.url);
  await admin.connect();
  try {
    await admin.query(script.replaceAll('windsock', role));
    await admin.query(`ALTER ROLE ${role} PASSWORD 'for-this-test'`);
  } finally {
    await admin.end();
  }
  const url = new URL(database.url);
  url.username = role;
  url.password = 'for-this-test';
  return url.href;
}
