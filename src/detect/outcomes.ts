import type { RunRecord } from '../measure/run-history.ts';
import type { Facts } from './facts.ts';

/** What failure-rate and error surge go by. */
export type FailureReads = Pick<Facts, 'transitions' | 'runs' | 'learned'> & { snapshot: Pick<Facts['snapshot'], 'at'> };

/** An ended run that counts for or against. */
export type Outcome = RunRecord & { endMs: number };

/** What a person decided, and backfills, say nothing of the present. */
export const isOutcome = (run: RunRecord): run is Outcome => !run.byPerson && run.runType !== 'backfill' && run.endMs !== null;

/** The runs that count, oldest first. */
export const outcomesOf = (history: readonly RunRecord[]): Outcome[] => history.filter(isOutcome);

export const failuresIn = (outcomes: readonly Outcome[]): number => outcomes.filter(({ state }) => state === 'failed').length;
