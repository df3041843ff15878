import { readFileSync } from 'node:fs';
import { randomOf } from '../../src/demo/random.ts';
import { median } from '../../src/stats/robust.ts';
import { dayMs, defaultPool, hourMs, minuteMs, type LabDag, type World } from './world.ts';

const file = new URL('recorded/durations.csv', import.meta.url);
const historyDays = 30;

/** Recorded durations as ln(seconds) about their median, oldest first, by name. */
export function recordedSeries(): { name: string; logs: number[] }[] {
  const [, ...lines] = readFileSync(file, 'utf8').trim().split('\n');
  return lines.map((line) => {
    const [repo = '', suite = '', bench = '', seconds = ''] = line.split(',');
    const logs = seconds.split(' ').map((value) => Math.log(Number(value)));
    const middle = median(logs);
    return { name: `${repo}/${suite}/${bench}`, logs: logs.map((log) => log - middle) };
  });
}

/** A deployment whose tasks take what was recorded, rescaled to minutes: a DAG a series, a value a daily run, the newest 90. */
export function recordedWorld(seed: string): World {
  const days = 60;
  const runs = historyDays + days;
  const dags = recordedSeries().map(({ name, logs }): LabDag => {
    const random = randomOf(seed, 'recorded', name);
    return {
      dagId: name.replaceAll(/[^\w./-]/g, '_'),
      sigma: null,
      periodMs: dayMs,
      offsetMs: Math.floor(random.next() * 20) * hourMs + Math.floor(random.next() * 60) * minuteMs,
      tasks: [
        { taskId: 'run', medianSeconds: 60 * Math.exp(random.between(Math.log(2), Math.log(40))), recorded: logs.slice(-runs) },
      ],
      mapped: null,
      rhythm: null,
      failureShare: 0,
      pool: defaultPool,
    };
  });
  return { seed, startMs: Date.UTC(2026, 0, 5), historyDays, days, dags };
}
