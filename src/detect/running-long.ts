import type { Snapshot, UnfinishedTask } from '../collect/snapshot.ts';
import { expectationOf } from '../measure/expect.ts';
import { isOrdinary, usualGapMs } from '../measure/run-history.ts';
import { scoreOf } from '../measure/score.ts';
import { bucketOf, scarceRatio, scarceSecondsMin, seriesKey, type Expectation } from '../measure/series.ts';
import { upperPredictionBound } from '../stats/prediction.ts';
import { conditionalMedian, conditionalSurvival, survival } from '../stats/survival.ts';
import { alphaFor } from './budget.ts';
import { leastSlow, middleOf } from './effect.ts';
import type { Detector } from './detector.ts';
import type { Facts } from './facts.ts';
import { noJudgement, subjectKey, type Cleared, type Finding, type Subject } from './finding.ts';
import { found, named } from './found.ts';
import { instancesByRun, oneIn, spell, tryEvent } from './odds.ts';
import type { DetectSettings } from './settings.ts';

const kind = 'task_running_long';
interface Reads {
  snapshot: Pick<Facts['snapshot'], 'unfinished' | 'openRuns'>;
  transitions: Facts['transitions'];
  series: Facts['series'];
  learned: Facts['learned'];
  runs: Facts['runs'];
}

/** Deferred time counts as running: the duration of a finished try holds it too. */
const underWay: ReadonlySet<string> = new Set(['running', 'restarting', 'deferred']);
const surer = 10;
const errorRatio = 3;

/** A try that runs, and what was expected of it. */
interface Running {
  task: UnfinishedTask & { runPk: number; startDate: Date };
  elapsedSeconds: number;
  expectation: Expectation;
  event: string;
}

/**
 * running-long: a try still runs beyond the prediction interval of its own history, and beyond the limits of effect (facts §3,
 * detecting). Says how long such a try still takes, usually. It is over when the present shows that the try ended.
 */
export const runningLong: Detector<Reads, DetectSettings> = (reads, open, settings, now) => {
  const { unfinished } = reads.snapshot;
  if (unfinished === undefined) return noJudgement();
  const running = runningOf(unfinished.tasks, reads, now);
  const byTask = Map.groupBy(running, ({ task }) => subjectKey(subjectOf(task)));
  const findings: Finding[] = [];
  for (const [key, group] of byTask) {
    const instances = instancesByRun(group.map(({ task }) => task));
    const long = group.flatMap((each) => longOf(each, instances.get(each.task.runPk) ?? 1, reads, settings));
    const [longest] = long.toSorted((a, b) => a.p - b.p || b.elapsedSeconds - a.elapsedSeconds);
    // As long as the one that was told of runs, it stands for the others.
    const told = long.find(({ event }) => event === open.get(key)?.event) ?? longest;
    if (told !== undefined) findings.push(findingOf(told, long.length, reads, settings));
  }
  const still = new Set(unfinished.tasks.filter(({ state }) => underWay.has(state)).map(tryEvent));
  const ends = endsOf(reads.transitions);
  const long = new Set(findings.map(({ subject }) => subjectKey(subject)));
  const cleared = [...open].flatMap(([key, each]): Cleared[] => {
    const ended = ends.get(each.event);
    // Another try of it that runs too long goes on with the same trouble.
    if (long.has(key) || still.has(each.event) || (ended === undefined && !unfinished.complete)) return [];
    const text = ended === undefined ? 'it does not run any more' : `it ended after ${spell(ended)}`;
    return [{ kind, subject: each.subject, reason: 'cleared', at: now, text }];
  });
  return { findings, cleared, judged: running.length };
};

const subjectOf = ({ dagId, taskId }: { dagId: string; taskId: string }): Subject => ({ type: 'task', dagId, taskId });

/** Durations in seconds of the tries that ended, by event. */
function endsOf(transitions: Facts['transitions']): Map<string, number> {
  return new Map(
    transitions.flatMap((each): [string, number][] =>
      each.kind === 'attempt' ? [[tryEvent(each), each.durationSeconds ?? 0]] : [],
    ),
  );
}

function runningOf(tasks: readonly UnfinishedTask[], { series, learned, runs, snapshot }: Reads, now: Date): Running[] {
  const openRuns = new Map(snapshot.openRuns.map((run) => [run.id, run]));
  const ordinary = new Map<number, boolean>();
  const isUsual = (run: Snapshot['openRuns'][number]): boolean => {
    const known = ordinary.get(run.id);
    if (known !== undefined) return known;
    const usual = isOrdinary({ ...run, runStartedAt: run.startDate }, usualGapMs(runs.get(run.dagId) ?? []));
    ordinary.set(run.id, usual);
    return usual;
  };
  return tasks.flatMap((task): Running[] => {
    const { runPk, startDate, state, dagId, taskId, mapIndex } = task;
    const run = runPk === null ? undefined : openRuns.get(runPk);
    if (runPk === null || startDate === null || run === undefined || !underWay.has(state) || !isUsual(run)) return [];
    const of = series.get(seriesKey(dagId, taskId, bucketOf(mapIndex)));
    const expectation = expectationOf(of, learned.prior, startDate.getTime() / 1000);
    const elapsedSeconds = (now.getTime() - startDate.getTime()) / 1000;
    if (expectation === null || elapsedSeconds <= 0) return [];
    return [{ task: { ...task, runPk, startDate }, elapsedSeconds, expectation, event: tryEvent(task) }];
  });
}

interface Long extends Running {
  p: number;
  /** From when on it was too long, in seconds of running. */
  limitSeconds: number;
}

/** A try of a run with `count` instances of its task, if it runs too long. */
function longOf(each: Running, count: number, { learned }: Reads, settings: DetectSettings): Long[] {
  const { task, elapsedSeconds, expectation } = each;
  const { min_samples: samples, min_ratio: ratio, min_excess: excess } = settings.config.running_long;
  const alpha = alphaFor(learned.alphas, 'running_long', settings.tuning(task.dagId, task.taskId).sensitivity, expectation.share);
  const scarce = expectation.n < samples;
  const leastSeconds = scarce
    ? Math.max(scarceRatio * expectation.maxSeconds, scarceSecondsMin)
    : leastSlow(middleOf(expectation), ratio, excess);
  // Almost all end here: a quantile is dear.
  if (elapsedSeconds <= leastSeconds) return [];
  const limitSeconds = scarce ? leastSeconds : Math.max(Math.exp(upperPredictionBound(expectation, alpha / count)), leastSeconds);
  if (elapsedSeconds <= limitSeconds) return [];
  return [{ ...each, p: Math.min(1, count * survival(expectation, elapsedSeconds)), limitSeconds }];
}

function findingOf(long: Long, count: number, { learned }: Reads, settings: DetectSettings): Finding {
  const { task, elapsedSeconds, expectation, event, p, limitSeconds } = long;
  const { dagId, taskId, runId, runPk, runType, mapIndex, tryNumber, hostname, pool, queue, operator } = task;
  const alpha = alphaFor(learned.alphas, 'running_long', settings.tuning(dagId, taskId).sensitivity, expectation.share);
  const middle = middleOf(expectation);
  const others = count > 1 ? `, and so have ${count - 1} more of it` : '';
  return found({
    kind,
    subject: subjectOf(task),
    severity: p <= alpha / surer && elapsedSeconds >= errorRatio * middle ? 'error' : 'warning',
    event,
    since: new Date(Math.floor(task.startDate.getTime() + limitSeconds * 1000)),
    title: `${named(dagId, taskId)} has run for ${spell(elapsedSeconds)}, expected ${spell(middle)} by ${expectation.n} runs (${oneIn(p)}); ${outlook(long)}${others}`,
    occasion: { runId, runPk, runType: runType ?? '', mapIndex: mapIndex < 0 ? null : mapIndex, tryNumber },
    observed: { value: elapsedSeconds, unit: 'seconds' },
    expected: { lower: null, middle, upper: limitSeconds },
    n: expectation.n,
    score: scoreOf(p, alphaFor(learned.scoreAlphas, 'running_long', 1, expectation.share)),
    carried: { host: hostname, pool, queue, operator },
  });
}

/** Beyond so many times the longest run ever, history says nothing of when it ends. */
const beyondRatio = 1.5;

/** When it is likely done, and how likely it takes twice as long as now. */
function outlook({ expectation, elapsedSeconds }: Long): string {
  const { maxSeconds } = expectation;
  const left = conditionalMedian(expectation, elapsedSeconds) - elapsedSeconds;
  if (elapsedSeconds > beyondRatio * maxSeconds || !(left > 0 && left < Infinity)) return `none took over ${spell(maxSeconds)}`;
  const twice = conditionalSurvival(expectation, 2 * elapsedSeconds, elapsedSeconds);
  return `likely done in ${spell(left)}, ${Math.round(100 * twice)} % chance that it takes ${spell(2 * elapsedSeconds)}`;
}
