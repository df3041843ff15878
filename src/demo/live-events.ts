import type { FaultKind } from './config.ts';
import type { FaultInForce, Simulation } from './simulation.ts';
import { truthSince, type GroundTruth } from './truth.ts';

/** What is worth telling a person who watches the simulated Airflow. */
export type LiveEvent =
  | { kind: 'try_failed'; dagId: string; taskId: string; mapIndex: number; tryNumber: number; willRetry: boolean }
  | { kind: 'fault_began' | 'fault_over'; fault: FaultKind; dagId?: string; taskId?: string; untilMs: number }
  | {
      kind: 'lately';
      seconds: number;
      succeeded: number;
      failed: number;
      retried: number;
      runsSucceeded: number;
      runsFailed: number;
    };

const keyOf = ({ kind, dagId, until }: FaultInForce): string => `${kind}|${dagId ?? ''}|${until.getTime()}`;

/** Tells faults that begin or end between two calls, and every `latelySeconds` what happened since the last time. */
export function watchSimulation(simulation: Simulation, latelySeconds: number): () => LiveEvent[] {
  let faults = new Map<string, FaultInForce>();
  let truth = simulation.truth();
  let toldMs = simulation.now().getTime();
  return () => {
    const nowMs = simulation.now().getTime();
    const current = new Map(simulation.faults().map((fault) => [keyOf(fault), fault]));
    const events = [
      ...[...current].filter(([key]) => !faults.has(key)).map(([, fault]) => faultEvent('fault_began', fault)),
      ...[...faults].filter(([key]) => !current.has(key)).map(([, fault]) => faultEvent('fault_over', fault)),
    ];
    faults = current;
    const seconds = (nowMs - toldMs) / 1000;
    if (seconds < latelySeconds) return events;
    const after = simulation.truth();
    events.push(lately(seconds, truthSince(truth, after)));
    truth = after;
    toldMs = nowMs;
    return events;
  };
}

const faultEvent = (kind: 'fault_began' | 'fault_over', fault: FaultInForce): LiveEvent => ({
  kind,
  fault: fault.kind,
  untilMs: fault.until.getTime(),
  ...(fault.dagId === undefined ? {} : { dagId: fault.dagId }),
  ...(fault.taskId === undefined ? {} : { taskId: fault.taskId }),
});

function lately(seconds: number, { tasks, runs }: GroundTruth): LiveEvent {
  const sum = <Name extends string>(counts: Iterable<Readonly<Record<Name, number>>>, name: Name): number =>
    [...counts].reduce((total, each) => total + each[name], 0);
  return {
    kind: 'lately',
    seconds: Math.round(seconds),
    succeeded: sum(tasks.values(), 'success'),
    failed: sum(tasks.values(), 'failure'),
    retried: sum(tasks.values(), 'retry'),
    runsSucceeded: sum(runs.values(), 'run_success'),
    runsFailed: sum(runs.values(), 'run_failure'),
  };
}
