import { sleep, systemClock } from '../lib/clock.ts';
import { errorText } from '../lib/errors.ts';
import { redact } from '../redact/redact.ts';
import { takeFaults } from './fault-box.ts';
import { demoFolder } from './folder.ts';
import { watchSimulation } from './live-events.ts';
import { createSimulation, type Simulation } from './simulation.ts';
import type { FromSimulator, SimulatorSettings, ToSimulator } from './simulator-messages.ts';
import { openTaskLogs } from './task-logs.ts';
import { shop } from './world.ts';

// The simulated Airflow is a process of its own, as a real one would be: what it costs is not Windsock's.
const stepEveryMs = 1000;
const tellEverySeconds = 60;
const stop = new AbortController();

const post = (message: FromSimulator): void => void process.send?.(message);

process.on('message', (message: ToSimulator) => {
  switch (message.kind) {
    case 'start':
      void run(message.settings);
      return;
    case 'stop':
      stop.abort();
      return;
  }
});
// A demo that was killed takes its simulated Airflow along.
process.on('disconnect', () => stop.abort());
// The parent decides when to stop; a signal to the whole group is meant for it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});

async function run(settings: SimulatorSettings): Promise<void> {
  try {
    await simulate(settings);
  } catch (error) {
    if (!stop.signal.aborted) post({ kind: 'broken', message: redact(errorText(error)) });
  }
  if (process.connected) process.disconnect();
}

async function simulate({ folder: path, historyDays, ...settings }: SimulatorSettings): Promise<void> {
  const folder = demoFolder(path);
  const logs = openTaskLogs(folder.logs, settings.seed);
  let live = false;
  await using simulation = await createSimulation({
    ...settings,
    historyDays,
    start: systemClock.now(),
    signal: stop.signal,
    onProgress: (ratio) => post({ kind: 'progress', ratio }),
    onTry(event) {
      if (!live) return logs.remember(event);
      logs.write(event);
      const { dagId, task, mapIndex, tryNumber, willRetry } = event;
      if (event.ending === 'failed') post({ kind: 'try_failed', dagId, taskId: task.taskId, mapIndex, tryNumber, willRetry });
    },
  });
  logs.writeRemembered();
  live = true;
  post({ kind: 'live', ...sizeOf(simulation) });
  const events = watchSimulation(simulation, tellEverySeconds);
  while (!stop.signal.aborted) {
    const began = systemClock.monotonicMs();
    await takeFaults(folder, (fault) => simulation.inject(fault));
    await simulation.step(systemClock.now());
    for (const event of events()) post(event);
    await sleep(Math.max(0, stepEveryMs - (systemClock.monotonicMs() - began)), stop.signal);
  }
}

function sizeOf(simulation: Simulation): { dags: number; runs: number; tries: number } {
  const { tasks, runs } = simulation.truth();
  const sum = (counts: Iterable<Readonly<Record<string, number>>>) =>
    [...counts].flatMap((each) => Object.values(each)).reduce((total, each) => total + each, 0);
  return { dags: shop.dags.length, runs: sum(runs.values()), tries: sum(tasks.values()) };
}
