import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { randomOf } from '../src/demo/random.ts';
import { createRowJudge, defaultAlpha } from '../src/detect/rows/judge-rows.ts';
import { labelledSeries, type LabelledSeries } from './labelled-series.ts';
import { median, type BenchRun } from './line.ts';
import { temporaryFolder } from './postgres.ts';
import { addScores, noScore, scoreLabels, type SeriesScore } from './series-score.ts';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const rows = 1_000_000;
const rounds = 3;
/** The detectors were tuned on 1 to 8. */
const heldOutSeeds = [11, 12, 13, 14, 15, 16, 17, 18];

/** `windsock detect` as a whole process on a million rows, and how well it finds what is wrong in series with labelled faults. */
export async function benchDetect({ emit, say }: BenchRun): Promise<void> {
  const bench = 'detect';
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'series.csv');
  await pipeline(Readable.from(lines()), createWriteStream(file));
  const runs: Run[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    runs.push(await run(file, join(folder.path, 'labelled.csv')));
    say(`round ${round} of ${rounds}: ${runs.at(-1)?.seconds.toFixed(1)} s`);
  }
  const seconds = median(runs.map((each) => each.seconds));
  emit({ bench, figure: '1m_rows_whole_process', value: seconds, unit: 's', target: { of: 'value', atMost: 10 } });
  // What it took of one processor: others on the machine do not count.
  emit({ bench, figure: '1m_rows_processor_time', value: median(runs.map((each) => each.processorSeconds)), unit: 's' });
  emit({ bench, figure: '1m_rows_memory', value: Math.max(...runs.map(({ megabytes }) => megabytes)), unit: 'MB' });

  const series = heldOutSeeds.flatMap(labelledSeries);
  const ours = series.map((each) => scoreLabels(each, judged(each))).reduce(addScores, noScore());
  const theirs = series.map((each) => scoreLabels(each, byThreeSigma(each.values))).reduce(addScores, noScore());
  const peer = 'z > 3 on the last 100';
  const figure = (name: string, unit: string, of: (score: SeriesScore) => number) =>
    emit({ bench, figure: name, value: of(ours), unit, peer, peerValue: of(theirs) });
  figure('labelled_faults_found', 'of 1', ({ found, faults }) => found / faults);
  figure('false_rows', 'of 1000', ({ falseRows, quietRows }) => (1000 * falseRows) / quietRows);
  figure('alarms_that_are_faults', 'of 1', ({ found, falseAlarms }) => found / (found + falseAlarms));
}

function judged({ at, values }: LabelledSeries): boolean[] {
  const judge = createRowJudge(defaultAlpha);
  return values.map((value, index) => judge(at[index] as number, value).by !== null);
}

/** The rule that people write first: more than three standard deviations from the mean of the 100 rows before. */
const byThreeSigma = (values: readonly number[]): boolean[] =>
  values.map((value, index) => {
    const before = values.slice(Math.max(0, index - 100), index);
    const mean = before.reduce((sum, each) => sum + each, 0) / before.length;
    const deviation = Math.sqrt(before.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (before.length - 1));
    return before.length >= 10 && Math.abs(value - mean) > 3 * deviation;
  });

/** A daily cycle by the minute, with noise and now and then a spike. */
function* lines(): Generator<string> {
  const random = randomOf('bench', 'detect');
  yield 'timestamp,value\n';
  for (let from = 0; from < rows; from += 1000) {
    let text = '';
    for (let index = from; index < from + 1000; index += 1) {
      const cycle = 30 * Math.sin((2 * Math.PI * index) / 1440);
      const value = 100 + cycle + random.logNormal(5, 0.3) + (random.chance(0.0005) ? 60 : 0);
      text += `${new Date(1_700_000_000_000 + index * 60_000).toISOString()},${value.toFixed(3)}\n`;
    }
    yield text;
  }
}

interface Run {
  seconds: number;
  processorSeconds: number;
  megabytes: number;
}

function run(file: string, output: string): Promise<Run> {
  const began = performance.now();
  const told = `process.on('exit', () => process.stderr.write(JSON.stringify(process.resourceUsage())))`;
  const watch = `data:text/javascript,${encodeURIComponent(told)}`;
  const child = spawn(process.execPath, ['--import', watch, main, 'detect', file, '--output', output], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  return new Promise((resolve, reject) => {
    child.on('close', (code) => {
      if (code !== 0) return reject(new Error(`windsock detect ended with ${code}: ${text}`));
      const used = JSON.parse(text) as NodeJS.ResourceUsage;
      resolve({
        seconds: (performance.now() - began) / 1000,
        processorSeconds: (used.userCPUTime + used.systemCPUTime) / 1e6,
        megabytes: used.maxRSS / 1024,
      });
    });
  });
}
