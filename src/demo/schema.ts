import { readFile } from 'node:fs/promises';
import type pg from 'pg';
import type { AirflowRelease } from './model.ts';

const files: Record<AirflowRelease, string> = { '3': 'airflow-3.3.2.sql', '2.11': 'airflow-2.11.2.sql' };

/** The schema of a real Airflow, cut in two: what must be there before rows come, and what is quicker made after them. */
export async function readSchema(airflow: AirflowRelease): Promise<{ before: string; after: string }> {
  const text = await readFile(new URL(`./schema/${files[airflow]}`, import.meta.url), 'utf8');
  const before: string[] = [];
  const after: string[] = [];
  for (const statement of text.split(/;\n/)) {
    const later = /^\s*(--[^\n]*\n\s*)*CREATE INDEX /.test(statement) || /ADD CONSTRAINT [^\n]* FOREIGN KEY/.test(statement);
    (later ? after : before).push(statement);
  }
  return { before: before.join(';\n'), after: after.join(';\n') };
}

/** Whether the database holds Airflow's tables already. */
export async function hasSchema(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>("SELECT to_regclass('dag_run') IS NOT NULL AS found");
  return rows[0]?.found === true;
}
