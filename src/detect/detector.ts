import type { Facts } from './facts.ts';
import type { Judgement, Subject } from './finding.ts';
import type { Kind } from './kinds.ts';
import type { DetectSettings } from './settings.ts';

/** An incident that is not resolved: what a detector may clear, and which event it knows already. */
export interface OpenFinding {
  kind: Kind;
  subject: Subject;
  event: string;
  since: Date;
  /** How long ago it was last found, in ms of our own clock. */
  quietMs: number;
}

/**
 * One pure judgement. `Reads` is the narrow part of the facts that it looks at; a part that is undefined could not be
 * collected, and then the detector judges, finds and clears nothing. `open` are the open incidents of its kinds, by subject
 * key: a condition that holds in the present (a component, a pool) is cleared by what the present shows, not by absence.
 * `now` is Airflow's database time.
 */
export type Detector<Reads, Settings> = (
  reads: Reads,
  open: ReadonlyMap<string, OpenFinding>,
  settings: Settings,
  now: Date,
) => Judgement;

/** A detector as the frame runs it. To add one, write a file beside this and list it in `detectors.ts`. */
export interface RegisteredDetector {
  /** The one kind that it finds and clears. */
  kind: Kind;
  /** Kinds whose open incidents it looks at too, and leaves alone; their subjects are of another type than its own. */
  alsoReads?: readonly Kind[];
  /** It judges by what was learned of history, and so not while that is still being read. */
  learned?: true;
  judge: Detector<Facts, DetectSettings>;
}
