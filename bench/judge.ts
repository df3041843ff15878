import { setImmediate as immediate } from 'node:timers/promises';
import { detectConfig } from '../src/detect/config.ts';
import { compare } from './judge/compare.ts';
import { planFaults } from './judge/faults.ts';
import { outcomeOf } from './judge/outcome.ts';
import { play } from './judge/play.ts';
import { recordedWorld } from './judge/recorded.ts';
import { cellsOf, ofOracle, ofOracleMin, precisionOf, summarise, type Summary } from './judge/report.ts';
import { plainRules } from './judge/rules.ts';
import { labTables } from './judge/table.ts';
import { timelineOf } from './judge/timeline.ts';
import { simulatedWorld, type World } from './judge/world.ts';
import type { BenchLine, BenchRun } from './line.ts';

/** Detectors were tuned on seeds t1, t2, h1 to h5, u1 to u24 and n1 to n6, and h6 to h15 are looked at; at these nobody had looked. */
const heldOut = ['k1', 'k2', 'k3', 'k4', 'k5'];

/** Plays a world and holds everything against it. */
function playWorld(world: World) {
  const faults = planFaults(world);
  const runs = timelineOf(world, faults);
  const played = play(world, faults, runs);
  const outcome = outcomeOf(world, faults, runs, played);
  const { cases, eligible } = outcome;
  const compared = plainRules.map((rule) => compare(rule, rule.flags(world, runs), { played, cases, eligible }));
  return { outcome, compared };
}

/** The judgement lab: 60 days of 100 DAGs with labelled faults, per seed, through the real detectors and incidents. */
export async function benchJudge({ emit, say, seeds }: BenchRun): Promise<void> {
  const plays: ReturnType<typeof playWorld>[] = [];
  for (const seed of seeds.length === 0 ? heldOut : seeds) {
    const began = performance.now();
    const played = playWorld(simulatedWorld(seed, { dags: 100, days: 60 }));
    plays.push(played);
    const { falsePerWeek } = summarise([played]);
    const seconds = ((performance.now() - began) / 1000).toFixed(0);
    say(`seed ${seed} played in ${seconds} s: ${falsePerWeek.toFixed(1)} false alerts a week`);
    // A play gives no way to anything else: so that Ctrl-C is heard.
    await immediate();
  }
  const summary = summarise(plays);
  for (const line of linesOf(summary)) emit(line);
  say(`\n${labTables(summary)}`);
  const recorded = summarise([playWorld(recordedWorld('recorded'))]);
  for (const line of recordedLines(recorded)) emit({ bench: 'judge', ...line });
}

/** Nobody has labelled recorded durations: their true changes count as false here. */
function recordedLines({ falsePerWeek, faults }: Summary): Figure[] {
  const alerts = { figure: 'recorded durations: alerts a week, true changes among them', value: falsePerWeek, unit: 'alerts' };
  const recalls = cellsOf(faults).map(({ kind, size, recall }) => ({
    figure: `recorded durations: ${kind} × ${size}, recall of ${recall.faults}`,
    value: recall.found / recall.faults,
    unit: 'ratio',
  }));
  return [alerts, ...recalls];
}

type Figure = Omit<BenchLine, 'bench'>;

function linesOf({ falsePerWeek, kinds, faults, compared }: Summary): BenchLine[] {
  const { false_alerts_per_week: budget } = detectConfig.parse({});
  const lines: Figure[] = [
    { figure: 'false alerts a week', value: falsePerWeek, unit: 'alerts', target: { of: 'value', atMost: 1.5 * budget } },
    { figure: 'false alerts a week', value: falsePerWeek, unit: 'alerts', target: { of: 'value', atLeast: 0.5 * budget } },
  ];
  for (const { kind, recall, precision, delayMinutes, alertsPerFault } of kinds) {
    const all = kind === 'missing_run' || kind === 'scheduler_death';
    const share = recall.found / Math.max(1, recall.faults);
    lines.push({
      figure: `${kind}: recall`,
      value: share,
      unit: 'ratio',
      ...(all ? { target: { of: 'value', atLeast: 1 } } : {}),
    });
    lines.push({ figure: `${kind}: precision`, value: precision, unit: 'ratio' });
    lines.push({ figure: `${kind}: delay`, value: delayMinutes ?? Number.NaN, unit: 'min' });
    lines.push({ figure: `${kind}: alerts a fault`, value: alertsPerFault, unit: 'alerts' });
  }
  for (const { kind, size, sigma, recall } of cellsOf(faults)) {
    const share = ofOracle(recall);
    if (share === null) continue;
    const figure = `${kind}${size === null ? '' : ` × ${size}`}${sigma === null ? '' : `, sigma ${sigma}`}: recall of the oracle’s ${recall.oracle}`;
    lines.push({ figure, value: share, unit: 'ratio', target: { of: 'value', atLeast: ofOracleMin } });
  }
  for (const each of compared) {
    const [theirs, ours] = [precisionOf(each), precisionOf(each.ours)];
    const figure = `precision at the recall of: ${each.rule}`;
    const target = { of: 'ratio', atMost: 1 } as const;
    lines.push({ figure, value: ours, unit: 'ratio', peer: 'rule', peerValue: theirs, ratio: theirs / ours, target });
  }
  return lines.map((line) => ({ bench: 'judge', ...line }));
}
