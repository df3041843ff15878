import { quantile } from '../../src/stats/robust.ts';
import type { FaultKind } from './faults.ts';
import type { LabRun, LabTry } from './timeline.ts';
import { judgedFromMs, type LabDag, type World } from './world.ts';

/** A plain rule says of a try, or of a run that ended, whether it is wrong, by what came before it. */
export interface Flag {
  dag: LabDag;
  /** Null: the rule is about runs. */
  task: number | null;
  run: LabRun;
  atMs: number;
}

/** What people use today: each looks at plain seconds, knows neither spread nor calendar beyond what it says, and has a fixed threshold. */
export interface PlainRule {
  name: string;
  /** The faults that it is for. */
  for: readonly FaultKind[];
  flags: (world: World, runs: readonly LabRun[]) => Flag[];
}

interface Seen {
  run: LabRun;
  tried: LabTry;
}

/** Successful tries before, oldest first, and the one that has just ended. */
type TryRule = (before: readonly Seen[], now: Seen, history: readonly number[]) => boolean;

const newest = 100;
/** With fewer no rule speaks. */
const least = 10;

function eachTry(world: World, runs: readonly LabRun[], rule: TryRule): Flag[] {
  const fromMs = judgedFromMs(world);
  const flags: Flag[] = [];
  for (const [dag, own] of Map.groupBy(runs, (run) => run.dag)) {
    for (const task of dag.tasks.keys()) {
      const seen = own
        .flatMap((run) => run.tries.flatMap((tried) => (tried.task === task && !tried.failed ? [{ run, tried }] : [])))
        .toSorted((a, b) => a.tried.endMs - b.tried.endMs);
      const history = seen.flatMap(({ tried }) => (tried.endMs <= fromMs ? [tried.seconds] : []));
      for (const [index, now] of seen.entries())
        if (now.tried.endMs > fromMs && index >= least && rule(seen.slice(Math.max(0, index - newest), index), now, history))
          flags.push({ dag, task, run: now.run, atMs: now.tried.endMs });
    }
  }
  return flags;
}

const secondsOf = (seen: readonly Seen[]): number[] => seen.map(({ tried }) => tried.seconds);
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const deviation = (values: readonly number[]): number => {
  const middle = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / Math.max(1, values.length - 1));
};

const zAbove3: TryRule = (before, { tried }) => {
  const values = secondsOf(before);
  return tried.seconds > mean(values) + 3 * deviation(values);
};

const outsideFences: TryRule = (before, { tried }) => {
  const values = secondsOf(before);
  const [low, high] = [quantile(values, 0.25), quantile(values, 0.75)];
  return tried.seconds > high + 1.5 * (high - low);
};

/** The promise is what 95 of 100 tries of the history kept. */
const twiceTheSla: TryRule = (_before, { tried }, history) =>
  history.length >= least && tried.seconds > 2 * quantile(history, 0.95);

const regressionChange: TryRule = (before, now) => {
  const values = secondsOf([...before, now]);
  const n = values.length;
  const squares = (n * (n * n - 1)) / 12;
  const slope = values.reduce((sum, value, index) => sum + value * (index - (n - 1) / 2), 0) / squares;
  const first = mean(values) - (slope * (n - 1)) / 2;
  return first > 0 && Math.abs(slope * (n - 1)) / first > 0.5;
};

const weekday = (ms: number): number => new Date(ms).getUTCDay();

const offItsPeriod: TryRule = (before, { run, tried }) => {
  const like = secondsOf(before.filter((each) => weekday(each.run.dueMs) === weekday(run.dueMs)));
  return like.length >= 3 && Math.abs(tried.seconds - mean(like)) > 2 * deviation(like);
};

const lately = 10;

function errorRate(world: World, runs: readonly LabRun[]): Flag[] {
  const fromMs = judgedFromMs(world);
  return [...Map.groupBy(runs, (run) => run.dag)].flatMap(([dag, own]) => {
    const ended = own.toSorted((a, b) => a.endMs - b.endMs);
    const rate = (of: readonly LabRun[]) => of.filter(({ failed }) => failed).length / Math.max(1, of.length);
    return ended.flatMap((run, index): Flag[] => {
      if (run.endMs <= fromMs || index < least + lately) return [];
      const now = rate(ended.slice(index + 1 - lately, index + 1));
      const isHigh = now > 0 && now > 3 * rate(ended.slice(0, index + 1 - lately));
      return isHigh ? [{ dag, task: null, run, atMs: run.endMs }] : [];
    });
  });
}

const tryRule = (name: string, kinds: readonly FaultKind[], rule: TryRule): PlainRule => ({
  name,
  for: kinds,
  flags: (world, runs) => eachTry(world, runs, rule),
});

export const plainRules: readonly PlainRule[] = [
  tryRule('z > 3 on the last 100 values', ['slow'], zAbove3),
  tryRule('IQR 1.5', ['slow'], outsideFences),
  tryRule('latency > 2 × SLA', ['slow'], twiceTheSla),
  tryRule('linear regression changes by > 50 %', ['drift', 'level_shift'], regressionChange),
  tryRule('> 2 sd from the mean of the weekday', ['weekday_break'], offItsPeriod),
  { name: 'error rate > 3 × baseline', for: ['failure_surge'], flags: errorRate },
];
