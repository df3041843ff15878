import pg from 'pg';
import { AppError, errorText } from '../lib/errors.ts';
import { redact } from '../redact/redact.ts';
import type { Store, Tx } from './store.ts';

const connectTimeoutMs = 5000;
const statementTimeoutMs = 10_000;
/**
 * A stopped or cut-off leader's open transaction is ended by the server after this time, so that it cannot hold up a
 * takeover: with the lease's six seconds that makes ten at most (DESIGN §5).
 */
const idleInTransactionMs = 3500;
const lockTimeoutMs = 6000;

const types = new pg.TypeOverrides();
// bigint as number: our counters and ids stay below 2^53.
types.setTypeParser(20, Number);

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : '';

/** One line for a failure of our own store: what happened and what to do. */
function describe(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const text = redact(errorText(error));
  switch (codeOf(error)) {
    case '53100':
      return new AppError(
        'UNAVAILABLE',
        `Windsock's store has no disk space left: free some under store.data_dir or its database; nothing is lost, cycles go on then (${text})`,
        { cause: error },
      );
    // NUL, the one character of Unicode that PostgreSQL's texts cannot hold. Somebody sent it: Windsock itself takes it out.
    case '22021':
    case '22P05':
      return new AppError(
        'INVALID',
        'a text holds the character NUL (U+0000), which nothing here is named by and which cannot be kept',
        {
          cause: error,
        },
      );
    case '28P01':
    case '28000':
      return new AppError('DENIED', "Windsock's store refuses the user or password; check store.database_url", { cause: error });
    case '3D000':
      return new AppError('CONFIG', 'There is no such database for the store; create it or check store.database_url', {
        cause: error,
      });
    case '42501':
      return new AppError('DENIED', `Windsock's store: ${text}; its user must own the database in store.database_url`, {
        cause: error,
      });
    case 'ECONNREFUSED':
      return new AppError(
        'UNAVAILABLE',
        "Windsock's store refuses connections; is PostgreSQL running there, and is store.database_url right?",
        { cause: error },
      );
    case '57P01':
    case '57P02':
    case '57P03':
      return new AppError('UNAVAILABLE', "Windsock's store is shutting down or starting up; it is tried again", { cause: error });
    default:
      if (/timeout/i.test(text) && codeOf(error) === '')
        return new AppError(
          'UNAVAILABLE',
          "Windsock's store does not answer in time; is it overloaded, or the way there blocked? It is tried again",
          { cause: error },
        );
      return new AppError('UNAVAILABLE', `Windsock's store cannot be used: ${text}`, { cause: error });
  }
}

/** Opens our own database. `max` bounds its connections. */
export async function openStore(options: { url: string; applicationName: string; max: number }): Promise<Store> {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.max,
    application_name: options.applicationName,
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: statementTimeoutMs + 2000,
    keepAlive: true,
    types,
  });
  // An idle connection that dies is replaced at the next use.
  pool.on('error', () => {});

  async function query<Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    try {
      const { rows } = await pool.query<Row>(text, [...values]);
      return rows;
    } catch (error) {
      throw describe(error);
    }
  }

  async function transaction<Result>(work: (tx: Tx) => Promise<Result>): Promise<Result> {
    const client = await pool.connect().catch((error: unknown) => {
      throw describe(error);
    });
    const ignore = () => {};
    client.on('error', ignore);
    let broken = true;
    const ofStore = new Set<unknown>();
    const ask = async <Row extends object>(statement: string, values: readonly unknown[] = []): Promise<Row[]> => {
      try {
        return (await client.query<Row>(statement, [...values])).rows;
      } catch (error) {
        ofStore.add(error);
        throw error;
      }
    };
    try {
      await ask(
        `BEGIN; SET LOCAL statement_timeout = ${statementTimeoutMs}; SET LOCAL lock_timeout = ${lockTimeoutMs}; SET LOCAL idle_in_transaction_session_timeout = ${idleInTransactionMs}`,
      );
      const result = await work({ query: ask });
      await ask('COMMIT');
      broken = false;
      return result;
    } catch (error) {
      // A fault of the work itself is none of the store's: it stays what it is, and shows nothing of itself to clients.
      throw ofStore.has(error) ? describe(error) : error;
    } finally {
      client.off('error', ignore);
      // Whether a failed COMMIT took effect is unknown here: the connection goes, and callers reload what they know.
      client.release(broken);
    }
  }

  return { url: options.url, query, transaction, close: () => pool.end() };
}
