import { spawn } from 'node:child_process';
import { entry, environmentOf } from './child.ts';

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a `windsock` command to its end, with these variables and nothing else of our environment but PATH. */
export async function runWindsock(
  args: readonly string[],
  environment: Record<string, string> = {},
  withinMs = 50_000,
): Promise<Ended> {
  const child = spawn(process.execPath, [entry, ...args], {
    env: environmentOf(environment),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err]: [string[], string[]] = [[], []];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => out.push(chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => err.push(chunk));
  const late = setTimeout(() => child.kill('SIGKILL'), withinMs);
  const code = await new Promise<number | null>((done) => {
    child.on('close', done);
  });
  clearTimeout(late);
  return { code, stdout: out.join(''), stderr: err.join('') };
}
