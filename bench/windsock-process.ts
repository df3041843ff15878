import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { fileURLToPath } from 'node:url';
import { sleep } from '../src/lib/clock.ts';
import { closeAtExit } from './cleanup.ts';
import { freePort, stopProcess } from './process.ts';

/** How the main thread of a Windsock fares, since it was last asked to begin anew. */
export interface ProcessState {
  /** Longest time between two turns of the event loop; its timer ticks every millisecond. */
  loopMaxMs: number;
  loopP99Ms: number;
  /** Most processor time that it took between two turns: the longest delay on a machine where it never waits. */
  longestRunMs: number;
  rssBytes: number;
  /** Since it started: how long the thread ran, and how long it could have run and had no processor; NaN but on Linux. */
  ranMs: number;
  waitedMs: number;
}

export interface WindsockProcess extends AsyncDisposable {
  url: string;
  /** How it fares; `reset` begins the longest delay anew. */
  state(ask: 'read' | 'reset'): Promise<ProcessState>;
  /** The last of what it logged. */
  output(): string;
  /** Milliseconds from its start to the first exposition that holds `text`. */
  firstScrapeWith(text: string, withinMs: number): Promise<number>;
}

const bin = fileURLToPath(new URL('../bin/windsock.cjs', import.meta.url));
const builder = fileURLToPath(new URL('../scripts/build.ts', import.meta.url));
const watch = new URL('./watch-process.ts', import.meta.url);

/** As JavaScript: a process that strips types takes 18 MB more a thread. */
function watchUrl(): string {
  return `data:text/javascript,${encodeURIComponent(stripTypeScriptTypes(readFileSync(watch, 'utf8')))}`;
}

/** Builds the package, unless it is built. */
function build(): void {
  if (spawnSync(process.execPath, [builder, '--if-changed'], { stdio: ['ignore', 'ignore', 'inherit'] }).status !== 0)
    throw new Error('the package cannot be built');
}

/** Starts a real Windsock as the package has it, with the settings of `env` on a free port of loopback. */
export async function startWindsock(command: string[], env: Record<string, string>): Promise<WindsockProcess> {
  build();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('WINDSOCK_') && !name.startsWith('OTEL_'));
  const beganMs = performance.now();
  const child = spawn(process.execPath, ['--import', watchUrl(), bin, ...command, '--port', `${port}`], {
    env: { ...Object.fromEntries(inherited), WINDSOCK_HTTP_HOST: '127.0.0.1', BENCH_PARENT: `${process.pid}`, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-4000)));
  return {
    url,
    output: () => output,
    state: (ask) => askState(child, ask),
    async firstScrapeWith(text, withinMs) {
      for (;;) {
        if (child.exitCode !== null) throw new Error(`Windsock ended: ${output}`);
        const body = await fetch(`${url}/metrics`).then(
          async (response) => (response.ok ? response.text() : ''),
          () => '',
        );
        const tookMs = performance.now() - beganMs;
        if (body.includes(text)) return tookMs;
        if (tookMs > withinMs) throw new Error(`Windsock has not shown ${text} in ${withinMs / 1000} s: ${output}`);
        await sleep(5);
      }
    },
    [Symbol.asyncDispose]: closeAtExit(() => stopProcess(child)),
  };
}

function askState(child: ChildProcess, ask: 'read' | 'reset'): Promise<ProcessState> {
  return new Promise((resolve, reject) => {
    const ended = () => reject(new Error('Windsock ended'));
    child.once('exit', ended);
    child.once('message', (message) => {
      child.off('exit', ended);
      resolve(message as ProcessState);
    });
    child.send(ask);
  });
}
