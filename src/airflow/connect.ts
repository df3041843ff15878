import pg from 'pg';
import type { Clock } from '../lib/clock.ts';
import { AppError } from '../lib/errors.ts';
import { budgetUsedUp, describeDatabaseError } from './describe-error.ts';

/** Statements inside one short read-only transaction on Airflow's database. */
export interface AirflowRead {
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Runs `work` behind a savepoint, so that its failing statement does not end the transaction. */
  guarded<Result>(work: () => Promise<Result>): Promise<Result>;
  /** How long the transaction may take, in milliseconds. */
  budgetMs: number;
  /** Milliseconds left of that. */
  leftMs(): number;
}

export interface AirflowDatabase {
  /** One REPEATABLE READ, READ ONLY transaction, bounded in time on both sides. */
  read<Result>(work: (read: AirflowRead) => Promise<Result>): Promise<Result>;
  /** Milliseconds that statements have taken so far, as seen from here. */
  databaseMs(): number;
  close(): Promise<void>;
}

export interface ConnectOptions {
  url: string;
  /** Schema of Airflow's tables; the role's search path decides when it is not given. */
  schema?: string | undefined;
  connectTimeoutMs: number;
  /** Budget of one transaction (DESIGN: at most 1 s, so that an idle reader never holds up `airflow db migrate`). */
  transactionTimeoutMs: number;
  clock: Clock;
}

/** Statements get this much more on our side, so that the server's own timeout answers first. */
const graceMs = 2000;
const connectionsMax = 2;
/** Less than a whole budget, so that a locked table is told from a slow one. */
const lockTimeoutMsMax = 500;

// `timestamptz` stays milliseconds (all we need), int8 becomes a number: Airflow's ids are int4.
const types = new pg.TypeOverrides();
types.setTypeParser(20, Number);

/**
 * Opens Airflow's database for reading. Nothing is sent as a start-up parameter that PgBouncer refuses
 * (facts: statement_timeout and options fail there), and statements stay unnamed for its transaction mode.
 */
export function connectAirflow(options: ConnectOptions): AirflowDatabase {
  const { transactionTimeoutMs, clock } = options;
  let databaseMs = 0;
  const pool = new pg.Pool({
    connectionString: options.url,
    max: connectionsMax,
    connectionTimeoutMillis: options.connectTimeoutMs,
    query_timeout: transactionTimeoutMs + graceMs,
    application_name: 'windsock',
    keepAlive: true,
    idleTimeoutMillis: 60_000,
    types,
  });
  // An idle connection that dies is replaced at the next read; its error has no other consumer.
  pool.on('error', () => {});

  async function timed<Result>(work: () => Promise<Result>): Promise<Result> {
    const began = clock.monotonicMs();
    try {
      return await work();
    } finally {
      databaseMs += clock.monotonicMs() - began;
    }
  }

  async function read<Result>(work: (read: AirflowRead) => Promise<Result>): Promise<Result> {
    const client = await pool.connect().catch((error: unknown) => {
      throw describeDatabaseError(error, options.url);
    });
    client.on('error', ignore);
    let broken = true;
    const { read: reader, ask, told } = readerOf(client, options, timed);
    try {
      await ask(beginText(options.schema, transactionTimeoutMs));
      const result = await work(reader);
      await ask('COMMIT');
      broken = false;
      return result;
    } catch (error) {
      throw told(error);
    } finally {
      client.off('error', ignore);
      // A connection with an unfinished transaction or a frozen peer is thrown away, never returned.
      client.release(broken);
    }
  }

  return { read, databaseMs: () => databaseMs, close: () => pool.end() };
}

function ignore(): void {}

function beginText(schema: string | undefined, timeoutMs: number): string {
  const path = schema === undefined ? '' : `SET LOCAL search_path = ${pg.escapeIdentifier(schema)}, pg_catalog;`;
  return (
    `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = ${timeoutMs};` +
    `SET LOCAL lock_timeout = ${Math.min(lockTimeoutMsMax, Math.ceil(timeoutMs / 2))}; SET LOCAL idle_in_transaction_session_timeout = ${timeoutMs}; ${path}`
  );
}

function readerOf(
  client: pg.PoolClient,
  { transactionTimeoutMs: budgetMs, clock, url }: ConnectOptions,
  timed: <R>(work: () => Promise<R>) => Promise<R>,
): { read: AirflowRead; ask: (text: string) => Promise<object[]>; told: (error: unknown) => unknown } {
  const began = clock.monotonicMs();
  const leftMs = () => budgetMs - (clock.monotonicMs() - began);
  let limitMs = budgetMs;
  /** Set once the connection itself failed: each further question would only wait for its own time limit. */
  let dead: AppError | undefined;
  const ofDatabase = new Set<unknown>();
  /** What is said of an error: a fault of the work itself is none of the database's, and stays what it is. */
  const told = (error: unknown): unknown => (ofDatabase.has(error) ? describeDatabaseError(error, url) : error);
  async function ask<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
    if (dead) throw dead;
    try {
      return (await timed(() => client.query<Row>(text, values))).rows;
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) dead = describeDatabaseError(error, url);
      ofDatabase.add(error);
      throw dead ?? error;
    }
  }
  async function query<Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    const left = leftMs();
    if (left <= 0) throw budgetUsedUp(budgetMs);
    // The server's limit is per statement: lower it as the budget shrinks, in steps to save round trips.
    if (left < limitMs - budgetMs / 5) {
      limitMs = Math.max(1, Math.ceil(left));
      await ask(`SET LOCAL statement_timeout = ${limitMs}`);
    }
    return ask<Row>(text, [...values]);
  }
  async function guarded<Result>(work: () => Promise<Result>): Promise<Result> {
    await ask('SAVEPOINT collector');
    try {
      return await work();
    } catch (error) {
      await ask('ROLLBACK TO SAVEPOINT collector');
      throw told(error);
    }
  }
  return { read: { query, guarded, budgetMs, leftMs }, ask, told };
}
