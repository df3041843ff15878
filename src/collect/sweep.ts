import type { AirflowRead } from '../airflow/connect.ts';
import type { Shape } from '../airflow/probe.ts';
import { readLastRuns, type RunRow } from '../airflow/read-runs.ts';
import { isOpen, type Known, type KnownRun } from './known.ts';
import { endOf } from './judge-run.ts';
import type { SweepMemory } from './memory.ts';
import { clockSkewMs } from './read-plan.ts';

const sweepEveryMs = 10_000;
const dagsPerSweep = 40;
const runsPerDag = 5;
const knownRunsPerSweep = 200;

export interface Swept {
  /** Rows of runs that were forgotten and have changed since; they are in `known` again, as they were seen last. */
  rows: RunRow[];
  /** Known finished runs whose task instances are to be looked at, if they changed after `since`. */
  finished: KnownRun[];
  since: Date;
}

const nothing: Swept = { rows: [], finished: [], since: new Date(0) };

/**
 * The slow sweep, round and round: edits that leave no trace in the audit log (plain SQL, REST of 2.7 and 2.8). It looks at the last
 * runs of some DAGs, which may be forgotten long ago, and at the task instances of some of the finished runs that are still known.
 */
export async function sweep(read: AirflowRead, shape: Shape, known: Known, memory: SweepMemory, at: Date): Promise<Swept> {
  if (at.getTime() - memory.sweptAtMs < sweepEveryMs) return nothing;
  memory.sweptAtMs = at.getTime();
  return { rows: await sweepDags(read, shape, known, memory, at), ...sweepFinished(known, memory, at) };
}

async function sweepDags(read: AirflowRead, shape: Shape, known: Known, memory: SweepMemory, at: Date): Promise<RunRow[]> {
  const from = memory.dagsTo >= memory.dagIds.length ? 0 : memory.dagsTo;
  const dagIds = memory.dagIds.slice(from, from + dagsPerSweep);
  memory.dagsTo = from + dagIds.length;
  const changed: RunRow[] = [];
  const seen = new Map(dagIds.map((dagId) => [dagId, new Map<number, { row: RunRow; atMs: number }>()]));
  for (const row of await readLastRuns(read, shape, dagIds, runsPerDag)) {
    // What is known is watched by the feeds.
    if (known.runs.has(row.id)) continue;
    const before = memory.lastRuns.get(row.dagId)?.get(row.id);
    if (before === undefined || (before.row.state === row.state && before.row.clearNumber === row.clearNumber)) {
      seen.get(row.dagId)?.set(row.id, { row, atMs: at.getTime() });
      continue;
    }
    known.runs.set(row.id, asSeen(before));
    changed.push(row);
  }
  for (const [dagId, rows] of seen) memory.lastRuns.set(dagId, rows);
  // What left the catalogue is let go, once a round.
  if (from === 0 && memory.lastRuns.size > memory.dagIds.length) {
    const here = new Set(memory.dagIds);
    for (const dagId of memory.lastRuns.keys()) if (!here.has(dagId)) memory.lastRuns.delete(dagId);
  }
  return changed;
}

/** A run as the sweep saw it last: what ended until then is counted, or is history. */
function asSeen({ row, atMs }: { row: RunRow; atMs: number }): KnownRun {
  return {
    row,
    clearNumberBefore: row.clearNumber,
    settled: true,
    page: null,
    baselineMs: atMs,
    started: true,
    endCounted: endOf(row),
    tasks: new Map(),
  };
}

function sweepFinished(known: Known, memory: SweepMemory, at: Date): Pick<Swept, 'finished' | 'since'> {
  const finished = [...known.runs.values()]
    .filter(({ row, settled, tasks }) => row.id < memory.belowRunId && settled && tasks.size > 0 && !isOpen(row))
    .sort((a, b) => b.row.id - a.row.id)
    .slice(0, knownRunsPerSweep);
  const since = new Date(memory.roundBeforeAtMs === null ? 0 : memory.roundBeforeAtMs - clockSkewMs);
  memory.roundAtMs ??= at.getTime();
  memory.belowRunId = finished.at(-1)?.row.id ?? Infinity;
  if (finished.length < knownRunsPerSweep) {
    memory.belowRunId = Infinity;
    memory.roundBeforeAtMs = memory.roundAtMs;
    memory.roundAtMs = null;
  }
  return { finished, since };
}
