import { randomBytes } from 'node:crypto';
import type { StoredGraph } from './collect/graph.ts';
import type { KnownDag } from './collect/known-dags.ts';
import type { Snapshot } from './collect/snapshot.ts';
import type { Transition } from './collect/transition.ts';
import { alphasOf } from './detect/budget.ts';
import type { DetectConfig } from './detect/config.ts';
import { detect, type Detection, type DetectorReport } from './detect/detect.ts';
import { detectors } from './detect/detectors.ts';
import type { Facts } from './detect/facts.ts';
import { settingsOf } from './detect/settings.ts';
import { applyDecisions, type Applied, type ApplyContext, type NewEvent } from './incident/apply.ts';
import type { IncidentConfig } from './incident/config.ts';
import { decide, type Desk } from './incident/decide.ts';
import { incidentFamilies } from './incident/families.ts';
import { goneOf } from './incident/gone.ts';
import { noDagFacts, type DagFacts } from './incident/labels.ts';
import { loadDesk } from './incident/load.ts';
import { saveEvents, saveIncidents } from './incident/save.ts';
import { tend, type Telling } from './incident/tend.ts';
import type { Topology } from './incident/tie.ts';
import { loadTimes } from './incident/times.ts';
import { topologyOf } from './incident/topology.ts';
import type { Clock } from './lib/clock.ts';
import type { Family } from './measure/family.ts';
import { learnAnew, type Learned } from './measure/learned.ts';
import type { Book } from './measure/observe.ts';
import type { Tx } from './store/store.ts';

export interface JudgeDeps {
  deployment: string;
  clock: Clock;
  detect: DetectConfig;
  incident: IncidentConfig;
}

/** What a judgement gives besides rows. */
export interface Judged {
  detectors: DetectorReport[];
  /** Families of incidents as they are now. */
  families: Family[];
}

type DagRows = NonNullable<Snapshot['dags']>;

/** What judgement keeps between cycles; a restart makes it anew from rows and from what is there. */
export interface JudgeMemory {
  topology: Topology;
  hasTask: (dagId: string, taskId: string) => boolean;
  /** The hash of each DAG's serialised form: it is another one when its code is. */
  versions: ReadonlyMap<string, string>;
  /** The catalogue as it was last read: labels and rules by owner need it when it cannot be. */
  catalogue: DagRows;
  /** When each host last ran a task, in ms since 1970. */
  hosts: Map<string, number>;
}

/** Judgement that knows these graphs. */
export function judgeMemory(graphs: readonly StoredGraph[], dags: ReadonlyMap<string, KnownDag>): JudgeMemory {
  const tasks = new Map(graphs.map((graph) => [graph.dagId, new Set(graph.tasks.map(({ taskId }) => taskId))]));
  return {
    topology: topologyOf(graphs, (dagId) => dags.get(dagId)?.file ?? null),
    hasTask: (dagId, taskId) => tasks.get(dagId)?.has(taskId) ?? true,
    versions: new Map(graphs.map(({ dagId, hash }) => [dagId, hash])),
    catalogue: [],
    hosts: new Map(),
  };
}

/** The settings that alphas follow from, as one text. */
export const settingsText = ({ detect: config }: Pick<JudgeDeps, 'detect'>): string => JSON.stringify(config);

/** What all series say together, with the probabilities that share the budget of false alerts. */
export function learn(
  { series, runs, mapped }: Pick<Book, 'series' | 'runs' | 'mapped'>,
  deps: JudgeDeps,
  memory: JudgeMemory,
  now: Date,
): Learned {
  const settings = settingsOf(deps.detect, memory.catalogue);
  return learnAnew(
    { series, runs },
    (prior) => alphasOf({ series, runs, mapped, prior }, settings, now),
    settingsText(deps),
    now,
  );
}

const hostsKeptMs = 3_600_000;

function rememberHosts(hosts: Map<string, number>, { transitions, snapshot }: Pick<Facts, 'transitions' | 'snapshot'>): void {
  const nowMs = snapshot.at.getTime();
  for (const each of transitions) if (each.kind === 'attempt' && each.hostname !== null) hosts.set(each.hostname, nowMs);
  for (const { hostname } of snapshot.unfinished?.tasks ?? []) if (hostname !== null) hosts.set(hostname, nowMs);
  for (const [host, seenMs] of hosts) if (nowMs - seenMs > hostsKeptMs) hosts.delete(host);
}

/**
 * Detect, then what it changes of incidents, in the cycle's one transaction: open incidents are read and locked, detectors
 * speak, and everything that follows is written.
 */
export async function judge(tx: Tx, deps: JudgeDeps, memory: JudgeMemory, facts: Facts): Promise<Judged> {
  const desk = await loadDesk(tx, deps.deployment, deps.clock.now());
  const { detection, applied } = decideAll(desk, deps, memory, facts);
  const changed = applied.incidents.filter(({ id }) => applied.changed.has(id));
  await saveIncidents(tx, deps.deployment, changed);
  await saveEvents(tx, deps.deployment, [...applied.events, ...retriedEvents(facts.transitions, deps.clock.now())]);
  const families = incidentFamilies(applied.incidents, await loadTimes(tx, deps.deployment));
  return { detectors: detection.reports, families };
}

/** What detectors say, and what becomes of the incidents by it. Writes nothing, but remembers catalogue and hosts. */
export function decideAll(
  desk: Desk & { toldLately: readonly Telling[] },
  deps: JudgeDeps,
  memory: JudgeMemory,
  facts: Facts,
): { detection: Detection; applied: Applied } {
  memory.catalogue = facts.snapshot.dags ?? memory.catalogue;
  rememberHosts(memory.hosts, facts);
  const now = deps.clock.now();
  const open = desk.open.map(({ kind, subject, latest: { event, since }, lastSeenAt }) => ({
    kind,
    subject,
    event,
    since,
    quietMs: now.getTime() - lastSeenAt.getTime(),
  }));
  const settings = settingsOf(deps.detect, memory.catalogue);
  const detection = detect(detectors, { facts, open, settings, clock: deps.clock });
  const gone = goneOf(desk.open, { dags: facts.dags, hasTask: memory.hasTask }, facts.snapshot.at);
  const dagFacts = dagFactsOf(memory.catalogue);
  const context: ApplyContext = { airflow: deps.deployment, teams: deps.incident.teams, dagFacts };
  const decisions = decide(
    desk,
    { findings: detection.findings, cleared: [...detection.cleared, ...gone] },
    { topology: memory.topology, windowMs: deps.incident.correlation_window, newId: () => newId(now), hosts: memory.hosts.size },
  );
  const decided = applyDecisions(desk.open, decisions, context, now);
  const { toldLately, endedRoots } = desk;
  const tended = tend(decided.incidents, { rules: deps.incident, dagFacts, toldLately, endedRoots }, now);
  return { detection, applied: both(decided, applyDecisions(decided.incidents, tended, context, now)) };
}

const both = (first: Applied, second: Applied): Applied => ({
  incidents: second.incidents,
  changed: new Set([...first.changed, ...second.changed]),
  events: [...first.events, ...second.events],
});

/** Its day, so that people can place it, and chance. */
const newId = (now: Date): string => `${now.toISOString().slice(0, 10).replaceAll('-', '')}-${randomBytes(5).toString('hex')}`;

function dagFactsOf(rows: DagRows): (dagId: string | null) => DagFacts {
  // Few cycles open an incident.
  let byId: Map<string, DagRows[number]> | undefined;
  return (dagId) => {
    byId ??= new Map(rows.map((row) => [row.dagId, row]));
    const row = dagId === null ? undefined : byId.get(dagId);
    if (row === undefined) return noDagFacts;
    const owners = row.owners.split(',').map((owner) => owner.trim());
    return { owners: owners.filter((owner) => owner !== ''), tags: row.tags };
  };
}

/** A day of a large deployment has thousands: more than so many in one cycle say nothing new. */
const retriedMax = 200;

/** Tries that succeeded after a try of the same run had failed: told in the timeline, no incidents. */
function retriedEvents(transitions: readonly Transition[], now: Date): (Omit<NewEvent, 'incidentId'> & { incidentId: null })[] {
  return transitions
    .flatMap((each) =>
      each.kind === 'attempt' && each.outcome === 'success' && each.tryNumber > 1 && each.clearNumber === 0
        ? [`${each.dagId}.${each.taskId} of run ${each.runId} succeeded on try ${each.tryNumber}`]
        : [],
    )
    .slice(0, retriedMax)
    .map((text) => ({ incidentId: null, at: now, kind: 'retried', who: 'windsock', text }));
}
