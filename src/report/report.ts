import type { Category } from '../explain/explanation.ts';
import type { ShortCause } from '../explain/causes.ts';
import type { ModelSpending } from '../explain/read-period.ts';
import type { Forgotten, Noise, PastIncident, Quiet } from '../incident/read-period.ts';
import type { ShiftSeen, SlowerTask, TaskTotals } from '../measure/read-days.ts';
import type { SlaPeriod, SlaPeriodCounts } from '../sla/read-period.ts';
import type { Period } from './period.ts';

/** A number of a period, and the same of the period before; null: too little is known to say. */
export interface Compared {
  now: number | null;
  before: number | null;
}

/** A list cut short: `count` are there. */
export interface Short<Item> {
  items: Item[];
  count: number;
}

/** An incident, and what explains it; null: nothing does. */
export interface ToldIncident extends PastIncident {
  cause: ShortCause | null;
}

/** Incidents that are put down to the same kind of cause. */
export interface CauseGroup extends Short<ToldIncident> {
  category: Category;
  incidents: Compared;
}

/** How long something took. */
export interface TookCompared {
  count: Compared;
  meanSeconds: Compared;
  medianSeconds: Compared;
}

/** A period told. All lists are cut short. */
export interface Report {
  deployment: string;
  period: Period;
  before: Period;
  madeAt: Date;
  /** The period is over, so that it can be compared. */
  isOver: boolean;
  /** Since when tries are counted, and incidents known; null: not yet. */
  triesSince: Date | null;
  incidentsSince: Date | null;
  /** Incidents that stand for themselves and are no slowness. */
  failures: { incidents: Compared; groups: CauseGroup[]; unread: number };
  slower: {
    shifts: Short<ShiftSeen> & { compared: Compared };
    incidents: Short<ToldIncident> & { compared: Compared };
    tasks: Short<SlowerTask>;
  };
  slas: Short<SlaPeriod> & { counts: SlaPeriodCounts };
  acknowledge: TookCompared;
  resolve: TookCompared;
  ignored: Short<PastIncident> & { told: Compared; compared: Compared };
  forgotten: Short<Forgotten> & { givenBack: Compared };
  quiet: Short<Quiet>;
  noisiest: Short<Noise>;
  flakiest: Short<TaskTotals> & { healed: Compared };
  /** Tries that ended, those that failed (for good or not), and what these took. */
  tries: {
    all: Compared;
    failed: Compared;
    final: Compared;
    successRatio: Compared;
    seconds: Compared;
    failedSeconds: Compared;
    failedShare: Compared;
    costliest: Short<TaskTotals>;
  };
  models: {
    calls: Compared;
    tokens: Compared;
    /** Null: no price fits. */
    cost: Compared;
    byModel: ModelSpending[];
    /** Some calls of the period are not kept any more. */
    isCut: boolean;
  };
}
