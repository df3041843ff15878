import { spawn } from 'node:child_process';
import { onTestFailed } from 'vitest';
import { entry, environmentOf } from './child.ts';
import { eventually } from './eventually.ts';
import { parseExposition, type ParsedExposition } from './parse-exposition.ts';

export interface LogLine {
  level: string;
  msg: string;
  /** Text of the error that it tells of; empty without one. */
  error: string;
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A real `windsock` process. */
export interface WindsockProcess extends AsyncDisposable {
  pid: number;
  /** Everything it wrote to standard error. */
  output(): string;
  /** Everything it wrote to standard output. */
  printed(): string;
  /** Its log, line by line; what is no JSON is left out. */
  lines(): LogLine[];
  /** Resolves once it says `pattern` in a message or an error, to that line. */
  says(pattern: RegExp, withinMs?: number): Promise<LogLine>;
  /** Where it listens; waits until it does, a demo for its history. */
  url(): Promise<string>;
  /** The text exposition as it is. */
  body(): Promise<string>;
  metrics(): Promise<ParsedExposition>;
  /** When the last look at Airflow that it shows was; null where it does not answer at once. */
  lastLook(): Promise<Date | null>;
  /** Status of `/readyz`. */
  readyStatus(): Promise<number>;
  signal(name: NodeJS.Signals): void;
  exit: Promise<Exit>;
}

function readLine(line: string): LogLine[] {
  if (!line.startsWith('{') || !line.endsWith('}')) return [];
  const { level, msg, error } = JSON.parse(line) as { level: string; msg: string; error?: string | { message: string } };
  return [{ level, msg, error: typeof error === 'string' ? error : (error?.message ?? '') }];
}

/** Starts `windsock <arguments>` (default: `serve`) with these variables and nothing else of our environment but PATH. */
export function startWindsock(
  environment: Record<string, string>,
  args: readonly string[] = ['serve', '--port', '0'],
): WindsockProcess {
  const child = spawn(process.execPath, [entry, ...args], {
    env: environmentOf({ WINDSOCK_INTERVAL: '1s', ...environment }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    printed += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  const exit = new Promise<Exit>((done) => {
    child.on('close', (code, signal) => done({ code, signal }));
  });
  try {
    onTestFailed(() => console.log(`windsock ${args.join(' ')} (pid ${child.pid}) said:\n${output}`));
  } catch {
    // Tests that run side by side have no current one after their first wait; what they say stands in the failure itself.
  }

  const lines = (): LogLine[] => output.split('\n').flatMap(readLine);
  const says = (pattern: RegExp, withinMs = 60_000) =>
    eventually(`windsock says ${pattern}`, () => lines().find((line) => pattern.test(JSON.stringify(line))), { withinMs });
  const url = async () => /http:\S+/.exec((await says(/listening on/, 120_000)).msg)?.[0] ?? '';
  const get = async (path: string) => fetch(`${await url()}${path}`, { signal: AbortSignal.timeout(20_000) });
  async function lastLook(): Promise<Date | null> {
    const listening = lines().find(({ msg }) => /listening on/.test(msg));
    const [address] = /http:\S+/.exec(listening?.msg ?? '') ?? [];
    if (address === undefined) return null;
    try {
      const text = await (await fetch(`${address}/metrics`, { signal: AbortSignal.timeout(500) })).text();
      const seconds = /\nwindsock_snapshot_timestamp_seconds (\S+)/.exec(text)?.[1];
      return seconds === undefined ? null : new Date(Number(seconds) * 1000);
    } catch {
      return null;
    }
  }
  const body = async () => (await get('/metrics')).text();
  return {
    pid: child.pid ?? 0,
    output: () => output,
    printed: () => printed,
    lines,
    says,
    url,
    body,
    metrics: async () => parseExposition(await body()),
    lastLook,
    readyStatus: async () => (await get('/readyz')).status,
    signal: (name) => void child.kill(name),
    exit,
    async [Symbol.asyncDispose]() {
      child.kill('SIGCONT');
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), 8000);
      await exit;
      clearTimeout(late);
    },
  };
}
