import type { Kind } from '../../src/detect/kinds.ts';
import { isMappedEvent } from '../../src/detect/mapped-count.ts';
import { runOf } from '../../src/detect/found.ts';
import type { Case } from './causes.ts';
import type { FaultKind } from './faults.ts';
import type { Played } from './play.ts';
import type { Flag, PlainRule } from './rules.ts';
import type { LabRun } from './timeline.ts';
import { minuteMs } from './world.ts';

/** A rule and our detector, each at its word: how many of the faults, how many false flags. */
export interface Compared {
  rule: string;
  faults: number;
  found: number;
  falseFlags: number;
  /** Ours, as sure as it need be to find as many. */
  ours: { found: number; falseFlags: number };
}

const detectorsFor: Readonly<Partial<Record<FaultKind, Kind>>> = {
  slow: 'task_slow',
  drift: 'trend',
  level_shift: 'trend',
  weekday_break: 'pattern_broken',
  failure_surge: 'failure_rate_high',
};

/** A flag with how sure it was; the surer, the higher. */
type Scored = Flag & { score: number };

/** What our detector flags when it may be as unsure as it likes. */
function ourFlags({ loose, ended }: Played, runs: ReadonlyMap<number, LabRun>, kind: Kind): Scored[] {
  const newest = new Map<string, LabRun>();
  let next = 0;
  return loose.flatMap(({ finding, atMs }): Scored[] => {
    for (let run = ended[next]; run !== undefined && run.endMs <= atMs; next += 1, run = ended[next])
      newest.set(run.dag.dagId, run);
    // No plain rule looks at mapped counts.
    if (finding.kind !== kind || !('dagId' in finding.subject) || isMappedEvent(finding.event)) return [];
    const { subject, event, score } = finding;
    const pk = runOf(event);
    const run = pk === null ? newest.get(subject.dagId) : runs.get(pk);
    if (run === undefined) return [];
    const task = 'taskId' in subject ? run.dag.tasks.findIndex(({ taskId }) => taskId === subject.taskId) : null;
    return [{ dag: run.dag, task, run, atMs, score }];
  });
}

/** The case that a flag is about: by its try where one try is wrong, else by its time. Undefined: none, it is false. */
function caseOf(flag: Flag, byDag: ReadonlyMap<unknown, readonly Case[]>): Case | undefined {
  return byDag.get(flag.dag)?.find(({ fault, fromMs, untilMs, tries }) => {
    if (fault.kind === 'mapped_count') return false;
    if (fault.task !== null && flag.task !== null && fault.task !== flag.task) return false;
    if (fault.kind === 'slow' || fault.kind === 'weekday_break') return tries.some(({ run }) => run === flag.run);
    return flag.atMs >= fromMs && flag.atMs <= untilMs + minuteMs;
  });
}

function tally(flags: readonly Flag[], wanted: ReadonlySet<Case>, byDag: ReadonlyMap<unknown, readonly Case[]>) {
  const found = new Set<Case>();
  let falseFlags = 0;
  for (const flag of flags) {
    const about = caseOf(flag, byDag);
    if (about === undefined) falseFlags += 1;
    else if (wanted.has(about)) found.add(about);
  }
  return { found: found.size, falseFlags };
}

/** Holds a plain rule against our detector at the rule's own recall: the surest of our flags, until they find as many. */
export function compare(
  rule: PlainRule,
  flags: readonly Flag[],
  { played, cases, eligible }: { played: Played; cases: readonly Case[]; eligible: readonly Case[] },
): Compared {
  const wanted = new Set(eligible.filter(({ fault }) => rule.for.includes(fault.kind)));
  const byDag = Map.groupBy(cases, ({ fault }) => fault.dag);
  const theirs = tally(flags, wanted, byDag);
  const runs = new Map([...played.ended, ...played.judged.map(({ run }) => run)].map((run) => [run.runPk, run]));
  const kind = detectorsFor[rule.for[0] ?? 'slow'] ?? 'task_slow';
  const surest = ourFlags(played, runs, kind).toSorted((a, b) => b.score - a.score);
  const found = new Set<Case>();
  let falseFlags = 0;
  for (const flag of surest) {
    if (found.size >= theirs.found) break;
    const about = caseOf(flag, byDag);
    if (about === undefined) falseFlags += 1;
    else if (wanted.has(about)) found.add(about);
  }
  return { rule: rule.name, faults: wanted.size, ...theirs, ours: { found: found.size, falseFlags } };
}
