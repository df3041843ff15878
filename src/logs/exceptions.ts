/** A place in the code that an exception passed. */
export interface Frame {
  file: string;
  /** 0 where the trace does not say. */
  line: number;
  function: string;
  /** Whether it is the user's own code: neither Airflow, nor a library, nor the language's own. */
  user: boolean;
  /** The raw line of the log on which it stands. */
  at: number;
}

/** An exception as a log tells it. */
export interface Exception {
  /** With its module as printed: `psycopg2.errors.UniqueViolation`. */
  type: string;
  message: string;
  /** Outermost call first, as Python prints them, whatever the language. */
  frames: Frame[];
  /** The raw line of the log on which its type and message stand. */
  line: number;
  /** What it was raised from, or what was being handled when it was raised. */
  cause?: Exception;
  /** Whether the code named the cause itself (`raise … from`, `Caused by:`); else it only came first. */
  causeIsDirect?: boolean;
  /** Of an exception group: its members. */
  members?: Exception[];
}

/** `exception` and what lies beneath it, outermost first; of a group the first member stands for all. */
export function chainOf(exception: Exception): Exception[] {
  const chain: Exception[] = [];
  for (let at: Exception | undefined = exception; at !== undefined && chain.length < 100; at = at.cause ?? at.members?.[0])
    chain.push(at);
  return chain;
}

/** The exception at the bottom of the chain: what happened first. */
export const innermost = (exception: Exception): Exception => chainOf(exception).at(-1) ?? exception;

/** The last frame in the user's code, looked for from the innermost exception outwards; undefined without one. */
export function lastUserFrame(exception: Exception): Frame | undefined {
  for (const each of chainOf(exception).reverse()) {
    const frame = each.frames.findLast(({ user }) => user);
    if (frame !== undefined) return frame;
  }
  return undefined;
}

/** `KeyError` of `builtins.KeyError`. */
export const shortType = (type: string): string => type.slice(type.lastIndexOf('.') + 1);

/** `type: message`, the message's first line only. */
export function headline({ type, message }: Pick<Exception, 'type' | 'message'>): string {
  const [first = ''] = message.split('\n', 1);
  return first === '' ? type : `${type}: ${first}`;
}

// Exceptions that only say that something else failed.
const wrappers: readonly RegExp[] = [
  /\bBash command failed\b/,
  /\bBash command returned exit code\b/,
  /^Pod \S{1,300} returned a failure\b/,
  /\bPod took too long to start\b.{0,80}\bcheck the pod events\b/i,
  /^Task failed with exception\b/,
  /^Failed to execute (?:job|task)\b/,
  /\bDocker container failed\b/,
  /\bCannot execute: ?\S{0,20}(?:spark-submit|beeline|hive)/,
  /\bSSH (?:operator error|command): ?(?:exit status|exit code)?/i,
  /\breturned (?:a )?non-?zero exit (?:status|code)\b/i,
  /\bexit code [1-9]\d{0,2}\b.{0,40}\bsee (?:the )?(?:log|output)/i,
  /^(?:dbt|The dbt) command failed\b/i,
  /^There was an error executing (?:a |the )?command\b/i,
  /^Process (?:failed|returned non-zero|exited with)/,
  /\bsubprocess (?:failed|returned)/i,
  /^Job \S{1,200} (?:failed|did not succeed)\.?$/i,
];
const wrapperTypes = new Set(['CalledProcessError', 'RetryError', 'SystemExit', 'NonZeroExitError']);

/** Whether an exception only reports that a command, a pod or a job failed: never the cause itself. */
export function isWrapper({ type, message }: Pick<Exception, 'type' | 'message'>): boolean {
  if (wrapperTypes.has(shortType(type))) return true;
  const [first = ''] = message.split('\n', 1);
  return wrappers.some((pattern) => pattern.test(first));
}

// Site packages, Airflow's own sources, the standard library, and code without a file.
const notUserFile =
  /(?:site|dist)-packages[\\/]|[\\/](?:airflow-core|task-sdk|airflow)[\\/](?:src[\\/])?airflow[\\/]|^airflow[\\/](?!dags|plugins)|[\\/]lib(?:64)?[\\/]python\d[\d.]*[\\/]|^<|[\\/]python\d*\.zip|^lib[\\/]python/;
const notUserClass =
  /^(?:java|javax|jdk|sun|com\.sun|scala|kotlin|groovy|akka|io\.netty|io\.grpc|org\.apache|org\.spark|org\.springframework|org\.hibernate|org\.postgresql|com\.(?:google|amazonaws|fasterxml|mysql|databricks|snowflake|zaxxer)|net\.snowflake|oracle|py4j|shaded)\./;

/** Whether a Python file is the user's. */
export const isUserFile = (file: string): boolean => !notUserFile.test(file);

/** Whether a JVM method is the user's, by its class. */
export const isUserMethod = (method: string): boolean => !notUserClass.test(method);
