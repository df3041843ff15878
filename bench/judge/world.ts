import { randomOf, type Random } from '../../src/demo/random.ts';

export const minuteMs = 60_000;
export const hourMs = 3_600_000;
export const dayMs = 86_400_000;

/** Of ln(seconds); in equal shares (facts: batch durations lie between these). */
export const sigmas = [0.1, 0.15, 0.3, 0.5] as const;

/** How the durations of a DAG differ by the calendar: every run of a heavy day, or hour, takes `factor` times the usual. */
export interface Rhythm {
  by: 'weekday' | 'hour';
  heavy: readonly number[];
  factor: number;
}

export interface LabTask {
  taskId: string;
  medianSeconds: number;
  /** Recorded noise, as ln(seconds) about the median, a value a run; null: drawn from a normal distribution. */
  recorded: readonly number[] | null;
}

/** A mapped task of which only the number of instances matters: its noise and heavy days are those of the DAG's durations. */
export interface LabMapped {
  middle: number;
}

/** Its name, in every DAG that has one. */
export const mappedTaskId = 'parts';

/** A DAG of the lab: its tasks run one after the other, each with the same noise. */
export interface LabDag {
  dagId: string;
  /** Standard deviation of ln(seconds); null for recorded durations, of which nobody knows it. */
  sigma: number | null;
  periodMs: number;
  /** When its runs are due within a period. */
  offsetMs: number;
  tasks: readonly LabTask[];
  mapped: LabMapped | null;
  rhythm: Rhythm | null;
  /** Share of runs that fail without a cause that matters here. */
  failureShare: number;
  pool: string;
}

export interface LabSpan {
  /** A Monday, 00:00 UTC. */
  startMs: number;
  historyDays: number;
  days: number;
}

/** What is played: the DAGs, and how long. Runs before `historyDays` are over are history that is read at the start. */
export interface World extends LabSpan {
  seed: string;
  dags: readonly LabDag[];
}

export const judgedFromMs = ({ startMs, historyDays }: LabSpan): number => startMs + historyDays * dayMs;
export const endMs = (span: LabSpan): number => judgedFromMs(span) + span.days * dayMs;

export const defaultPool = 'default_pool';
/** The pool that faults of starvation are about. */
export const scarcePool = 'warehouse';

const start = Date.UTC(2026, 0, 5);
/** What Windsock reads by default. */
const historyDays = 30;

/** Hours between runs, of ten DAGs with the same noise. */
const periodsHours = [24, 24, 24, 24, 6, 6, 4, 4, 1, 1] as const;

/** The simulated deployment of this seed: the noise levels in turns, daily to hourly, a third of the DAGs with a rhythm. */
export function simulatedWorld(seed: string, { dags, days }: { dags: number; days: number }): World {
  return {
    seed,
    startMs: start,
    historyDays,
    days,
    dags: Array.from({ length: dags }, (_, index) => simulatedDag(seed, index)),
  };
}

function simulatedDag(seed: string, index: number): LabDag {
  const random = randomOf(seed, 'dag', index);
  const place = Math.floor(index / sigmas.length);
  const hours = periodsHours[place % periodsHours.length] ?? 24;
  // Of hourly DAGs both tasks fit in the hour, slow ones nearly.
  const longest = hours === 1 ? 10 : 40;
  return {
    dagId: `team_${index % 7}.pipeline_${index}`,
    sigma: sigmas[index % sigmas.length] ?? null,
    periodMs: hours * hourMs,
    offsetMs: Math.floor(random.next() * Math.min(hours, 20) * 60) * minuteMs,
    tasks: ['extract', 'load'].map((taskId) => ({
      taskId,
      medianSeconds: 60 * Math.exp(random.between(Math.log(2), Math.log(longest))),
      recorded: null,
    })),
    // Of every other DAG with the same noise.
    mapped:
      place % 2 === 0
        ? { middle: Math.round(Math.exp(randomOf(seed, 'mapped', index).between(Math.log(8), Math.log(300)))) }
        : null,
    rhythm: place % 3 === 0 ? rhythmOf(hours, random) : null,
    failureShare: random.between(0.005, 0.03),
    pool: place % 5 === 1 ? scarcePool : defaultPool,
  };
}

/** Heavy nights of what runs hourly; one heavy day, or light weekends, of what runs daily or so; none where no history is kept for it. */
function rhythmOf(hours: number, random: Random): Rhythm | null {
  const factor = random.between(2, 3);
  if (hours === 1) return { by: 'hour', heavy: [1, 2, 3, 4], factor };
  if (hours < 6) return null;
  return { by: 'weekday', heavy: random.chance(0.5) ? [Math.floor(random.between(0, 7))] : [0, 1, 2, 3, 4], factor };
}

/** Whether a run that is due then is one of the heavy ones. */
export function isHeavy({ rhythm }: Pick<LabDag, 'rhythm'>, dueMs: number): boolean {
  if (rhythm === null) return false;
  const at = new Date(dueMs);
  return rhythm.heavy.includes(rhythm.by === 'hour' ? at.getUTCHours() : (at.getUTCDay() + 6) % 7);
}
