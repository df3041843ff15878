import { leastOff, leastSlow } from '../../src/detect/effect.ts';
import { driftTries } from '../../src/detect/looks.ts';
import { binomialUpperTail } from '../../src/stats/discrete.ts';
import { normalSf } from '../../src/stats/normal.ts';
import type { Learned } from '../../src/measure/learned.ts';
import type { Case, RunsOf } from './causes.ts';
import { isBeyondHis, learnCount, learnTry } from './learner.ts';
import type { LabRun, LabTry } from './timeline.ts';
import { minuteMs, scarcePool, type LabDag } from './world.ts';

/** What the limits of effect are, as configured by default. */
const ratioMin = 1.5;
const slowExcessMs = 30_000;
const longExcessMs = 300_000;
const changeMin = Math.log(1.2);
const starvedAfterMs = 5 * minuteMs;

/** An observer who knows of every task what its durations are drawn from, and is as sure as the detectors were. */
export interface Oracle {
  alphasOf: (tried: LabTry, dag: LabDag) => Learned['alphas'];
  /** Of any try; what was history is judged as first of all. */
  runs: RunsOf;
}

const zOf = (sigma: number, { seconds, location }: LabTry): number => (Math.log(seconds) - location) / sigma;

const isBeyond = ({ seconds, location }: LabTry, excessMs: number): boolean =>
  seconds > leastSlow(Math.exp(location), ratioMin, excessMs);

const isOff = (tried: LabTry): boolean => {
  const middle = Math.exp(tried.location);
  const ratio = tried.seconds / middle;
  return Math.max(ratio, 1 / ratio) >= ratioMin && Math.abs(tried.seconds - middle) > slowExcessMs / 1000;
};

function isCountOff({ count }: LabRun): boolean {
  if (count === null) return false;
  const { fewer, more } = leastOff(Math.exp(count.location), ratioMin);
  return count.instances <= fewer || count.instances >= more;
}

const countZ = ({ count }: LabRun, sigma: number): number =>
  count === null ? 0 : (Math.log(count.instances) - count.location) / sigma;

/** Whether a fault is beyond the limits of effect, so that it is to be found at all. */
export function isEligible({ fault, tries, ...times }: Case, { runs }: Pick<Oracle, 'runs'>): boolean {
  switch (fault.kind) {
    case 'slow':
      return tries.some(({ tried }) => !tried.failed && isBeyond(tried, slowExcessMs));
    case 'weekday_break':
      return tries.some(({ tried }) => !tried.failed && isOff(tried));
    case 'mapped_count':
      return tries.some(({ run }) => isCountOff(run));
    case 'failure_surge':
      return tries.slice(0, fault.runs * 2).filter(({ tried }) => tried.failed).length >= 2;
    case 'drift':
    case 'level_shift':
    case 'missing_run':
    case 'stuck_queue':
    case 'scheduler_death':
      return tries.length > 0 || fault.dag === null;
    case 'pool_starvation':
      return longestWait([...runs.values()].flat(), times.fromMs, fault.toMs) >= starvedAfterMs + minuteMs;
  }
}

function longestWait(runs: readonly LabRun[], fromMs: number, toMs: number): number {
  const waits = runs.flatMap(({ dag, tries }) =>
    dag.pool !== scarcePool
      ? []
      : tries.flatMap(({ scheduledMs, queuedMs }) =>
          queuedMs >= fromMs && scheduledMs < toMs ? [Math.min(queuedMs, toMs) - scheduledMs] : [],
        ),
  );
  return Math.max(0, ...waits);
}

/** Whether the oracle finds it. What is judged by limits alone it always does. */
export function oracleFinds(each: Case, oracle: Oracle): boolean {
  const { fault, tries } = each;
  const { dag } = fault;
  const sigma = dag?.sigma ?? null;
  if (dag === null || sigma === null) return true;
  switch (fault.kind) {
    case 'slow':
      return tries.some(({ tried }) => {
        if (tried.failed) return false;
        const p = normalSf(zOf(sigma, tried));
        const { z_score: slow = 0, running_long: long = 0 } = oracle.alphasOf(tried, dag);
        return (p <= slow && isBeyond(tried, slowExcessMs)) || (p <= long && isBeyond(tried, longExcessMs));
      });
    case 'weekday_break':
      return tries.some(
        ({ tried }) =>
          !tried.failed &&
          isOff(tried) &&
          2 * normalSf(Math.abs(zOf(sigma, tried))) <= (oracle.alphasOf(tried, dag)['pattern'] ?? 0),
      );
    case 'mapped_count':
      return tries.some(
        ({ run, tried }) =>
          isCountOff(run) && 2 * normalSf(Math.abs(countZ(run, sigma))) <= (oracle.alphasOf(tried, dag)['pattern'] ?? 0),
      );
    case 'drift':
    case 'level_shift':
      return findsChange(each, dag, sigma, oracle);
    case 'failure_surge':
      return findsSurge(each, oracle);
    case 'missing_run':
    case 'stuck_queue':
    case 'pool_starvation':
    case 'scheduler_death':
      return true;
  }
}

/**
 * Whether an observer finds it who has to learn mean and scale from the tries before, at the same α: as much as can be had without
 * knowing them. Of kinds where that makes no difference, or is not worked out, what the oracle finds.
 */
export function learnerFinds(each: Case, oracle: Oracle): boolean {
  const { fault, tries } = each;
  const { dag } = fault;
  if (dag === null || dag.sigma === null || !learnt.has(fault.kind)) return oracleFinds(each, oracle);
  const all = oracle.runs.get(dag) ?? [];
  return tries.some(({ run, tried }) => {
    const { z_score: slow = 0, running_long: long = 0, pattern = 0 } = oracle.alphasOf(tried, dag);
    if (fault.kind === 'mapped_count') {
      const known = learnCount(all, run);
      return known !== null && isCountOff(run) && isBeyondHis(known, Math.log(run.count?.instances ?? 0), pattern, 2);
    }
    const known = tried.failed ? null : learnTry(all, tried);
    if (known === null) return false;
    const log = Math.log(tried.seconds);
    const about = { ...tried, location: known.location };
    if (fault.kind === 'weekday_break') return isOff(about) && isBeyondHis(known, log, pattern, 2);
    return (
      (isBeyond(about, slowExcessMs) && isBeyondHis(known, log, slow, 1)) ||
      (isBeyond(about, longExcessMs) && isBeyondHis(known, log, long, 1))
    );
  });
}

const learnt: ReadonlySet<Case['fault']['kind']> = new Set(['slow', 'weekday_break', 'mapped_count']);

const weekMs = 7 * 86_400_000;
/** The newest tries that are held against the known level, sharing alpha. */
const windows = [7, 15, 30];

/** A slope of the newest 60 tries, weekly; or the mean of the newest since it began, with each try. */
function findsChange({ fault, tries, sinceMs }: Case, dag: LabDag, sigma: number, { alphasOf, runs }: Oracle): boolean {
  const all = (runs.get(dag) ?? []).flatMap((run) => run.tries.filter(({ task, failed }) => task === fault.task && !failed));
  const first = all.findIndex((tried) => tried.endMs >= sinceMs);
  const last = tries.findLast(({ tried }) => !tried.failed)?.tried;
  for (let at = first; at >= 0 && at < all.length; at += 1) {
    const tried = all[at] as LabTry;
    if (last === undefined || tried.endMs > last.endMs) return false;
    const alpha = alphasOf(tried, dag)['trend'] ?? 0;
    if (fault.kind === 'level_shift') {
      if (
        windows.some((size) => isLevel(all.slice(at + 1 - size, at + 1), sigma, alpha / windows.length) && at + 1 - first >= size)
      )
        return true;
      continue;
    }
    const before = all[at - 1];
    const isLook = before === undefined || Math.floor(tried.endMs / weekMs) > Math.floor(before.endMs / weekMs);
    if (isLook && isSlope(all.slice(Math.max(0, at + 1 - driftTries), at + 1), sigma, alpha)) return true;
  }
  return false;
}

const offsets = (tries: readonly LabTry[]): number[] => tries.map(({ seconds, location }) => Math.log(seconds) - location);

function isLevel(tries: readonly LabTry[], sigma: number, alpha: number): boolean {
  const mean = offsets(tries).reduce((sum, off) => sum + off, 0) / tries.length;
  return Math.abs(mean) >= changeMin && 2 * normalSf((Math.abs(mean) * Math.sqrt(tries.length)) / sigma) <= alpha;
}

function isSlope(tries: readonly LabTry[], sigma: number, alpha: number): boolean {
  const n = tries.length;
  const squares = (n * (n * n - 1)) / 12;
  const slope = offsets(tries).reduce((sum, off, index) => sum + off * (index - (n - 1) / 2), 0) / squares;
  return Math.abs(slope) * n >= changeMin && 2 * normalSf((Math.abs(slope) * Math.sqrt(squares)) / sigma) <= alpha;
}

const surgeWindows = [5, 10, 20];

function findsSurge({ fault, tries, sinceMs, untilMs }: Case, { alphasOf, runs }: Oracle): boolean {
  const { dag } = fault;
  if (dag === null) return false;
  const all = runs.get(dag) ?? [];
  return all.some((run, at) => {
    if (run.endMs < sinceMs || run.endMs > untilMs) return false;
    const [first] = tries;
    const alpha = first === undefined ? 0 : (alphasOf(first.tried, dag)['failure_rate'] ?? 0);
    return surgeWindows.some((size) => {
      const failed = all.slice(Math.max(0, at + 1 - size), at + 1).filter((each) => each.failed).length;
      return failed >= 2 && surgeWindows.length * binomialUpperTail(failed, size, dag.failureShare) <= alpha;
    });
  });
}
