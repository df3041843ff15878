import type pg from 'pg';
import { restless, tableOrder, tables, type Row, type Sink, type Table } from './change.ts';

interface Pending {
  how: 'insert' | 'update';
  row: () => Row;
}

/** Rows of one table per statement. */
const batchRows = 500;

/** Changes of one moment: of every row the last one, ready to be written in an order that all constraints bear. */
export interface Batch {
  upserts: Map<Table, Map<string, Pending>>;
  /** Insert-only rows. */
  appended: Map<Table, Row[]>;
  removed: Map<Table, Row[]>;
  size: number;
}

const emptyBatch = (): Batch => ({ upserts: new Map(), appended: new Map(), removed: new Map(), size: 0 });

function entryOf<Value>(map: Map<Table, Value>, table: Table, make: () => Value): Value {
  const found = map.get(table);
  if (found !== undefined) return found;
  const made = make();
  map.set(table, made);
  return made;
}

/** Adds a change to a batch; of a row that changes again only the last state is left. */
function addChange(batch: Batch, how: 'insert' | 'update' | 'remove', table: Table, key: string, row: () => Row): void {
  batch.size += 1;
  if (how === 'insert' && key === '') {
    entryOf(batch.appended, table, () => []).push(row());
    return;
  }
  const upserts = entryOf(batch.upserts, table, () => new Map<string, Pending>());
  const pending = upserts.get(key);
  if (how !== 'remove') {
    upserts.set(key, { how: pending?.how ?? how, row });
    return;
  }
  upserts.delete(key);
  // A row that nobody has seen yet just does not come.
  if (pending?.how !== 'insert') entryOf(batch.removed, table, () => []).push(row());
}

/** A sink that keeps only the last state of each row: for a history. */
export function historySink(): { sink: Sink; take(): Batch } {
  let batch = emptyBatch();
  return {
    sink: {
      insert: (table, key, row) => addChange(batch, 'insert', table, key, row),
      update: (table, key, row) => addChange(batch, 'update', table, key, row),
      remove: (table, key, row) => addChange(batch, 'remove', table, key, row),
      cut: () => {},
    },
    take() {
      const taken = batch;
      batch = emptyBatch();
      return taken;
    },
  };
}

/**
 * A sink for what is watched: every state that a task or run goes through is written by itself, in order.
 * Changes of different rows share a transaction until a row would change for the second time.
 */
export function liveSink(): { sink: Sink; take(): Batch[] } {
  let waves: Batch[] = [emptyBatch()];
  let touched = new Map<string, unknown>();
  const cut = () => {
    waves.push(emptyBatch());
    touched = new Map();
  };
  const add = (how: 'insert' | 'update' | 'remove', table: Table, key: string, make: () => Row) => {
    const row = make();
    if (key !== '') {
      const id = `${table}\u0000${key}`;
      const state = how === 'remove' ? 'removed' : (row['state'] ?? null);
      const repeated = touched.has(id) && !restless.has(table);
      // The same state written twice hides nothing when only the second is seen.
      if (repeated && (how === 'remove' || touched.get(id) !== state)) cut();
      touched.set(id, state);
    }
    const wave = waves.at(-1) ?? emptyBatch();
    addChange(wave, how, table, key, () => row);
  };
  return {
    sink: {
      insert: (table, key, row) => add('insert', table, key, row),
      update: (table, key, row) => add('update', table, key, row),
      remove: (table, key, row) => add('remove', table, key, row),
      cut,
    },
    take() {
      const taken = waves.filter((wave) => wave.size > 0);
      waves = [emptyBatch()];
      touched = new Map();
      return taken;
    },
  };
}

const quoted = (column: string): string => `"${column}"`;

async function inBatches(rows: readonly Row[], work: (json: string, columns: string[]) => Promise<unknown>): Promise<void> {
  const columns = Object.keys(rows[0] ?? {});
  for (let from = 0; from < rows.length; from += batchRows)
    await work(JSON.stringify(rows.slice(from, from + batchRows)), columns);
}

function insertRows(client: pg.ClientBase, table: Table, rows: readonly Row[]): Promise<void> {
  return inBatches(rows, (json, columns) => {
    const names = columns.map(quoted).join(', ');
    return client.query(
      `INSERT INTO ${table} (${names}) SELECT ${names} FROM json_populate_recordset(NULL::public.${table}, $1)`,
      [json],
    );
  });
}

function updateRows(client: pg.ClientBase, table: Table, rows: readonly Row[]): Promise<void> {
  const keys: readonly string[] = tables[table];
  return inBatches(rows, (json, columns) => {
    const set = columns.filter((column) => !keys.includes(column)).map((column) => `${quoted(column)} = r.${quoted(column)}`);
    const match = keys.map((column) => `t.${quoted(column)} = r.${quoted(column)}`);
    return client.query(
      `UPDATE ${table} t SET ${set.join(', ')} FROM json_populate_recordset(NULL::public.${table}, $1) r WHERE ${match.join(' AND ')}`,
      [json],
    );
  });
}

function removeRows(client: pg.ClientBase, table: Table, rows: readonly Row[]): Promise<void> {
  const match = tables[table].map((column) => `t.${quoted(column)} = r.${quoted(column)}`).join(' AND ');
  return inBatches(rows, (json) =>
    client.query(`DELETE FROM ${table} t USING json_populate_recordset(NULL::public.${table}, $1) r WHERE ${match}`, [json]),
  );
}

/** Writes a batch in one transaction. */
export async function writeBatch(client: pg.ClientBase, batch: Batch): Promise<void> {
  await client.query('BEGIN');
  try {
    // A trigger takes its task along when it goes, so it goes last, when no task refers to it.
    for (const table of [...tableOrder].reverse())
      if (table !== 'trigger') await removeRows(client, table, batch.removed.get(table) ?? []);
    for (const table of tableOrder) {
      const inserts = [...(batch.upserts.get(table)?.values() ?? [])]
        .filter(({ how }) => how === 'insert')
        .map(({ row }) => row());
      await insertRows(client, table, [...inserts, ...(batch.appended.get(table) ?? [])]);
    }
    for (const table of tableOrder) {
      await updateRows(
        client,
        table,
        [...(batch.upserts.get(table)?.values() ?? [])].filter(({ how }) => how === 'update').map(({ row }) => row()),
      );
    }
    await removeRows(client, 'trigger', batch.removed.get('trigger') ?? []);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {});
    throw error;
  }
}

/** Lets Airflow's sequences go on after the numbers that were written. */
export async function alignSequences(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ table: string; sequence: string }>(
    `SELECT t.relname AS table, s.oid::regclass::text AS sequence FROM pg_class s
     JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = s.oid AND d.refclassid = 'pg_class'::regclass
     JOIN pg_class t ON t.oid = d.refobjid JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
     WHERE s.relkind = 'S' AND a.attname = 'id' AND t.relnamespace = current_schema()::regnamespace`,
  );
  for (const { table, sequence } of rows)
    await client.query(`SELECT setval('${sequence}', greatest((SELECT max(id) FROM ${quoted(table)}), 1), true)`);
}
