import { subjectKey, severities, type Cleared, type EndReason, type Finding, type Severity } from '../detect/finding.ts';
import type { Kind } from '../detect/kinds.ts';
import { explainTie } from './correlate.ts';
import type { Incident, Suppression } from './incident.ts';
import { mergeSameError } from './merge.ts';
import { partyOf, standingOf, type Standing } from './standing.ts';
import { strongestTie, tieOf, type TieContext } from './tie.ts';
import { troubledHosts } from './troubled-hosts.ts';

/** What is done about one incident in one cycle, in this order. `save` writes each with its event. */
export type Decision =
  | { kind: 'open'; id: string; finding: Finding; rootId: string | null; memberReason: string | null }
  /** The same event, seen again: its newest figures. */
  | { kind: 'refresh'; id: string; finding: Finding }
  /** Another event of the same trouble. */
  | { kind: 'recur'; id: string; finding: Finding }
  | { kind: 'raise'; id: string; from: Severity; to: Severity }
  | { kind: 'join'; id: string; rootId: string; reason: string }
  /** A member whose root has ended shows itself again, or more comes of it: it stands alone from now on. */
  | { kind: 'stand_alone'; id: string; reason: string }
  | { kind: 'resolve'; id: string; reason: EndReason; at: Date; text: string }
  | { kind: 'suppress'; id: string; suppression: Suppression; text: string }
  | { kind: 'unsuppress'; id: string; text: string }
  /** From now on people may be told of it. */
  | { kind: 'tell'; id: string }
  | { kind: 'escalate'; id: string; to: Severity; text: string }
  | { kind: 'unacknowledge'; id: string; text: string };

/** What is known of incidents before a cycle. */
export interface Desk {
  /** Open and acknowledged ones. */
  open: readonly Incident[];
  /** The event of each identity's newest resolved incident: it opens no second one. */
  closedEvents: ReadonlyMap<string, string>;
  /** Roots that are over and still have open members, and when they ended. */
  endedRoots: ReadonlyMap<string, Date>;
}

export interface DecideContext extends Omit<TieContext, 'troubledHosts'> {
  newId: () => string;
  /** Hosts on which tasks ran lately: where there is but one, sharing it says nothing. */
  hosts: number;
}

/** Identity within a deployment. */
export const identityOf = (kind: Kind, key: string): string => `${kind}\u0000${key}`;

const worse = (a: Severity, b: Severity): boolean => severities.indexOf(a) > severities.indexOf(b);

/**
 * What this cycle's findings and clears change (DESIGN §7). Pure. Absence of a finding changes nothing: only an explicit
 * clear resolves. Findings that stand for roots are taken first, so that their symptoms of the same cycle find them.
 */
export function decide(
  desk: Desk,
  { findings, cleared }: { findings: readonly Finding[]; cleared: readonly Cleared[] },
  context: DecideContext,
): Decision[] {
  const decisions: Decision[] = [];
  const open = new Map(desk.open.map((incident) => [identityOf(incident.kind, incident.subjectKey), standingOf(incident)]));
  const clears = new Map(cleared.map((each) => [identityOf(each.kind, subjectKey(each.subject)), each]));
  const tie: TieContext = {
    ...context,
    troubledHosts: context.hosts < 2 ? new Set() : troubledHosts([...open.values()], findings, context.windowMs),
  };
  const sorted = findings
    .toSorted(rootsFirst)
    .map((finding) => [identityOf(finding.kind, subjectKey(finding.subject)), finding] as const);
  const [old, fresh] = [sorted.filter(([identity]) => open.has(identity)), sorted.filter(([identity]) => !open.has(identity))];
  const over = endingOf(open, old, clears);
  // What ends now takes nothing in any more, as what had ended before.
  const ended = new Set([...desk.endedRoots.keys(), ...over.values()]);

  for (const [identity, finding] of old) seenAgain(open.get(identity), finding, ended, decisions);
  resolve(over.keys(), open, clears, decisions);
  for (const [identity, finding] of fresh) {
    const standing = open.get(identity);
    if (standing !== undefined) {
      seenAgain(standing, finding, ended, decisions);
    } else if (desk.closedEvents.get(identity) !== finding.event) {
      const opened = openOne(finding, open, { tie, ended, newId: context.newId }, decisions);
      open.set(identity, opened);
      absorb(opened, open, tie, decisions);
    }
  }
  resolve(endingOf(open, [], clears).keys(), open, clears, decisions);
  for (const { member, root } of mergeSameError([...open.values()], context.windowMs))
    take(member, root, explainTie('same_error', root.party), open, decisions);
  return decisions;
}

/** Kinds that nothing explains come first, and of those the earliest. */
function rootsFirst(a: Finding, b: Finding): number {
  const rank = ({ kind, subject }: Finding): number => {
    if (subject.type === 'component') return 0;
    if (subject.type === 'file') return 1;
    if (subject.type === 'deployment') return 2;
    if (subject.type === 'pool') return 3;
    return kind === 'task_failed' ? 4 : subject.type === 'task' ? 5 : subject.type === 'dag' ? 6 : 7;
  };
  const name = ({ kind, subject }: Finding) => identityOf(kind, subjectKey(subject));
  return rank(a) - rank(b) || a.since.getTime() - b.since.getTime() || (name(a) < name(b) ? -1 : 1);
}

/** Which of these end, by identity: what went wrong again after it had been right is not over. */
function endingOf(
  open: ReadonlyMap<string, Standing>,
  seen: readonly (readonly [identity: string, Finding])[],
  clears: ReadonlyMap<string, Cleared>,
): Map<string, string> {
  const again = new Map<string, number>();
  for (const [identity, { since }] of seen) again.set(identity, Math.max(again.get(identity) ?? 0, since.getTime()));
  return new Map(
    [...clears].flatMap(([identity, { at }]) => {
      const standing = open.get(identity);
      if (standing === undefined || Math.max(standing.newestMs, again.get(identity) ?? 0) > at.getTime()) return [];
      return [[identity, standing.id] as const];
    }),
  );
}

function resolve(
  identities: Iterable<string>,
  open: Map<string, Standing>,
  clears: ReadonlyMap<string, Cleared>,
  decisions: Decision[],
): void {
  for (const identity of identities) {
    const [standing, clear] = [open.get(identity), clears.get(identity)];
    if (standing === undefined || clear === undefined) continue;
    decisions.push({ kind: 'resolve', id: standing.id, reason: clear.reason, at: clear.at, text: clear.text });
    open.delete(identity);
  }
}

function seenAgain(standing: Standing | undefined, finding: Finding, ended: ReadonlySet<string>, decisions: Decision[]): void {
  if (standing === undefined) return;
  const { id } = standing;
  if (finding.event === standing.event) decisions.push({ kind: 'refresh', id, finding });
  else {
    decisions.push({ kind: 'recur', id, finding });
    standAlone(standing, 'it shows again after its root had ended', ended, decisions);
  }
  if (worse(finding.severity, standing.severity)) {
    decisions.push({ kind: 'raise', id, from: standing.severity, to: finding.severity });
    standing.severity = finding.severity;
  }
  standing.event = finding.event;
  standing.newestMs = Math.max(standing.newestMs, finding.since.getTime());
}

/** A member whose root has ended is told of by nobody: now it is. */
function standAlone(standing: Standing, reason: string, ended: ReadonlySet<string>, decisions: Decision[]): void {
  if (standing.rootId === null || !ended.has(standing.rootId)) return;
  decisions.push({ kind: 'stand_alone', id: standing.id, reason });
  standing.rootId = null;
  standing.memberReason = null;
}

function openOne(
  finding: Finding,
  open: ReadonlyMap<string, Standing>,
  { tie, ended, newId }: { tie: TieContext; ended: ReadonlySet<string>; newId: () => string },
  decisions: Decision[],
): Standing {
  const id = newId();
  const party = partyOf(finding, finding.since.getTime());
  const root = strongestTie(party, [...open.values()], tie);
  if (root !== null) standAlone(root.standing, 'more comes of it after its root had ended', ended, decisions);
  const rootId = root === null ? null : (root.standing.rootId ?? root.standing.id);
  const memberReason = root === null ? null : explainTie(root.relation, root.standing.party);
  decisions.push({ kind: 'open', id, finding, rootId, memberReason });
  const { event, severity, since } = finding;
  return { id, party, rootId, memberReason, split: false, event, severity, newestMs: since.getTime() };
}

/** A new root takes in what came before its cause was known, if that is recent; theirs go along. */
function absorb(root: Standing, open: ReadonlyMap<string, Standing>, tie: TieContext, decisions: Decision[]): void {
  if (root.rootId !== null) return;
  for (const other of open.values()) {
    if (other.id === root.id || other.rootId !== null || other.split) continue;
    if (Math.abs(other.newestMs - root.newestMs) > tie.windowMs) continue;
    const relation = tieOf(other.party, root.party, tie);
    if (relation === null) continue;
    take(other, root, explainTie(relation, root.party), open, decisions);
  }
}

/** `other` becomes a member of `root`, and its members go along: they are tied to it, and keep their reason. */
function take(other: Standing, root: Standing, reason: string, open: ReadonlyMap<string, Standing>, decisions: Decision[]): void {
  for (const each of open.values()) {
    if (each !== other && each.rootId !== other.id) continue;
    each.rootId = root.id;
    each.memberReason = each === other ? reason : (each.memberReason ?? reason);
    decisions.push({ kind: 'join', id: each.id, rootId: root.id, reason: each.memberReason });
  }
}
