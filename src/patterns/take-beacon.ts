import { middleCut } from '../logs/excerpt.ts';
import type { Redactor } from '../redact/redactor.ts';
import type { Store } from '../store/store.ts';
import { environmentOf, type GivenEnvironment } from './environment.ts';
import { recordErrors } from './record-errors.ts';
import { saveEnvironment } from './save-environment.ts';
import { toldError, type GivenError } from './told-error.ts';

/** An error as a Python program tells of it. */
export interface GivenBeacon {
  error: GivenError;
  /** Hash of an environment that was told of before, or one that is told now. */
  environment: string | GivenEnvironment | null;
  host: string | null;
  dagId: string | null;
  taskId: string | null;
  runId: string | null;
  tryNumber: number | null;
}

interface Taking {
  redactor: Redactor;
  now: Date;
}

const nameMax = 500;
const nameOf = (name: string | null, redactor: Redactor): string | null =>
  name === null ? null : middleCut(redactor.text(name), nameMax);

/** Keeps the environment of a worker; returns its hash. Throws INVALID for a package that is no specifier. */
export async function takeEnvironment(
  store: Store,
  airflow: string,
  { environment, host }: { environment: GivenEnvironment; host: string | null },
  { redactor, now }: Taking,
): Promise<string> {
  const kept = environmentOf(environment, redactor);
  await saveEnvironment(store, airflow, kept, { host: nameOf(host, redactor), now });
  return kept.hash;
}

/** Keeps an error and counts it; returns its signature and the id of its cluster. */
export async function takeBeacon(
  store: Store,
  airflow: string,
  { error, environment, host, ...where }: GivenBeacon,
  { redactor, now }: Taking,
): Promise<{ signature: string; clusterId: string }> {
  const hash =
    environment === null || typeof environment === 'string'
      ? environment
      : await takeEnvironment(store, airflow, { environment, host }, { redactor, now });
  const told = toldError(error, redactor);
  const [clusterId = ''] = await store.transaction((tx) =>
    recordErrors(tx, airflow, [
      {
        source: 'beacon',
        key: null,
        error: told,
        at: now,
        environment: hash,
        dagId: nameOf(where.dagId, redactor),
        taskId: nameOf(where.taskId, redactor),
        runId: nameOf(where.runId, redactor),
        tryNumber: where.tryNumber,
      },
    ]),
  );
  return { signature: told.signature, clusterId };
}
