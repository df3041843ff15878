import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { families } from '../src/measure/catalogue.ts';
import { familyOf, histogramOf, labelsOf } from '../src/measure/define.ts';
import { encodeExposition } from '../src/measure/exposition.ts';
import { encodeLines } from '../src/measure/encode-lines.ts';
import type { Family } from '../src/measure/family.ts';
import { formatSize, median, type BenchRun } from './line.ts';
import { durationBounds, emptyHistogram, observe } from '../src/measure/tally.ts';

const counters = ['taskSuccess', 'taskFailure', 'taskRetry', 'taskUpstreamFailed', 'taskSkipped'] as const;
const gauges = ['taskLastDuration', 'taskLastSuccess'] as const;
/** A task's histogram (13 bounds, +Inf, sum, count), its counters and gauges. */
const seriesPerTask = durationBounds.length + 3 + counters.length + gauges.length;
const observations = [0.4, 7.25, 44.5, 61, 3599.125];

interface Task {
  dag_id: string;
  task_id: string;
  seed: number;
}

const tasksOf = (count: number): Task[] =>
  Array.from({ length: count }, (_, index) => ({
    dag_id: `team_${index % 7}_pipeline_${Math.floor(index / 10)}`,
    task_id: `load_partition_${index % 10}`,
    seed: index,
  }));

function ours(tasks: readonly Task[]): Family[] {
  const labelled = tasks.map((task) => ({ ...task, labels: labelsOf(families.taskDuration, task) }));
  const histograms = labelled.map(({ labels, seed }) => {
    const histogram = emptyHistogram();
    for (const seconds of observations) observe(histogram, seconds + seed / 8);
    return { labels, buckets: histogram.buckets, sum: histogram.sum };
  });
  const plain = [...counters, ...gauges].map((key) =>
    familyOf(
      families[key],
      labelled.map(({ labels, seed }) => ({ labels, value: seed * 3 })),
    ),
  );
  return [histogramOf(families.taskDuration, histograms), ...plain];
}

function theirs(tasks: readonly Task[]): Registry {
  const registry = new Registry();
  const options = (key: keyof typeof families) => ({
    name: families[key].name,
    help: families[key].help,
    labelNames: [...families[key].labels],
    registers: [registry],
  });
  const histogram = new Histogram({ ...options('taskDuration'), buckets: [...durationBounds] });
  const made = [...counters.map((key) => new Counter(options(key))), ...gauges.map((key) => new Gauge(options(key)))];
  for (const { dag_id, task_id, seed } of tasks) {
    for (const seconds of observations) histogram.observe({ dag_id, task_id }, seconds + seed / 8);
    for (const metric of made) metric.inc({ dag_id, task_id }, seed * 3);
  }
  return registry;
}

/** Median of `rounds` runs in milliseconds, after warm-up. */
async function medianMs(rounds: number, work: () => unknown): Promise<number> {
  for (let index = 0; index < 3; index += 1) await work();
  const times: number[] = [];
  for (let index = 0; index < rounds; index += 1) {
    const began = performance.now();
    await work();
    times.push(performance.now() - began);
  }
  return median(times);
}

/** Encoding 10 000 and 100 000 series: the text format against prom-client on the same series, and all that a cycle does. */
export async function benchEncode({ emit, say }: BenchRun): Promise<void> {
  const bench = 'encode';
  for (const series of [10_000, 100_000]) {
    say(`${series} series`);
    const tasks = tasksOf(Math.round(series / seriesPerTask));
    const list = ours(tasks);
    const registry = theirs(tasks);
    const value = await medianMs(15, () => encodeLines(list, 'text'));
    // Their answer is a string; a server still has to make bytes of it, as ours has done.
    const peerValue = await medianMs(9, async () => Buffer.from(await registry.metrics()));
    emit({
      bench,
      figure: `text_${formatSize(series)}_series`,
      value,
      unit: 'ms',
      peer: 'prom-client 15.1.3',
      peerValue,
      ratio: peerValue / value,
      target: { of: 'ratio', atLeast: 5 },
    });
    emit({
      bench,
      figure: `both_formats_and_gzip_${formatSize(series)}_series`,
      value: await medianMs(9, () => encodeExposition(list)),
      unit: 'ms',
    });
    emit({ bench, figure: `text_${formatSize(series)}_bytes`, value: encodeLines(list, 'text').length, unit: 'bytes' });
    emit({
      bench,
      figure: `gzip_${formatSize(series)}_bytes`,
      value: encodeExposition(list).text.deflated.length,
      unit: 'bytes',
    });
  }
}
