import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { AppError } from '../lib/errors.ts';
import type { FromSimulator, SimulatorSettings, ToSimulator } from './simulator-messages.ts';

export interface Simulator {
  size: { dags: number; runs: number; tries: number };
  /** Rejects when it ends without being told to. */
  broken: Promise<never>;
  stop(): Promise<void>;
}

type Told = Exclude<FromSimulator, { kind: 'live' | 'broken' }>;

const stopTimeoutMs = 2000;
// Writing a history makes much garbage that lives briefly: a small nursery keeps the process small.
const execArgv = ['--max-semi-space-size=2', '--optimize-for-size'];
// The build turns the name into that of the emitted file.
const entry = new URL('./simulator-process.ts', import.meta.url);

/** Starts the simulated Airflow, and resolves once its history is written; then it lives on until it is stopped. */
export async function startSimulator(
  settings: SimulatorSettings,
  { onTold, signal }: { onTold: (message: Told) => void; signal: AbortSignal },
): Promise<Simulator> {
  const child = fork(fileURLToPath(entry), [], { execArgv: [...process.execArgv, ...execArgv] });
  const live = Promise.withResolvers<Simulator['size']>();
  const broken = Promise.withResolvers<never>();
  let stopping = false;
  let message = 'its process ended';
  child.on('message', (told: FromSimulator) => {
    if (told.kind === 'live') live.resolve({ dags: told.dags, runs: told.runs, tries: told.tries });
    else if (told.kind === 'broken') message = told.message;
    else onTold(told);
  });
  child.once('exit', () => {
    const error = new AppError('UNAVAILABLE', `the simulated Airflow cannot go on (${message}); start the demo again`);
    live.reject(error);
    if (!stopping) broken.reject(error);
  });
  // A message that can no longer be sent: its exit tells.
  child.on('error', () => {});
  // Whoever waits for neither still learns of it by the other.
  broken.promise.catch(() => {});
  live.promise.catch(() => {});
  const stop = (): Promise<void> => {
    stopping = true;
    return stopChild(child);
  };
  const abort = () => void stop();
  signal.addEventListener('abort', abort, { once: true });
  child.send({ kind: 'start', settings } satisfies ToSimulator);
  try {
    return { size: await live.promise, broken: broken.promise, stop };
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise<void>((done) => {
    child.once('exit', () => done());
  });
  const late = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
  if (child.connected) child.send({ kind: 'stop' } satisfies ToSimulator);
  await exited;
  clearTimeout(late);
}
