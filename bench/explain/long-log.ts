import { labelledLines, sources } from '../log-lines.ts';

export type LogFormat = 'airflow2' | 'airflow3';

const end = [
  'Traceback (most recent call last):',
  '  File "/opt/airflow/dags/orders.py", line 41, in load',
  '    cursor.execute(statement)',
  'psycopg2.errors.UndefinedColumn: column "discount" of relation "orders" does not exist',
  'LINE 1: INSERT INTO orders (id, discount) VALUES',
];

/** The lines of a task's log of about so many bytes that ends with an exception, with many kinds of messages before it. */
export function longLog(format: LogFormat, bytes: number): string[] {
  const messages = sources.flatMap((source) => labelledLines(source, 4000, 3).map(({ message }) => message));
  const lines: string[] = [];
  let size = 0;
  for (let index = 0; size < bytes; index += 1) {
    const message = messages[(index * 7919) % messages.length] ?? '';
    const line = format === 'airflow2' ? text(index, message) : json(index, 'info', message);
    lines.push(line);
    size += line.length + 1;
  }
  if (format === 'airflow2') return [...lines, text(lines.length, 'Task failed with exception', 'ERROR'), ...end];
  return [...lines, json(lines.length, 'error', `Task failed with exception\n${end.join('\n')}`)];
}

const at = (index: number): string => new Date(Date.UTC(2026, 0, 5) + index * 37).toISOString();
const text = (index: number, message: string, level = 'INFO'): string =>
  `[${at(index).slice(0, -1)}+0000] {orders.py:${30 + (index % 90)}} ${level} - ${message}`;
const json = (index: number, level: string, event: string): string =>
  JSON.stringify({ timestamp: at(index), level, event, logger: 'orders', filename: 'orders.py', lineno: 30 + (index % 90) });
