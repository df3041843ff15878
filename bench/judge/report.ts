import type { Kind } from '../../src/detect/kinds.ts';
import { faultKinds, type FaultKind } from './faults.ts';
import { tellsOf } from './causes.ts';
import type { Compared } from './compare.ts';
import type { Found, Outcome } from './outcome.ts';
import { sigmas } from './world.ts';

/** How many of these faults we found, and the oracle. */
export interface Recall {
  faults: number;
  found: number;
  oracle: number;
  /** By who has to learn what the oracle knows. */
  learner: number;
}

export const recallOf = (faults: readonly Found[]): Recall => ({
  faults: faults.length,
  found: faults.filter((each) => each.found).length,
  oracle: faults.filter((each) => each.oracle).length,
  learner: faults.filter((each) => each.learner).length,
});

/** The oracle must find this share for a comparison with it, and we that share of what it finds. */
const oracleMin = 0.2;
export const ofOracleMin = 0.75;

/** Ours as a share of the oracle's; null where that finds too few to say. */
export const ofOracle = ({ faults, found, oracle }: Pick<Recall, 'faults' | 'found' | 'oracle'>): number | null =>
  faults === 0 || oracle < oracleMin * faults ? null : found / oracle;

/** What several plays have shown together. */
export interface Summary {
  weeks: number;
  plays: number;
  falseAlerts: number;
  falsePerWeek: number;
  /** Of each play. */
  falseByPlay: number[];
  falseByKind: Map<Kind, number>;
  faults: Found[];
  kinds: KindLine[];
  compared: Compared[];
}

export interface KindLine {
  kind: FaultKind;
  recall: Recall;
  /** Incidents of its kinds that a fault explains, or another true failure. */
  precision: number;
  incidents: number;
  /** Medians of those found. */
  delayRuns: number | null;
  delayMinutes: number | null;
  alertsPerFault: number;
}

const middle = (values: readonly number[]): number | null =>
  values.length === 0 ? null : (values.toSorted((a, b) => a - b)[values.length >> 1] ?? null);

const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);

function kindLine(kind: FaultKind, outcomes: readonly Outcome[], faults: readonly Found[]): KindLine {
  const counts = outcomes.flatMap(({ incidents }) => tellsOf[kind].own.flatMap((own) => incidents.get(own) ?? []));
  const all = sum(counts.map((count) => count.all));
  const found = faults.filter((each) => each.found);
  return {
    kind,
    recall: recallOf(faults),
    precision: all === 0 ? Number.NaN : 1 - sum(counts.map((count) => count.false)) / all,
    incidents: all,
    delayRuns: middle(found.flatMap(({ delayRuns }) => delayRuns ?? [])),
    delayMinutes: middle(found.flatMap(({ delayMinutes }) => delayMinutes ?? [])),
    alertsPerFault: sum(found.map(({ alerts }) => alerts)) / Math.max(1, found.length),
  };
}

/** Adds up plays. */
export function summarise(plays: readonly { outcome: Outcome; compared: readonly Compared[] }[]): Summary {
  const outcomes = plays.map(({ outcome }) => outcome);
  const weeks = sum(outcomes.map((each) => each.weeks));
  const falseByKind = new Map<Kind, number>();
  for (const { falseAlerts } of outcomes)
    for (const [kind, count] of falseAlerts) falseByKind.set(kind, (falseByKind.get(kind) ?? 0) + count);
  const faults = outcomes.flatMap((each) => each.faults);
  const falseAlerts = sum(falseByKind.values());
  return {
    weeks,
    plays: plays.length,
    falseAlerts,
    falsePerWeek: falseAlerts / weeks,
    falseByPlay: outcomes.map((each) => sum(each.falseAlerts.values()) / each.weeks),
    falseByKind,
    faults,
    kinds: faultKinds.map((kind) =>
      kindLine(
        kind,
        outcomes,
        faults.filter((each) => each.kind === kind),
      ),
    ),
    compared: [
      ...Map.groupBy(
        plays.flatMap(({ compared }) => compared),
        ({ rule }) => rule,
      ).values(),
    ].map(addUp),
  };
}

function addUp(all: readonly Compared[]): Compared {
  const of = (value: (each: Compared) => number): number => sum(all.map(value));
  return {
    rule: all[0]?.rule ?? '',
    faults: of(({ faults }) => faults),
    found: of(({ found }) => found),
    falseFlags: of(({ falseFlags }) => falseFlags),
    ours: { found: of(({ ours }) => ours.found), falseFlags: of(({ ours }) => ours.falseFlags) },
  };
}

/** Of what is flagged, the share that is a fault. */
export const precisionOf = ({ found, falseFlags }: { found: number; falseFlags: number }): number =>
  found + falseFlags === 0 ? 1 : found / (found + falseFlags);

/** Kinds whose sizes are factors, or shares of failures: worth a line each. */
const sized: ReadonlySet<FaultKind> = new Set(['slow', 'drift', 'level_shift', 'failure_surge', 'mapped_count']);

/** Recall by kind, size and sigma, in the order of kinds. */
export function cellsOf(
  faults: readonly Found[],
): { kind: FaultKind; size: number | null; sigma: number | null; recall: Recall }[] {
  return faultKinds.flatMap((kind) => {
    const own = faults.filter((each) => each.kind === kind);
    const sizes = sized.has(kind) ? [...new Set(own.map(({ size }) => size))].toSorted((a, b) => a - b) : [null];
    return sizes.flatMap((size) =>
      [...sigmas, null].flatMap((sigma) => {
        const cell = own.filter((each) => (size === null || each.size === size) && each.sigma === sigma);
        return cell.length === 0 ? [] : [{ kind, size, sigma, recall: recallOf(cell) }];
      }),
    );
  });
}
