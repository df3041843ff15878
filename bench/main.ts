// npm run bench -- [collect|scrape|start|idle|encode|judge-cycle|detect|sla|judge|templates|explain …] [--json] [--size 1m|10m] [--keep FOLDER] [--seed NAME]
import { parseArgs } from 'node:util';
import { errorText } from '../src/lib/errors.ts';
import { closeAll } from './cleanup.ts';
import { benchCollect } from './collect.ts';
import { benchDetect } from './detect.ts';
import { benchEncode } from './encode.ts';
import { benchExplain } from './explain.ts';
import { benchIdle } from './idle.ts';
import { isMet, parseSize, type Bench, type BenchLine } from './line.ts';
import { describeMachine, thisMachine } from './machine.ts';
import { benchJudge } from './judge.ts';
import { benchJudgeCycle } from './judge-cycle.ts';
import { benchScrape } from './scrape.ts';
import { benchSla } from './sla.ts';
import { benchStart } from './start.ts';
import { formatTable } from './table.ts';
import { benchTemplates } from './templates.ts';

const benches = {
  encode: benchEncode,
  start: benchStart,
  scrape: benchScrape,
  collect: benchCollect,
  idle: benchIdle,
  'judge-cycle': benchJudgeCycle,
  sla: benchSla,
  detect: benchDetect,
  judge: benchJudge,
  templates: benchTemplates,
  explain: benchExplain,
} satisfies Record<string, Bench>;

const usage = `usage: npm run bench -- [${Object.keys(benches).join('|')} …] [--json] [--size 1m] [--keep FOLDER] [--seed NAME]

  --json         one JSON object per figure on stdout, the first line describes the machine
  --size SIZE    collect: task instances, may be given twice; default 1m and 10m (10m needs 15 GB of disk)
  --keep FOLDER  collect: keep the filled databases there and use them again
  --seed NAME    judge: a world to play, may be given several times; default five (minutes each)`;

interface Wanted {
  chosen: [string, Bench][];
  json: boolean;
  sizes: number[];
  keep: string | undefined;
  seeds: string[];
}

function readArguments(): Wanted {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'boolean' },
      size: { type: 'string', multiple: true },
      keep: { type: 'string' },
      seed: { type: 'string', multiple: true },
    },
  });
  const all = Object.entries<Bench>(benches);
  const unknown = positionals.find((name) => !Object.hasOwn(benches, name));
  if (unknown !== undefined) throw new TypeError(`there is no benchmark ${unknown}`);
  const sizes = (values.size ?? ['1m', '10m']).map((text) => {
    const size = parseSize(text);
    if (size === undefined || size < 100_000) throw new TypeError(`--size ${text}: write 1m, 10m or another number from 100k`);
    return size;
  });
  const chosen = positionals.length === 0 ? all : all.filter(([name]) => positionals.includes(name));
  return { chosen, json: values.json === true, sizes, keep: values.keep, seeds: values.seed ?? [] };
}

const say = (text: string): void => void process.stderr.write(`${text}\n`);

async function main({ chosen, json, sizes, keep, seeds }: Wanted): Promise<void> {
  const machine = thisMachine();
  if (json) console.log(JSON.stringify({ machine }));
  else console.log(`${describeMachine(machine)}\n`);
  const lines: BenchLine[] = [];
  const emit = (line: BenchLine) => {
    lines.push(line);
    const met = isMet(line);
    if (json) console.log(JSON.stringify(met === undefined ? line : { ...line, met }));
  };
  for (const [name, bench] of chosen) {
    try {
      await bench({ emit, sizes, keep, seeds, say: (text) => say(`${name}: ${text}`) });
    } catch (error) {
      // The figures so far are still worth showing.
      say(`${name} failed: ${errorText(error)}`);
      process.exitCode = 1;
    }
  }
  if (!json) console.log(formatTable(lines));
}

let wanted: Wanted | undefined;
try {
  wanted = readArguments();
} catch (error) {
  say(`${errorText(error)}\n\n${usage}`);
  process.exitCode = 2;
}
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)
  process.once(signal, () => void closeAll().finally(() => process.exit(code)));
if (wanted !== undefined) await main(wanted);
