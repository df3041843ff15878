import { readdir } from 'node:fs/promises';
import { AppError, errorText } from '../../lib/errors.ts';
import { connectRest, textOf, type RestSettings } from './rest-access.ts';
import { untilAborted, type Missing } from './task-log.ts';

/** What a mounted log folder holds, in a phrase. Throws UNAVAILABLE when it cannot be read. */
export async function tryFolder(folder: string, signal: AbortSignal): Promise<string> {
  try {
    const names = await untilAborted(readdir(folder), signal);
    const dags = names.filter((name) => name.startsWith('dag_id=')).length;
    return `folder ${folder} with logs of ${dags} DAG${dags === 1 ? '' : 's'}`;
  } catch (error) {
    const why = signal.aborted ? 'it does not answer in time' : errorText(error);
    throw new AppError('UNAVAILABLE', `the folder of airflow.logs.folder cannot be read: ${why}`, { cause: error });
  }
}

/** Which Airflow answers at the REST API, and that it lets us in. Throws UNAVAILABLE or DENIED with what to do. */
export async function tryRest(settings: RestSettings, signal: AbortSignal): Promise<string> {
  const major = await majorOf(settings, signal);
  const access = connectRest(settings, major);
  const answer = await access.get('dags?limit=1', 'application/json', signal);
  if ('found' in answer) throw told(answer);
  await answer.body?.cancel();
  const who = `the REST API of Airflow ${major} at ${access.place}`;
  if (answer.ok) return who;
  throw new AppError(
    answer.status === 401 || answer.status === 403 ? 'DENIED' : 'UNAVAILABLE',
    `${who} answers ${answer.status}; airflow.logs.rest needs a user who may read DAGs and task logs`,
  );
}

/** 3.x tells its version to everybody, and 2.x does at its own path. */
async function majorOf(settings: RestSettings, signal: AbortSignal): Promise<2 | 3> {
  for (const major of [3, 2] as const) {
    // Without a user: else a login that fails would hide which Airflow it is.
    const access = connectRest({ url: settings.url, token: settings.token ?? 'none' }, major);
    const answer = await access.get('version', 'application/json', signal);
    if ('found' in answer) throw told(answer);
    const text = await textOf(answer, 10_000).catch(() => '');
    if (answer.ok && text.includes('"version"')) return major;
    if (major === 2 && (answer.status === 401 || answer.status === 403)) return 2;
  }
  throw new AppError(
    'UNAVAILABLE',
    `${new URL(settings.url).host} is no Airflow that Windsock knows; check airflow.logs.rest.url`,
  );
}

const told = ({ why, reason }: Missing): AppError => new AppError(why === 'refused' ? 'DENIED' : 'UNAVAILABLE', reason);
