import { runWindsock } from './run-windsock.ts';

interface Line {
  what: string;
  state: 'ok' | 'warn' | 'fail';
  detail: string;
  seconds?: number;
}

/** Runs `windsock check --json` with these variables to its end; `of` gives the lines on one matter. */
export async function runCheck(environment: Record<string, string>, ...args: string[]) {
  const { code, stdout, stderr } = await runWindsock(['check', '--json', ...args], environment);
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
  return { code, lines, stderr, of: (what: string) => lines.filter((line) => line.what === what) };
}
