import type { LogTry } from './task-log.ts';

/** Airflow's defaults: from 2.3 on, and before. */
export const defaultTemplates: readonly string[] = [
  'dag_id={{ ti.dag_id }}/run_id={{ ti.run_id }}/task_id={{ ti.task_id }}/{% if ti.map_index >= 0 %}map_index={{ ti.map_index }}/{% endif %}attempt={{ try_number }}.log',
  '{{ ti.dag_id }}/{{ ti.task_id }}/{{ ts }}/{{ try_number }}.log',
];

const padded = (value: number, width = 2): string => String(value).padStart(width, '0');

/** As Python's `isoformat()` writes a time in UTC: microseconds only where there are some. */
function isoformat(date: Date): string {
  const millis = date.getUTCMilliseconds();
  return `${date.toISOString().slice(0, 19)}${millis === 0 ? '' : `.${padded(millis, 3)}000`}+00:00`;
}

/** What a name in a template stands for; undefined for a name that we cannot fill. */
function valueOf(name: string, { dagId, taskId, runId, mapIndex, tryNumber, logicalDate }: LogTry): string | undefined {
  switch (name.replace(/^(?:ti|dag_run|task_instance)\./, '')) {
    case 'dag_id':
      return dagId;
    case 'task_id':
      return taskId;
    case 'run_id':
      return runId;
    case 'map_index':
      return String(mapIndex);
    case 'try_number':
      return String(tryNumber);
    case 'ts':
    case 'execution_date':
    case 'logical_date':
      return logicalDate === undefined || logicalDate === null ? undefined : isoformat(logicalDate);
    default:
      return undefined;
  }
}

const condition = /\{%-? if (?:ti\.)?map_index >= 0 -?%\}(.*?)\{%-? endif -?%\}/g;
const placeholder = /\{\{\s*([\w.]+)\s*(?:\|\s*(?:default\(\s*[\w.]+\s*\)|string|int)\s*)?\}\}|\{([\w.]+)\}/g;

/**
 * The path that a template of Airflow's (`[logging] log_filename_template`: Jinja, or Python's format in old ones) gives the log of a
 * try, below the log folder. Undefined for a template that says more than names of this try, and one that needs a date the run has not.
 */
export function fillTemplate(template: string, of: LogTry): string | undefined {
  let known = true;
  const path = template
    .replaceAll(condition, (_all, inside: string) => (of.mapIndex >= 0 ? inside : ''))
    .replaceAll(placeholder, (_all, jinja: string | undefined, format: string | undefined) => {
      const value = valueOf(jinja ?? format ?? '', of);
      known &&= value !== undefined;
      return value ?? '';
    });
  // What is left of Jinja's signs was not understood; an id that holds them is none of Airflow's.
  return known && !/\{[{%]|[%}]\}/.test(path) ? path : undefined;
}
