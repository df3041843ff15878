import { isatty } from 'node:tty';
import { pino } from 'pino';
import { namesSecret } from '../redact/secret-names.ts';
import { gone } from '../redact/gone.ts';
import type { TelemetryConfig } from './config.ts';

export type LogFields = Readonly<Record<string, unknown>>;

/** What the rooms log with: a sentence, and the facts beside it. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds `fields` to every line. */
  child(fields: LogFields): Logger;
}

export interface LoggerOptions {
  config: TelemetryConfig['log'];
  /** Takes the secrets out of a text; every message and every text among the fields goes through it. */
  redact: (text: string) => string;
  /** Takes whole lines. Unset: standard error, written at once, so that worker threads and a crash lose nothing. */
  write?: (line: string) => void;
}

const stderrFd = 2;
const depthMax = 6;

/** `value` with every text in it redacted; errors become their message, code and cause. */
function clean(value: unknown, redact: (text: string) => string, depth = 0): unknown {
  if (typeof value === 'string') return redact(value);
  if (typeof value === 'bigint' || typeof value === 'symbol' || typeof value === 'function') return redact(String(value));
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= depthMax) return '…';
  if (value instanceof Date) return value;
  const deeper = (part: unknown): unknown => clean(part, redact, depth + 1);
  if (value instanceof Error) {
    const code = 'code' in value ? { code: deeper(value.code) } : {};
    return { message: redact(value.message), ...code, ...(value.cause === undefined ? {} : { cause: deeper(value.cause) }) };
  }
  if (value instanceof Map) return deeper(Object.fromEntries(value));
  if (value instanceof Set) return deeper([...value]);
  if (Array.isArray(value)) return value.map(deeper);
  const named = (key: string, part: unknown): unknown => (typeof part === 'string' && namesSecret(key) ? gone : deeper(part));
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, named(key, part)]));
}

const oneLine = (text: string): string => text.replaceAll(/\s*[\r\n]+\s*/g, ' ');

/** A JSON log line as a person reads it: time, level, message, facts. */
export function lineForPeople(json: string): string {
  const { time, level, msg, ...fields } = JSON.parse(json) as Record<string, unknown>;
  const facts = Object.entries(fields).map(([key, value]) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return ` ${key}=${/^[^\s"=]+$/.test(text) ? text : JSON.stringify(text)}`;
  });
  return `${String(time).slice(11, 19)} ${String(level).toUpperCase().padEnd(5)} ${oneLine(String(msg))}${facts.join('')}\n`;
}

function wrap(inner: pino.Logger, redact: (text: string) => string): Logger {
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, fields: LogFields = {}): void => {
      // Cleaning costs more than a line that nobody sees.
      if (inner.isLevelEnabled(level)) inner[level](clean(fields, redact), oneLine(redact(message)));
    };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => wrap(inner.child(clean(fields, redact) as pino.Bindings), redact),
  };
}

/** A logger by the configuration: JSON lines, or text on a terminal. */
export function createLogger({ config, redact, write }: LoggerOptions): Logger {
  const sink = write === undefined ? pino.destination({ fd: stderrFd, sync: true }) : { write };
  const forPeople = config.format === 'text' || (config.format === 'auto' && write === undefined && isatty(stderrFd));
  const destination = forPeople ? { write: (line: string) => void sink.write(lineForPeople(line)) } : sink;
  const options: pino.LoggerOptions = {
    level: config.level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (level) => ({ level }) },
  };
  return wrap(pino(options, destination), redact);
}
