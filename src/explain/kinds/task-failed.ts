import { deedText } from '../evidence/items/changes.ts';
import { nearName } from '../evidence/items/neighbours.ts';
import { clockTime, counted, hostName, some, spell, versionText } from '../evidence/words.ts';
import type { Circumstances } from '../evidence/circumstances.ts';
import type { Incident } from '../../incident/incident.ts';
import type { Explanation, TryFacts } from '../explanation.ts';
import { caseOf, clip, conclude, nameOf, weights, type Case, type Cause, type Shown, type Suspect } from './case.ts';

/** What rules on the log ask of the try; null: Airflow has its row no more. */
export function tryFactsOf({ attempt }: Pick<Circumstances, 'attempt'>): TryFacts | null {
  if (attempt === undefined) return null;
  const { state, operator, tryNumber, maxTries, durationSeconds, pool, queue, host, events } = attempt;
  return {
    state,
    operator,
    tryNumber,
    maxTries,
    durationSeconds,
    pool,
    queue,
    host,
    events: events.map(({ event }) => ({ event, extra: null })),
  };
}

/** The scheduler gave its worker up. */
const workerLost: Suspect = (each) => {
  const { attempt, neighbours } = each.circumstances;
  const event = attempt?.events.find(({ event: name }) => name === 'heartbeat timeout' || name === 'state mismatch');
  if (attempt === undefined || event === undefined) return null;
  const host = attempt.host === null ? 'its host' : hostName(attempt.host);
  const others = (neighbours?.near ?? []).filter(({ shares, kind }) => shares.includes('host') && kind === 'task_failed');
  const lost = (each.circumstances.platform?.lostWorkers ?? 0) - 1;
  const also =
    others.length > 0
      ? `, as did ${others.length} more on this host`
      : lost > 0
        ? `, as did ${counted(lost, 'other task')} within 15 minutes`
        : '';
  return {
    category: 'resource_error',
    subcategory: event.event === 'heartbeat timeout' ? 'heartbeat_lost' : 'killed',
    sentence: `${nameOf(each.incident)} lost its worker on ${host} ("${event.event}")${also}: evicted, killed for its memory, or cut off`,
    shownBy: [
      ['E1', /the scheduler noted/],
      ['E1', / on /],
      ...(others.length === 0 ? [] : [['E7', /same .*host/] satisfies Shown]),
    ],
    steps: [
      `Look at ${host} at ${clockTime(event.at, each.at)}: memory, evictions, restarts`,
      'Give the task more memory if it was killed for it',
      'Clear the task',
    ],
    transient: 'yes',
    weight: weights.compared + (others.length === 0 ? 0 : 0.1),
  };
};

/** More tasks failed on its host within minutes than chance explains. */
const hostTrouble: Suspect = (each) => {
  const { neighbours, attempt } = each.circumstances;
  const here = (neighbours?.near ?? []).filter(({ shares, kind }) => kind === 'task_failed' && shares.includes('host'));
  const name = attempt?.host ?? each.finding.carried.host;
  if (name === null || neighbours?.common?.what !== 'host' || neighbours.common.value !== name) return null;
  const host = hostName(name);
  return {
    category: 'resource_error',
    subcategory: 'host_trouble',
    sentence: `${nameOf(each.incident)} failed on ${host}, where ${some(here.map(nearName))} failed within 15 minutes too`,
    shownBy: [
      ['E7', /in common/],
      ['E7', /same .*host/],
    ],
    steps: [`Look at ${host}: disk, memory, network`, `Take ${host} out of service, and clear what failed there`],
    transient: 'yes',
    weight: weights.likely,
  };
};

/** A person marked or cleared something of this run. */
const person: Suspect = (each) => {
  const { changes, attempt, run } = each.circumstances;
  const runId = attempt?.runId ?? run?.runId;
  const action = changes?.actions.find(
    ({ deed, taskId, runId: of, at }) =>
      deed === 'mark' &&
      of !== null &&
      of === runId &&
      (taskId === null || taskId === attempt?.taskId) &&
      Date.parse(at) <= each.finding.since.getTime() + 60_000,
  );
  if (action === undefined) return null;
  return {
    category: 'unknown',
    subcategory: 'person_marked',
    sentence: `${deedText(action)} at ${clockTime(action.at, each.at)}`,
    shownBy: [['E8', /set the state/]],
    steps: [`Ask ${action.who ?? 'who did it'} whether it was meant`],
    transient: 'no',
    weight: weights.likely,
  };
};

const upstream: Suspect = (each) => {
  const failed = (each.circumstances.run?.upstream ?? []).filter(
    ({ state }) => state === 'failed' || state === 'upstream_failed',
  );
  if (failed.length === 0) return null;
  return {
    category: 'dependency_failure',
    subcategory: 'upstream_failed',
    sentence: `${nameOf(each.incident)} ran though ${some(failed.map(({ taskId }) => taskId))} before it did not succeed: its input may be missing`,
    shownBy: [['E6', /^upstream/]],
    steps: [`Mend ${failed[0]?.taskId ?? ''} first, then clear both`],
    transient: 'unclear',
    weight: weights.possible + 0.05,
  };
};

const newCode: Suspect = (each) => {
  const version = each.circumstances.changes?.version;
  if (version == null || !version.changed || version.now === null) return null;
  return {
    category: 'unknown',
    subcategory: 'new_code',
    sentence: `${nameOf(each.incident)} failed with ${versionText(version.now)} of the code; its last success was with ${version.before === null ? 'another' : versionText(version.before)}`,
    shownBy: [['E8', /code changed/]],
    steps: ['Compare the two versions for what this task does', 'Roll back if it cannot be mended soon'],
    transient: 'no',
    weight: weights.likely,
  };
};

const settings: Suspect = (each) => {
  const action = each.circumstances.changes?.actions.find(({ deed }) => deed === 'variable' || deed === 'connection');
  if (action === undefined) return null;
  return {
    category: 'configuration_error',
    subcategory: 'settings_changed',
    sentence: `since the last success of ${nameOf(each.incident)}, ${deedText(action)} at ${clockTime(action.at, each.at)}`,
    shownBy: [['E8', /since the last success/]],
    steps: [`Ask ${action.who ?? 'who did it'} what was changed, and whether this task uses it`],
    transient: 'no',
    weight: weights.possible,
  };
};

const suspects: readonly Suspect[] = [workerLost, person, newCode, upstream, hostTrouble, settings];

/** A failed task without its log: what its rows say. */
export const explainTaskFailed = (each: Case): Explanation => conclude(each, suspects, unknown(each));

function unknown(each: Case): Cause {
  const { attempt, history } = each.circumstances;
  const after = attempt?.durationSeconds == null ? '' : ` after ${spell(attempt.durationSeconds)}`;
  const rare =
    history === undefined || history.runs === 0 ? '' : `; ${history.successes} of its last ${history.runs} runs succeeded`;
  return {
    category: 'unknown',
    subcategory: '',
    sentence: `${nameOf(each.incident)} failed${after}${rare}: only its log can say why`,
    shownBy: [['E1'], ['E5', /succeeded/]],
    steps: ['Read the log of the failed try'],
    transient: 'unclear',
    weight: weights.guess,
  };
}

/** What outranks a log that says little: the worker was lost, or a person did it. */
const outranking = new Set(['heartbeat_lost', 'killed', 'person_marked', 'host_trouble']);
/** Below this a log's explanation is not sure. */
const unsure = 0.5;
/** How much surer it makes, or less sure, when circumstances speak for or against it. */
const agrees = 0.1;

/**
 * A rules explanation of a log in the light of what is known round it; pure. The log names the error, so it stays the cause unless it
 * says little: then a lost worker or a person's hand is. What else changed stands beside it as an alternative, and an error that
 * a known change explains is surer.
 */
export function adjustByCircumstances(explanation: Explanation, incident: Incident, circumstances: Circumstances): Explanation {
  const each = caseOf(incident, circumstances);
  const around = conclude(each, suspects, unknown(each));
  if (around.rule === null) return explanation;
  const weak = explanation.category === 'unknown' || explanation.confidence < unsure;
  if (weak && outranking.has(around.subcategory) && around.confidence > explanation.confidence) {
    const before = { category: explanation.category, cause: explanation.rootCause, source: 'rules' as const };
    return {
      ...around,
      evidence: [...around.evidence, ...explanation.evidence],
      nextSteps: [...new Set([...around.nextSteps, ...explanation.nextSteps])].slice(0, 3),
      alternatives: explanation.category === 'unknown' ? around.alternatives : [before, ...around.alternatives].slice(0, 2),
      docs: explanation.docs ?? around.docs,
    };
  }
  const same = around.category === explanation.category || around.subcategory === explanation.subcategory;
  const cited = around.evidence.filter(({ ref }) => !explanation.evidence.some((one) => one.ref === ref));
  return {
    ...explanation,
    evidence: [...explanation.evidence, ...cited],
    confidence: Number(Math.min(0.99, explanation.confidence + (same ? agrees : 0)).toFixed(2)),
    alternatives: same
      ? explanation.alternatives
      : [
          ...explanation.alternatives,
          { category: around.category, cause: clip(around.rootCause, 240), source: 'rules' as const },
        ].slice(0, 2),
  };
}
