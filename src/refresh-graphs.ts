import { readChangedGraphs, loadGraphHashes, loadGraphs, saveGraphs } from './collect/graph.ts';
import { asLeader, type CycleDeps, type CycleState } from './cycle.ts';
import { judgeMemory } from './judge.ts';
import type { Lease } from './store/lease.ts';

const graphEveryMs = 60_000;

/** Keeps the graphs of the DAGs up to date in the store, and what judgement takes from them. */
export function createGraphs({ store, airflow, clock, deployment }: CycleDeps) {
  /** The hash of each graph in the store; null: not loaded. */
  let hashes: Map<string, string> | null = null;
  let refreshedAtMs = -Infinity;

  /** Reads once a minute what changed, until `deadline()`. True when there is more to do. */
  async function refresh(current: CycleState, lease: Lease, deadline: () => boolean): Promise<boolean> {
    if (clock.monotonicMs() - refreshedAtMs <= graphEveryMs) return false;
    refreshedAtMs = clock.monotonicMs();
    while (await takeNext(current, lease)) {
      if (!deadline()) continue;
      refreshedAtMs = -Infinity;
      return true;
    }
    return false;
  }

  /** Takes the next graphs that changed; true when there are more. */
  async function takeNext(current: CycleState, lease: Lease): Promise<boolean> {
    hashes ??= await loadGraphHashes(store, deployment);
    const changes = await readChangedGraphs(airflow, current.shape, hashes);
    if (changes.changed.length + changes.gone.length === 0) return false;
    try {
      await asLeader(store, lease, (tx) => saveGraphs(tx, deployment, changes));
    } catch (error) {
      hashes = null;
      throw error;
    }
    for (const { dagId, hash } of changes.changed) hashes.set(dagId, hash);
    for (const dagId of changes.gone) hashes.delete(dagId);
    const made = judgeMemory(await loadGraphs(store, deployment), current.known.dags);
    current.judgement.topology = made.topology;
    current.judgement.hasTask = made.hasTask;
    current.judgement.versions = made.versions;
    return changes.more;
  }

  function forget(): void {
    hashes = null;
  }

  return { refresh, forget };
}
