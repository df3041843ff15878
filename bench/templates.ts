import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { createDrain } from '../src/logs/drain.ts';
import { endOfHeader } from '../src/logs/header.ts';
import { tokenise } from '../src/logs/tokenise.ts';
import { median, type BenchRun } from './line.ts';
import { groupingAccuracy, labelledLines, sources } from './log-lines.ts';
import { temporaryFolder } from './postgres.ts';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const perSource = 20_000;
const repeats = 8;
const rounds = 3;
const lineCount = perSource * repeats * sources.length;

/** `windsock templates` as a whole process on a log of 1.4 million lines, masks included, and how well it groups lines whose truth is known. */
export async function benchTemplates({ emit, say }: BenchRun): Promise<void> {
  const bench = 'templates';
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'mixed.log');
  await pipeline(Readable.from(mixed()), createWriteStream(file));
  const runs: Run[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    runs.push(await run(file, join(folder.path, 'templates.tsv')));
    say(`round ${round} of ${rounds}: ${runs.at(-1)?.seconds.toFixed(1)} s`);
  }
  const seconds = median(runs.map((each) => each.seconds));
  emit({
    bench,
    figure: 'lines_a_second_whole_process',
    value: lineCount / seconds,
    unit: '/s',
    target: { of: 'value', atLeast: 200_000 },
  });
  // What waits for a processor on a busy machine is not the program's.
  emit({
    bench,
    figure: 'lines_a_second_of_processor',
    value: lineCount / median(runs.map((each) => each.cpuSeconds)),
    unit: '/s',
  });
  emit({ bench, figure: 'memory', value: Math.max(...runs.map(({ megabytes }) => megabytes)), unit: 'MB' });
  const shares = sources.map((source) => accuracyOf(labelledLines(source, 2000, 11)));
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  emit({ bench, figure: 'grouping_accuracy', value: mean, unit: 'of 1', target: { of: 'value', atLeast: 0.767 } });
  emit({ bench, figure: 'grouping_accuracy_worst_source', value: Math.min(...shares), unit: 'of 1' });
}

/** Lines of all sources, one after the other. */
function* mixed(): Generator<string> {
  const blocks = sources.map((source) => labelledLines(source, perSource, 7));
  for (let repeat = 0; repeat < repeats; repeat += 1)
    for (let from = 0; from < perSource; from += 500) {
      let text = '';
      for (let index = from; index < from + 500; index += 1)
        for (const lines of blocks) text += `${lines[(index + repeat * 3001) % perSource]?.text}\n`;
      yield text;
    }
}

function accuracyOf(lines: ReturnType<typeof labelledLines>): number {
  const drain = createDrain();
  return groupingAccuracy(
    lines,
    lines.map((line) => {
      const text = `${line.text}\n`;
      return drain.learnTokens(tokenise(text, endOfHeader(text, 0, line.text.length), line.text.length)).cluster.id;
    }),
  );
}

interface Run {
  seconds: number;
  cpuSeconds: number;
  megabytes: number;
}

function run(file: string, output: string): Promise<Run> {
  const began = performance.now();
  const told = `process.on('exit', () => process.stderr.write(JSON.stringify(process.resourceUsage())))`;
  const watch = `data:text/javascript,${encodeURIComponent(told)}`;
  const child = spawn(process.execPath, ['--import', watch, main, 'templates', file], { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const written = pipeline(child.stdout, createWriteStream(output));
  return new Promise((resolve, reject) => {
    child.on('close', (code) => {
      if (code !== 0) return reject(new Error(`windsock templates ended with ${code}: ${text}`));
      const { maxRSS, userCPUTime, systemCPUTime } = JSON.parse(text) as NodeJS.ResourceUsage;
      const seconds = (performance.now() - began) / 1000;
      written.then(() => resolve({ seconds, cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, megabytes: maxRSS / 1024 }), reject);
    });
  });
}
