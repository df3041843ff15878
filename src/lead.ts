import type { Shape } from './airflow/probe.ts';
import type { CollectorReport, Snapshot } from './collect/snapshot.ts';
import { createClusterFailures } from './cluster-failures.ts';
import { asLeader, loadState, runCycle, type CycleDeps, type CycleState } from './cycle.ts';
import type { CycleStatus } from './cycle-messages.ts';
import type { DetectorReport } from './detect/detect.ts';
import { errorText } from './lib/errors.ts';
import type { Family } from './measure/family.ts';
import type { EncodedExposition } from './measure/exposition.ts';
import { expose, exposeDown, type ExposeMemory, type ExposeOptions } from './measure/expose.ts';
import { saveExposition } from './measure/save-exposition.ts';
import { redact } from './redact/redact.ts';
import { createGraphs } from './refresh-graphs.ts';
import { createRetention } from './retention.ts';
import { customFamilies, slaFamilies } from './sla/families.ts';
import { LeaseLostError, type Lease } from './store/lease.ts';
import { inSpan } from './telemetry/start.ts';
import { warningsOf } from './warnings.ts';
import { createWayBack } from './way-back.ts';

export interface LeadOptions extends CycleDeps, ExposeOptions {
  historyMs: number;
}

/** Airflow as the last good cycle saw it. */
export interface Seen {
  shape: Shape;
  snapshot: Snapshot;
}

export interface Turn {
  encoded: EncodedExposition;
  /** The same families as values, for OTLP. */
  families: readonly Family[];
  status: CycleStatus;
  reports: CollectorReport[];
  /** Whether Airflow's database answers, even if the cycle failed. */
  reachesAirflow: boolean;
  /** Present when the cycle failed; safe to show. */
  error?: string;
}

/** The leader's work, turn by turn. Its state mirrors the store; after a failure it is loaded anew. */
export function createLeader(options: LeadOptions) {
  const { store, airflow, clock, deployment } = options;
  let state: CycleState | null = null;
  let lastSnapshot: Snapshot | null = null;
  let seen: Seen | null = null;
  const exposeMemory: ExposeMemory = { dropped: new Set() };
  const graphs = createGraphs(options);
  const retention = createRetention(options);
  const clusterFailures = createClusterFailures(options);
  const wayBack = createWayBack(options, forget);

  async function ready(): Promise<CycleState> {
    if (state !== null) return state;
    const loaded = await loadState(options);
    await wayBack.load();
    state = loaded;
    return loaded;
  }

  function forget(): void {
    state = null;
    graphs.forget();
    wayBack.forget();
  }

  const publish = (lease: Lease, encoded: EncodedExposition, status: CycleStatus): Promise<void> =>
    asLeader(store, lease, (tx) => saveExposition(tx, deployment, lease.epoch, { encoded, status }));

  /** One cycle, encoded. A failed one gives an exposition that says so; throws only when the lease is another's by now. */
  async function turn(lease: Lease): Promise<Turn> {
    try {
      const current = await ready();
      const warmingUp = !wayBack.isDone();
      const cycle = await inSpan('cycle', {}, () => runCycle(options, current, lease, { warmingUp }));
      const { snapshot, reports } = cycle;
      // Somebody may have asked for history to be read again.
      if (cycle.bookChanged) await wayBack.reload();
      const { encoded, series, families } = expose(
        {
          tallies: current.tallies,
          bands: current.book,
          snapshot,
          backfill: wayBack.progress(),
          others: [...cycle.families, ...slaFamilies(cycle.sla.statuses ?? []), ...customFamilies(cycle.sla.custom)],
        },
        options,
        exposeMemory,
      );
      const warnings = [
        ...warningsOf(current.shape, snapshot, lastSnapshot, clock.now()),
        ...failuresOf(cycle.detectors),
        ...cycle.sla.warnings,
      ];
      lastSnapshot = snapshot;
      seen = { shape: current.shape, snapshot };
      const status = statusOf(snapshot, reports, { series, backfill: wayBack.progress(), warnings });
      await publish(lease, encoded, status);
      return { encoded, families, status, reports, reachesAirflow: true };
    } catch (error) {
      forget();
      if (error instanceof LeaseLostError) throw error;
      return failed(lease, redact(errorText(error)));
    }
  }

  /** After a failed cycle: whether Airflow's database answers, for us and, if our store works, for the followers. */
  async function failed(lease: Lease, error: string): Promise<Turn> {
    const up = await airflow
      .read((read) => read.query('SELECT 1'))
      .then(
        () => true,
        () => false,
      );
    const reports = [{ collector: 'runs', ok: false, seconds: 0, error }];
    const status = failedStatus(reports, wayBack.progress());
    const encoded = exposeDown(up);
    await publish(lease, encoded, status).catch((reason: unknown) => {
      if (reason instanceof LeaseLostError) throw reason;
    });
    return { encoded, families: [], status, reports, reachesAirflow: up, error };
  }

  /** Work that can wait, until `deadline()`: the way back in history, graphs, retention. True when there is more to do at once. */
  async function idle(lease: Lease, deadline: () => boolean): Promise<boolean> {
    if (state === null) return false;
    const current = state;
    while (!wayBack.isDone()) {
      if (deadline()) return true;
      await wayBack.step(current, lease);
    }
    await clusterFailures(lease);
    if (await graphs.refresh(current, lease, deadline)) return true;
    return retention.trim(current, lease, deadline);
  }

  return { turn, idle, forget, progress: wayBack.progress, seen: () => seen };
}

const failuresOf = (reports: readonly DetectorReport[]): string[] =>
  reports.flatMap(({ detector, error }) => (error === undefined ? [] : [`the detector ${detector} failed: ${error}`]));

function statusOf(
  snapshot: Snapshot,
  reports: CollectorReport[],
  rest: { series: number; backfill: number; warnings: string[] },
): CycleStatus {
  const importErrors = (snapshot.importErrors?.errors ?? []).map(({ filename, at, stacktrace }) => ({
    filename,
    atMs: at?.getTime() ?? null,
    stacktrace,
  }));
  return { snapshotAtMs: snapshot.at.getTime(), airflowVersion: snapshot.version, reports, importErrors, ...rest };
}

function failedStatus(reports: CollectorReport[], backfill: number): CycleStatus {
  return { snapshotAtMs: null, airflowVersion: '', warnings: [], reports, importErrors: [], series: 0, backfill };
}
