/** A line that a task writes, whatever its Airflow makes of it. */
export interface LogLine {
  level: 'info' | 'warning' | 'error';
  text: string;
  /** The module that says it: Airflow 2 shows its file, Airflow 3 its logger too. */
  logger: string;
  file: string;
  line: number;
}

export interface Frame {
  file: string;
  line: number;
  name: string;
  code: string;
}

/** An exception as a traceback shows it. */
export interface Raised {
  /** With its module, as Python prints it. */
  type: string;
  value: string;
  frames: readonly Frame[];
}

/** How a try fails: what it says before, and what it raises. */
export interface Mishap {
  lines: readonly LogLine[];
  /** The exception that ends the try first, then what caused it. Empty: the process was killed. */
  raised: readonly Raised[];
  /** Whether a cause was raised `from`, or came while another was handled. */
  explicit: boolean;
}

/** A line of the DAG author's own code. */
export const ownLine = (text: string, level: LogLine['level'] = 'info', line = 41): LogLine => ({
  level,
  text,
  line,
  logger: 'shop.pipeline',
  file: 'pipeline.py',
});

/** A line of a provider's operator or hook. */
export const operatorLine = (text: string, file: string, line: number, level: LogLine['level'] = 'info'): LogLine => ({
  level,
  text,
  file,
  line,
  logger: `airflow.task.operators.airflow.providers.${file.replace('.py', '')}`,
});
