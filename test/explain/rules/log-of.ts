import { explainByRules } from '../../../src/explain/rules/explain-by-rules.ts';
import type { Explanation, TryFacts } from '../../../src/explain/explanation.ts';
import { reduceLines, reduceMissing } from '../../../src/explain/log/reduce-log.ts';
import type { Rule } from '../../../src/explain/rules/rule.ts';

const head = (file: string, level: string): string => `[2026-04-01T05:00:00.000+0000] {${file}:70} ${level} - `;
const marked = `${head('taskinstance.py', 'INFO')}Marking task as FAILED. dag_id=shop, task_id=load`;

/** The log of a Python task that ends with an exception, told as `Type: message`, with its last call. */
export const raised = (told: string, call = 'File "/opt/airflow/dags/shop.py", line 20, in load'): string[] => [
  `${head('shop.py', 'INFO')}begin`,
  `${head('taskinstance.py', 'ERROR')}Task failed with exception`,
  'Traceback (most recent call last):',
  '  File "/opt/airflow/dags/shop.py", line 12, in run',
  `  ${call}`,
  ...told.split('\n'),
  marked,
];

/** The log of a shell command that prints these lines and ends with an exit code. */
export const printed = (lines: string, exit = 1): string[] => [
  `${head('subprocess.py', 'INFO')}Output:`,
  `${head('subprocess.py', 'INFO')}begin`,
  ...lines.split('\n').map((line) => head('subprocess.py', 'INFO') + line),
  `${head('subprocess.py', 'INFO')}Command exited with return code ${exit}`,
  `${head('taskinstance.py', 'ERROR')}Task failed with exception`,
  'Traceback (most recent call last):',
  '  File "/usr/local/lib/python3.12/site-packages/airflow/operators/bash.py", line 276, in execute',
  '    raise AirflowException(',
  `airflow.exceptions.AirflowException: Bash command failed. The command returned a non-zero exit code ${exit}.`,
  marked,
];

export const tried = (...events: TryFacts['events']): TryFacts => ({
  state: 'failed',
  operator: 'PythonOperator',
  tryNumber: 1,
  maxTries: 0,
  durationSeconds: 30,
  pool: 'default_pool',
  queue: 'default',
  host: null,
  events,
});

export function explainLines(lines: readonly string[], facts: TryFacts = tried(), own: readonly Rule[] = []): Explanation {
  return explainByRules({ log: reduceLines(lines, { place: 'test', operator: facts.operator }), facts, own });
}

export const explainMissing = (facts: TryFacts = tried()): Explanation =>
  explainByRules({ log: reduceMissing({ why: 'not_there', reason: 'there is no log' }, facts.operator), facts });

/** The answer to a case of a table: `$ …` is what a command prints, `! event` a row without a log, all else an exception. */
export function explainCase(text: string): Explanation {
  const { 0: mark } = text;
  if (mark === '!') {
    const [event = '', extra = null] = text.slice(1).trim().split(': ', 2);
    return explainMissing(tried({ event, extra }));
  }
  if (mark !== '$') {
    const [told = '', call] = text.split(' @ ', 2);
    return explainLines(raised(told, call));
  }
  const [, exit = '1', shown = ''] = /^\$(\d*) ([^]*)$/.exec(text) ?? [];
  return explainLines(printed(shown, exit === '' ? 1 : Number(exit)));
}
