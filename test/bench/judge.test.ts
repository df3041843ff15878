import { describe, expect, test } from 'vitest';
import { byDag, casesOf } from '../../bench/judge/causes.ts';
import { compare } from '../../bench/judge/compare.ts';
import { planFaults, type Fault } from '../../bench/judge/faults.ts';
import { isEligible, learnerFinds, oracleFinds, type Oracle } from '../../bench/judge/oracle.ts';
import { outcomeOf } from '../../bench/judge/outcome.ts';
import { play, type Played } from '../../bench/judge/play.ts';
import { recordedSeries } from '../../bench/judge/recorded.ts';
import { recallOf, summarise } from '../../bench/judge/report.ts';
import { plainRules, type PlainRule } from '../../bench/judge/rules.ts';
import { timelineOf } from '../../bench/judge/timeline.ts';
import { judgedFromMs, simulatedWorld, type World } from '../../bench/judge/world.ts';
import { nothingLearned } from '../../src/measure/learned.ts';

/** Four DAGs, of sigma 0.1 to 0.5, for eight days. */
const world: World = simulatedWorld('smoke', { dags: 4, days: 8 });
const [steady, , , wild] = world.dags;

function slow(dag: Fault['dag'], size: number): Fault {
  const firstRun = world.historyDays + 3;
  return { kind: 'slow', size, dag, task: 0, firstRun, runs: 1, untilRun: firstRun, fromMs: 0, toMs: 0 };
}
const deathMs = judgedFromMs(world) + 5 * 86_400_000;
const death: Fault = {
  ...slow(null, 30),
  kind: 'scheduler_death',
  task: null,
  fromMs: deathMs,
  toMs: deathMs + 30 * 60_000,
};
if (steady === undefined || wild === undefined) throw new Error('the world has no DAGs');

const faults = [slow(steady, 3), slow(wild, 1.5), death];
const runs = timelineOf(world, faults);
const silent: Played = { incidents: [], loose: [], judged: [], ended: runs, learned: nothingLearned };

describe('a short play', () => {
  const played = play(world, faults, runs);
  const { faults: found, incidents } = outcomeOf(world, faults, runs, played);

  test('finds the threefold run of a steady task as it ends, and the death of the scheduler within a minute', () => {
    expect(found.find(({ kind, size }) => kind === 'slow' && size === 3)).toMatchObject({
      found: true,
      oracle: true,
      delayRuns: 0,
    });
    expect(found.find(({ kind }) => kind === 'scheduler_death')).toMatchObject({ found: true, alerts: 1, delayMinutes: 1 });
  });

  test('puts down to chance nothing that a fault explains', () => {
    expect(incidents.get('component_down')).toEqual({ all: 1, false: 0 });
  });

  test('is the same for the same seed', () => {
    expect(timelineOf(world, faults).map(({ endMs }) => endMs)).toEqual(runs.map(({ endMs }) => endMs));
    expect(planFaults(world)).toEqual(planFaults(simulatedWorld('smoke', { dags: 4, days: 8 })));
  });
});

test('who never says anything finds nothing, and is never wrong', () => {
  const outcome = outcomeOf(world, faults, runs, silent);
  const { falsePerWeek, kinds } = summarise([{ outcome, compared: [] }]);
  expect(falsePerWeek).toBe(0);
  expect(kinds.map(({ recall }) => recall.found).every((found) => found === 0)).toBe(true);
  expect(recallOf(outcome.faults).faults).toBeGreaterThanOrEqual(2);
});

test('who always says something finds everything, and is almost always wrong', () => {
  const outcome = outcomeOf(world, faults, runs, silent);
  const always: PlainRule = {
    name: 'always',
    for: ['slow'],
    flags: (_world, all) => all.flatMap((run) => run.tries.map(({ task, endMs }) => ({ dag: run.dag, task, run, atMs: endMs }))),
  };
  const { faults: wanted, found, falseFlags } = compare(always, always.flags(world, runs), { played: silent, ...outcome });
  expect(found).toBe(wanted);
  expect(found / (found + falseFlags)).toBeLessThan(0.02);
});

test('an oracle finds what lies nine standard deviations off, and not what lies within one', () => {
  const all = byDag(runs);
  const oracle: Oracle = { runs: all, alphasOf: () => ({ z_score: 0.001, running_long: 0.001 }) };
  const [far, near] = casesOf(world, faults, all);
  if (far === undefined || near === undefined) throw new Error('there are no cases');
  expect([isEligible(far, oracle), oracleFinds(far, oracle)]).toEqual([true, true]);
  for (const { tried } of near.tries) expect(tried.failed || oracleFinds(near, oracle)).toBe(false);
});

test('who has to learn finds what lies far off, and less than the oracle where hardly anything came before', () => {
  const all = byDag(runs);
  const alphas = { z_score: 0.001, running_long: 0.001 };
  const oracle: Oracle = { runs: all, alphasOf: () => alphas };
  const [far, near] = casesOf(world, faults, all);
  if (far === undefined || near === undefined) throw new Error('there are no cases');
  expect(learnerFinds(far, oracle)).toBe(true);
  for (const { tried } of near.tries) expect(tried.failed || learnerFinds(near, oracle)).toBe(false);
  const own = all.get(steady) ?? [];
  const late = own.findIndex((run) => run === far.tries[0]?.run);
  const few: Oracle = { ...oracle, runs: new Map([[steady, own.slice(late - 4)]]) };
  expect([learnerFinds(far, few), oracleFinds(far, few)]).toEqual([false, true]);
});

test('each rule about single tries speaks of one that takes ten times as long', () => {
  const tenfold = timelineOf(world, [slow(steady, 10)]);
  const rules = plainRules.filter((rule) => rule.for.includes('slow'));
  expect(rules).toHaveLength(3);
  for (const { flags } of rules)
    expect(flags(world, tenfold).some(({ dag, run }) => dag === steady && run.index === world.historyDays + 3)).toBe(true);
});

test('recorded series are centred, and long enough for a month of history and two of judging', () => {
  const series = recordedSeries();
  expect(series.length).toBeGreaterThan(30);
  for (const { logs } of series) {
    expect(logs.length).toBeGreaterThanOrEqual(90);
    expect(logs.every(Number.isFinite)).toBe(true);
  }
});
