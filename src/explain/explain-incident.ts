import type { Shape } from '../airflow/probe.ts';
import type { NoLog } from '../airflow/task-logs/task-log.ts';
import type { Incident } from '../incident/incident.ts';
import { AppError } from '../lib/errors.ts';
import { sureFrom } from './call/confidence.ts';
import type { Circumstances } from './evidence/circumstances.ts';
import { gatherCircumstances, tellEvidence } from './evidence/gather.ts';
import type { GatherDeps } from './evidence/scene.ts';
import type { ExplainDeps } from './explain-deps.ts';
import { explainFailure, type FailureExplained } from './explain-failure.ts';
import { explainFinding } from './explain-finding.ts';
import type { Explanation } from './explanation.ts';
import { failedTryOf, type FailedTry } from './failed-try.ts';
import { keep } from './log/keep.ts';
import { createLogHold } from './log/log-hold.ts';
import { baselineStanding, isFresh } from './log/log-baselines.ts';
import { createRefiner, refineMs } from './log/refine.ts';
import type { KeptExplanation } from './rows.ts';
import type { Explained, WorkerOptions } from './worker.ts';

const gatherMs = 10_000;
/** Reasons for which there is no log that may be gone in a while. */
const comes: ReadonlySet<NoLog> = new Set(['not_there', 'unreachable', 'late']);
/** A model waits so long for a log that may come: the second look is before that. */
const lateLogMs = 60_000;
/** A model waits so long for what refines an explanation. */
const askAfterMs = refineMs + 2000;

/**
 * Explains incidents, one at a time: gathers what is known, reads the log of a failed try, explains by rules, and keeps that as leader.
 * What refines the explanation of a failure, the logs of other tries, is left for later.
 */
export function createExplainer(deps: ExplainDeps): WorkerOptions['explain'] {
  const { airflow, store, deployment, clock, look, asLeader, asksModels, runbooks, objectives } = deps;
  const hold = createLogHold();
  const refine = createRefiner(deps);

  return async (incident, signal) => {
    const seen = look();
    if (seen === null) throw new AppError('UNAVAILABLE', 'Airflow was not read yet');
    const scene: GatherDeps = { airflow, shape: seen.shape, store, deployment, snapshot: seen.snapshot, runbooks, objectives };
    const circumstances = await gatherCircumstances(scene, incident, { now: clock.now(), signal, deadlineMs: gatherMs });
    const failed = failedTryOf(incident);
    if (failed !== null) return explainTry(incident, circumstances, failed, { shape: seen.shape, signal });
    const result = explainFinding(incident, circumstances);
    const row = rowOf(incident, circumstances, { log: null, evidence: tellEvidence(circumstances), result }, 0);
    const settled = await asLeader((tx) => keep(tx, deployment, incident, row));
    return { refine: null, redactions: {}, settled, mayKnowMore: false };
  };

  async function explainTry(
    incident: Incident,
    circumstances: Circumstances,
    failed: FailedTry,
    { shape, signal }: { shape: Shape; signal: AbortSignal },
  ): Promise<Explained> {
    const log = await deps.readLog(failed, signal);
    const standing = await baselineStanding(store, deployment, failed, circumstances);
    const baseline = standing.kept !== undefined && isFresh(standing.kept, standing) ? standing.kept.baseline : undefined;
    const explained = explainFailure(log, incident, circumstances, { rules: deps.rules, baseline });
    // Where it was held against all there is, a model need not wait.
    const goesOn = log.found && (baseline === undefined || failed.tryNumber > 1);
    // Workers that deliver logs when a task has ended take a while, and who has them may be away.
    const mayKnowMore = !log.found && comes.has(log.why);
    const row = rowOf(incident, circumstances, explained, mayKnowMore ? lateLogMs : goesOn ? askAfterMs : 0);
    const settled = await asLeader((tx) => keep(tx, deployment, incident, row));
    const base = { redactions: log.found ? Object.fromEntries(log.redactions) : {}, settled, mayKnowMore };
    if (!goesOn) return { ...base, refine: null };
    const first = { incident, circumstances, failed, shape, explained, baseline, standing, takeLog: hold(log) };
    return {
      ...base,
      async refine(stop) {
        const refined = await refine(first, stop);
        if (refined === undefined) return false;
        const next = { ...rowOf(incident, refined.circumstances, refined, 0), madeAt: row.madeAt };
        return asLeader((tx) => keep(tx, deployment, incident, next));
      },
    };
  }

  /** A row, and whether a model may be asked from when on: once an incident, of the root, where the rules are in doubt. */
  function rowOf(
    { id, latest, rootId, severity }: Incident,
    circumstances: Circumstances,
    { log, evidence, result }: Omit<FailureExplained, 'log'> & { log: FailureExplained['log'] | null; result: Explanation },
    waitMs: number,
  ): KeptExplanation {
    const madeAt = clock.now();
    const asks = asksModels && rootId === null && severity !== 'info' && result.confidence < sureFrom;
    return {
      incidentId: id,
      event: latest.event,
      madeAt,
      log,
      evidence,
      circumstances: { ...circumstances },
      resultA: result,
      resultB: null,
      signature: log?.signature ?? null,
      askAfter: asks ? new Date(madeAt.getTime() + waitMs) : null,
      outcome: asks ? null : 'rules',
    };
  }
}
