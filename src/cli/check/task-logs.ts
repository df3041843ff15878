import { tryFolder, tryRest } from '../../airflow/task-logs/try-places.ts';
import type { Check } from './line.ts';

/** Whether task logs can be read, and from where. */
export const checkTaskLogs: Check = async ({ airflow: { logs } }, tell) => {
  const { folder, rest, timeout } = logs;
  const signal = AbortSignal.timeout(timeout);
  const places = [
    ...(folder === undefined ? [] : [await tryFolder(folder, signal)]),
    ...(rest.url === undefined ? [] : [await tryRest({ ...rest, url: rest.url }, signal)]),
  ];
  tell(
    places.length === 0
      ? {
          what: 'task logs',
          state: 'warn',
          detail:
            'no way to them is configured: failures are explained without; see airflow.logs.folder and airflow.logs.rest.url',
        }
      : { what: 'task logs', state: 'ok', detail: places.join(', then ') },
  );
};
