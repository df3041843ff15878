import { AppError, errorText } from '../lib/errors.ts';
import { redact } from '../redact/redact.ts';

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : '';

/** `host:port/database` of a URL, for messages; never the user's password. */
export function placeOf(url: string): string {
  try {
    const { hostname, port, pathname } = new URL(url);
    return `${hostname || 'localhost'}:${port || '5432'}${pathname}`;
  } catch {
    return 'the given URL';
  }
}

/** PostgreSQL's query_canceled: a statement ran into its time limit. */
const queryCanceled = '57014';

/** A transaction has no time left for a statement. */
export const budgetUsedUp = (budgetMs: number): AppError =>
  new AppError(
    'UNAVAILABLE',
    `Airflow's database: the transaction's ${budgetMs} ms are used up; raise airflow.transaction_timeout`,
    { cause: { code: queryCanceled } },
  );

/** Whether the work was too much for its time limit, and may succeed in smaller parts. */
export function ranOutOfTime(error: unknown): boolean {
  if (codeOf(error) === queryCanceled) return true;
  return error instanceof Error && error.cause !== undefined && ranOutOfTime(error.cause);
}

/** One line for a failure of Airflow's database: what happened, where, what to do. Codes: PostgreSQL appendix A, Node's errno names. */
export function describeDatabaseError(error: unknown, url: string): AppError {
  if (error instanceof AppError) return error;
  const place = placeOf(url);
  const unavailable = (message: string) => new AppError('UNAVAILABLE', message, { cause: error });
  const denied = (message: string) => new AppError('DENIED', message, { cause: error });
  switch (codeOf(error)) {
    case 'ECONNREFUSED':
      return unavailable(
        `Airflow's database at ${place} refuses connections; is PostgreSQL running there, and is airflow.database_url right?`,
      );
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return unavailable(`Airflow's database host in ${place} cannot be resolved; check the host name in airflow.database_url`);
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'CERT_HAS_EXPIRED':
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return denied(
        `The TLS certificate of Airflow's database at ${place} cannot be verified (${errorText(error)}); name its authority by sslrootcert=FILE in airflow.database_url, or encrypt without verifying by sslmode=no-verify`,
      );
    case '28000':
      if (/pg_hba/.test(errorText(error)))
        return denied(
          `Airflow's database at ${place} lets nobody in from here this way (${errorText(error)}); allow it in pg_hba.conf, or add sslmode=require to airflow.database_url`,
        );
      return denied(`Airflow's database at ${place} refuses the user or password; check airflow.database_url`);
    case '28P01':
      return denied(`Airflow's database at ${place} refuses the user or password; check airflow.database_url`);
    case '3D000':
      return new AppError('CONFIG', `There is no such database at ${place}; check the database name in airflow.database_url`, {
        cause: error,
      });
    case '42501':
      return denied(`Airflow's database at ${place}: ${redact(errorText(error))}; grant it with docs/airflow-role.sql`);
    case queryCanceled:
      return unavailable(
        `A statement on Airflow's database at ${place} ran into its time limit; the next cycle tries again (if it stays so, raise airflow.transaction_timeout)`,
      );
    case '55P03':
      return unavailable(
        `A table of Airflow's database at ${place} is locked, as during an upgrade of Airflow; the next cycle tries again`,
      );
    case '53300':
      return unavailable(`Airflow's database at ${place} has no connection left; the next cycle tries again`);
    case '57P01':
    case '57P02':
    case '57P03':
      return unavailable(`Airflow's database at ${place} is shutting down or starting up; the next cycle tries again`);
    case '42P01':
    case '42703':
      return unavailable(`Airflow's schema at ${place} has changed under us (${redact(errorText(error))}); it is probed again`);
    default: {
      const text = redact(errorText(error));
      // The driver's own time limits, in several words: while connecting, while waiting for rows.
      return unavailable(
        /timeout/i.test(text)
          ? `Airflow's database at ${place} does not answer in time; is it overloaded, or the way there blocked? The next cycle tries again`
          : `Airflow's database at ${place} cannot be read: ${text}`,
      );
    }
  }
}
