import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, realpathSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

export interface Answer {
  code: number | string | null;
  stdout: string;
  stderr: string;
}

export interface Served {
  /** Whether `/metrics` came to say what was wanted. */
  shown: boolean;
  seconds: number;
  /** How it ended after SIGTERM. */
  code: number | string | null;
  said: string;
  metrics: string;
  /** The landing page. */
  page: string;
}

type Environment = Readonly<Record<string, string>>;

/** The command that was installed in `work`/consumer, run with one Node as the only program on its PATH and no variable of ours. */
export function installedIn(work: string) {
  const installed = join(work, 'consumer/node_modules/.bin/windsock');

  function call(node: string, args: readonly string[], environment: Environment = {}) {
    const path = mkdtempSync(join(work, 'path-'));
    symlinkSync(realpathSync(node), join(path, 'node'));
    const options = { cwd: work, env: { PATH: path, HOME: work, ...environment } };
    // Through `env`, as the command's first line asks for: that finds the node on this PATH and no other.
    return { program: '/usr/bin/env', args: ['node', installed, ...args], options };
  }

  function windsock(node: string, args: readonly string[]): Promise<Answer> {
    const made = call(node, args);
    return new Promise((done) => {
      execFile(made.program, made.args, { ...made.options, timeout: 60_000 }, (error, stdout, stderr) => {
        done({ code: error === null ? 0 : (error.code ?? error.signal ?? null), stdout, stderr });
      });
    });
  }

  /** Runs a command that serves until its `/metrics` shows `wanted`, then ends it by SIGTERM. */
  async function serveUntil(node: string, args: readonly string[], environment: Environment, wanted: RegExp): Promise<Served> {
    const made = call(node, args, environment);
    const child = spawn(made.program, made.args, { ...made.options, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        said += chunk;
      });
    }
    const exit = new Promise<number | string | null>((done) => {
      child.once('exit', (code, signal) => done(code ?? signal));
    });
    let metrics = '';
    let page = '';
    const get = (url: string): Promise<string> =>
      fetch(url, { signal: AbortSignal.timeout(10_000) }).then(
        (response) => response.text(),
        () => '',
      );
    const began = performance.now();
    while (child.exitCode === null && child.signalCode === null && !wanted.test(metrics) && performance.now() - began < 90_000) {
      await wait(100);
      const url = /http:\/\/(?:127\.0\.0\.1|localhost):\d+/.exec(said)?.[0];
      if (url === undefined) continue;
      metrics = await get(`${url}/metrics`);
      page = await get(url);
    }
    const seconds = (performance.now() - began) / 1000;
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
    const code = await exit;
    clearTimeout(late);
    return {
      shown: wanted.test(metrics),
      seconds,
      code,
      said: said.slice(-2000),
      metrics: metrics.slice(0, 500),
      page: page.slice(0, 500),
    };
  }

  return { windsock, serveUntil };
}
