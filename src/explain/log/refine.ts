import type { Shape } from '../../airflow/probe.ts';
import type { Incident } from '../../incident/incident.ts';
import type { LogBaseline } from '../../logs/baseline.ts';
import type { Circumstances } from '../evidence/circumstances.ts';
import type { ExplainDeps } from '../explain-deps.ts';
import { explainFailure, type FailureExplained } from '../explain-failure.ts';
import type { FailedTry } from '../failed-try.ts';
import { learnSuccesses } from './learn-successes.ts';
import { saveBaseline, type BaselineStanding } from './log-baselines.ts';
import type { TryLog } from './read-try-log.ts';
import { reduceLines } from './reduce-log.ts';

/** A failure as it was first explained. */
export interface FirstExplained {
  incident: Incident;
  circumstances: Circumstances;
  failed: FailedTry;
  shape: Shape;
  explained: FailureExplained;
  /** What its log was held against already. */
  baseline: LogBaseline | undefined;
  standing: BaselineStanding;
  takeLog: () => TryLog | null;
}

export interface Refined extends FailureExplained {
  circumstances: Circumstances;
}

/** For the logs of all the tries that are read. */
export const refineMs = 10_000;
export const earlierTriesMax = 2;

type RefineDeps = Pick<ExplainDeps, 'airflow' | 'store' | 'deployment' | 'clock' | 'readLog' | 'asLeader' | 'rules'>;

/**
 * Explains a failure again, knowing the logs of the task's last successes and of the tries before, as many as can be read in 10 s: what
 * is new in its log, and whether the same error comes again. Undefined when it was stopped, or its log cannot be read any more.
 */
export function createRefiner({ airflow, store, deployment, clock, readLog, asLeader, rules }: RefineDeps) {
  async function learn({ failed, shape, standing }: FirstExplained, until: AbortSignal): Promise<LogBaseline | undefined> {
    const baseline = await learnSuccesses({ airflow, store, deployment, readLog }, shape, failed, until);
    if (baseline === undefined) return undefined;
    const { dagId, taskId } = failed;
    const { code, successes } = standing;
    await asLeader((tx) => saveBaseline(tx, deployment, { dagId, taskId, code, successes, madeAt: clock.now(), baseline }));
    return baseline;
  }

  /** The signatures of the tries before, from their logs. */
  async function signTries({ circumstances, failed }: FirstExplained, until: AbortSignal): Promise<Circumstances> {
    const tries = circumstances.earlierTries ?? [];
    const unsigned = tries.flatMap(({ tryNumber, signature }) => (tryNumber === null || signature !== null ? [] : [tryNumber]));
    const signed = new Map<number, string>();
    for (const tryNumber of unsigned.slice(-earlierTriesMax)) {
      const log = await readLog({ ...failed, tryNumber }, until);
      if (until.aborted) break;
      const operator = circumstances.attempt?.operator ?? '';
      if (log.found) signed.set(tryNumber, reduceLines(log.lines, { place: log.place, operator }).log.signature);
    }
    const earlierTries = tries.map((each) => ({ ...each, signature: signed.get(each.tryNumber ?? -1) ?? each.signature }));
    return signed.size === 0 ? circumstances : { ...circumstances, earlierTries };
  }

  return async (first: FirstExplained, stop: AbortSignal): Promise<Refined | undefined> => {
    const held = first.takeLog();
    if (stop.aborted) return undefined;
    const until = AbortSignal.any([stop, AbortSignal.timeout(refineMs)]);
    const baseline = first.baseline ?? (await learn(first, until));
    const circumstances = await signTries(first, until);
    if (stop.aborted) return undefined;
    if (baseline === first.baseline && circumstances === first.circumstances) return { ...first.explained, circumstances };
    const log = held ?? (await readLog(first.failed, stop));
    if (!log.found) return undefined;
    return { ...explainFailure(log, first.incident, circumstances, { rules, baseline }), circumstances };
  };
}
