import type { Kind } from '../../src/detect/kinds.ts';
import { shareAt } from '../../src/measure/frequency.ts';
import type { Learned } from '../../src/measure/learned.ts';
import { byDag, casesOf, causesOf, tellsOf, type Case, type Cause } from './causes.ts';
import { isEligible, learnerFinds, oracleFinds, type Oracle } from './oracle.ts';
import type { Fault, FaultKind } from './faults.ts';
import type { Played, Told } from './play.ts';
import type { LabRun, LabTry } from './timeline.ts';
import { dayMs, minuteMs, type World } from './world.ts';

/** How one fault was found, by us and by the oracle. */
export interface Found {
  kind: FaultKind;
  size: number;
  sigma: number | null;
  oracle: boolean;
  /** By who has to learn what the oracle knows. */
  learner: boolean;
  found: boolean;
  /** From when it could be known until it was told; null: never. */
  delayMinutes: number | null;
  /** Runs of its DAG that had ended since. */
  delayRuns: number | null;
  /** Alerts that it made. */
  alerts: number;
}

/** What one play has shown. */
export interface Outcome {
  weeks: number;
  faults: Found[];
  /** Incidents by kind: all, and those that nothing but chance explains; members of others included. */
  incidents: Map<Kind, { all: number; false: number }>;
  /** Alerts that nothing but chance explains, by kind. */
  falseAlerts: Map<Kind, number>;
  alerts: number;
  cases: Case[];
  eligible: Case[];
}

/** Holds what was told against what was planned. */
export function outcomeOf(world: World, faults: readonly Fault[], runs: readonly LabRun[], played: Played): Outcome {
  const dagRuns = byDag(runs);
  const cases = casesOf(world, faults, dagRuns);
  const causes = causesOf(played, cases);
  const known = new Map<LabTry, (typeof played.judged)[number]['alphas']>(
    played.judged.map(({ tried, alphas }) => [tried, alphas]),
  );
  const oracle: Oracle = {
    runs: dagRuns,
    alphasOf: (tried, { periodMs }) => sharedBy(known.get(tried) ?? played.learned.alphas, shareAt(dayMs / periodMs)),
  };
  const byCase = Map.groupBy(causes, ([, cause]) => cause);
  const eligible = cases.filter((each) => isEligible(each, oracle));
  const outcome: Outcome = {
    weeks: world.days / 7,
    faults: eligible.map((each) => {
      const told = (byCase.get(each) ?? []).map(([one]) => one);
      const standing = played.incidents.filter((one) => !told.includes(one) && standsFor(each, one));
      return foundOf(each, [...told, ...standing], oracle);
    }),
    incidents: new Map(),
    falseAlerts: new Map(),
    alerts: played.incidents.filter(({ toldMs }) => toldMs !== null).length,
    cases,
    eligible,
  };
  for (const [told, cause] of causes) count(outcome, told, cause);
  return outcome;
}

/** Alphas as they are for a DAG that has this share: what fails is not judged by how often it runs. */
const sharedBy = (alphas: Learned['alphas'], share: number): Learned['alphas'] =>
  Object.fromEntries(Object.entries(alphas).map(([name, alpha]) => [name, name === 'failure_rate' ? alpha : alpha * share]));

/** A DAG that is late already does not become late anew: its open incident stands for the next miss, too. */
function standsFor({ fault, sinceMs, untilMs }: Case, { incident }: Told): boolean {
  const { kind, subject, openedAt, resolvedAt } = incident;
  if (fault.kind !== 'missing_run' || kind !== 'dag_late' || !('dagId' in subject) || subject.dagId !== fault.dag?.dagId)
    return false;
  return openedAt.getTime() <= sinceMs && (resolvedAt === null || resolvedAt.getTime() >= untilMs - 3 * minuteMs);
}

function count({ incidents, falseAlerts }: Outcome, { incident: { kind }, toldMs }: Told, cause: Cause): void {
  const entry = incidents.get(kind) ?? { all: 0, false: 0 };
  incidents.set(kind, entry);
  entry.all += 1;
  if (cause !== 'chance') return;
  entry.false += 1;
  if (toldMs !== null) falseAlerts.set(kind, (falseAlerts.get(kind) ?? 0) + 1);
}

function foundOf(each: Case, told: readonly Told[], oracle: Oracle): Found {
  const { kind, size, dag } = each.fault;
  const own = told.filter(({ incident }) => tellsOf[kind].own.includes(incident.kind));
  const atMs = own.length === 0 ? null : Math.min(...own.map(({ incident }) => incident.openedAt.getTime()));
  const runs = dag === null ? [] : (oracle.runs.get(dag) ?? []);
  return {
    kind,
    size,
    sigma: dag?.sigma ?? null,
    oracle: oracleFinds(each, oracle),
    learner: learnerFinds(each, oracle),
    found: atMs !== null,
    delayMinutes: atMs === null ? null : Math.max(0, atMs - each.sinceMs) / minuteMs,
    delayRuns: atMs === null || dag === null ? null : runs.filter(({ endMs }) => endMs > each.sinceMs && endMs <= atMs).length,
    alerts: told.filter(({ toldMs }) => toldMs !== null).length,
  };
}
