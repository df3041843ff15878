import { cleanLine, lineLengthMax } from './clean-line.ts';
import { exceptionOfDetail } from './error-detail.ts';
import { timeOf } from './parse-text.ts';
import { levelOf, type LogRecord } from './record.ts';

/** A longer line is no message of Airflow's. */
const jsonLengthMax = 2_000_000;
const textLinesMax = 2000;
/** Fields that say which try it is, or are read into the record. */
const known = new Set(
  'timestamp level event logger logger_name filename lineno func_name chan error_detail exception exc_info ti_id ti dag_id task_id run_id map_index try_number hostname pid loc'.split(
    ' ',
  ),
);

/** The fields of a JSON log line; undefined for any other line. */
export function parseJsonLine(raw: string): Record<string, unknown> | undefined {
  if (raw.charCodeAt(0) !== 123 || raw.length > jsonLengthMax) return undefined;
  try {
    const value: unknown = JSON.parse(raw);
    if (typeof value !== 'object' || value === null) return undefined;
    return 'event' in value || 'message' in value || 'timestamp' in value ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The message of a log line that is JSON, whoever wrote it; undefined for any other line. */
export function messageOfJson(raw: string): string | undefined {
  if (raw.charCodeAt(raw.length - 1) !== 125) return undefined;
  try {
    const { event, message, msg, log } = JSON.parse(raw) as Record<string, unknown>;
    return [event, message, msg, log].find((value) => typeof value === 'string');
  } catch {
    return undefined;
  }
}

/** A line of Airflow 3: its event, with what else it carries behind it as `key=value`. */
export function recordOfJson(data: Record<string, unknown>, line: number): LogRecord {
  const event = stringOf(data['event']) ?? stringOf(data['message']) ?? '';
  const more = Object.entries(data)
    .filter(([key]) => !known.has(key) && !(key === 'message' && !('event' in data)))
    .map(([key, value]) => extra(key, value))
    .filter((text) => text !== undefined)
    .slice(0, 20);
  const trace = stringOf(data['exception']) ?? (typeof data['error_detail'] === 'string' ? data['error_detail'] : undefined);
  const text = [[event, ...more].join(' '), ...(trace === undefined ? [] : [trace])].join('\n');
  const level = levelOf(stringOf(data['level']) ?? '');
  const at = timeOf(stringOf(data['timestamp']) ?? '');
  const logger = stringOf(data['logger']) ?? stringOf(data['logger_name']);
  const source = sourceOf(data);
  const stream = streamOf(data['chan'] ?? logger);
  const error = exceptionOfDetail(data['error_detail'], line);
  return {
    line,
    span: 1,
    text: cleaned(text),
    ...(level === undefined ? {} : { level }),
    ...(at === undefined ? {} : { at }),
    ...(logger === undefined ? {} : { logger: logger.slice(0, 300) }),
    ...(source === undefined ? {} : { source }),
    ...(stream === undefined ? {} : { stream }),
    ...(error === undefined ? {} : { error }),
  };
}

function cleaned(text: string): string {
  const lines = text.replace(/\n$/, '').split('\n', textLinesMax);
  return lines.map(cleanLine).join('\n');
}

function sourceOf({ filename, lineno, loc }: Record<string, unknown>): string | undefined {
  if (typeof filename === 'string') return typeof lineno === 'number' ? `${filename}:${lineno}` : filename;
  return typeof loc === 'string' ? loc : undefined;
}

/** Airflow 3.0 names the channel, later releases a logger `task.stdout`. */
function streamOf(name: unknown): 'stdout' | 'stderr' | undefined {
  if (name === 'stdout' || name === 'task.stdout') return 'stdout';
  return name === 'stderr' || name === 'task.stderr' ? 'stderr' : undefined;
}

function extra(key: string, value: unknown): string | undefined {
  if (value === null || value === undefined || value === '') return undefined;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return `${key}=${text.length > 300 ? `${text.slice(0, 299)}…` : text}`;
}

const stringOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? value.slice(0, lineLengthMax * 100) : undefined;
