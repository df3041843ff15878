interface Occasion {
  runId: string;
  mapIndex: number | null;
  tryNumber: number | null;
}

/**
 * Where Airflow's web interface shows a DAG, a run, or a task of it; null for what is of no DAG. `base` is its public URL, `version` as it
 * was read (empty: not known yet, taken as 3).
 */
export function taskRunUrl(
  base: string,
  version: string,
  { dagId, taskId }: { dagId?: string; taskId?: string },
  occasion: Occasion | null,
): string | null {
  if (dagId === undefined || dagId === '') return null;
  const url = new URL(base);
  const at = (...parts: string[]): string =>
    `${url.pathname.replace(/\/$/, '')}/${parts.map((part) => encodeURIComponent(part.toWellFormed())).join('/')}`;
  const task = taskId === undefined || taskId === '' ? null : taskId;
  if (version.startsWith('2.')) {
    url.pathname = at('dags', dagId, 'grid');
    if (occasion !== null) url.searchParams.set('dag_run_id', occasion.runId);
    if (task !== null) url.searchParams.set('task_id', task);
    if (task !== null && occasion !== null && (occasion.mapIndex ?? -1) >= 0)
      url.searchParams.set('map_index', String(occasion.mapIndex));
    return url.href;
  }
  const run = occasion === null ? [] : ['runs', occasion.runId];
  const mapped = occasion !== null && (occasion.mapIndex ?? -1) >= 0 ? ['mapped', String(occasion.mapIndex)] : [];
  url.pathname = at('dags', dagId, ...run, ...(task === null ? [] : ['tasks', task, ...(run.length === 0 ? [] : mapped)]));
  if (task !== null && occasion?.tryNumber != null) url.searchParams.set('try_number', String(occasion.tryNumber));
  return url.href;
}
