import { runningSeconds } from '../evidence/items/attempt.ts';
import { deedText } from '../evidence/items/changes.ts';
import { downText } from '../evidence/items/platform.ts';
import { clockTime, hostName, spell, versionText } from '../evidence/words.ts';
import { nameOf, weights, type Shown, type Suspect } from './case.ts';
import { contention, slowHost, wholeRun } from './slow-around.ts';
import { fewRuns, slowRatio, timesOf, tookText } from './took.ts';

// Why a task takes longer than usual. In the order of nearness: this try, this task, this run, then what is round it.

/** It waited outside a worker for what its trigger watches, or is a sensor. */
const waited: Suspect = (each) => {
  const { attempt, platform } = each.circumstances;
  const times = timesOf(each);
  if (attempt === undefined || times === null) return null;
  const excess = times.seconds - times.usualSeconds;
  const deferred = attempt.deferredSeconds ?? 0;
  const triggerer = platform?.components.find(({ component, up }) => component === 'triggerer' && !up);
  if (triggerer !== undefined && deferred > 0)
    return {
      category: 'platform',
      subcategory: 'triggerer_down',
      sentence: `${tookText(each)}: it is deferred, and ${downText(triggerer, each.at)}, so nothing wakes it`,
      shownBy: [
        ['E9', /triggerer.* is down/],
        ['E1', /deferred/],
      ],
      steps: ['Restart the triggerer; deferred tasks go on by themselves', 'Look at the last lines of the log of the triggerer'],
      transient: 'yes',
      weight: weights.stated,
    };
  if (2 * deferred >= excess && deferred > 0)
    return {
      category: 'upstream_late',
      subcategory: 'deferred_wait',
      sentence: `${tookText(each)}: up to ${spell(deferred)} of it was spent deferred, waiting for what its trigger watches`,
      shownBy: [['E1', /deferred/]],
      steps: [`Look at the outside system or the DAG that ${attempt.taskId} (${attempt.operator}) waits for`],
      transient: 'unclear',
      weight: weights.compared,
    };
  if (!/Sensor/.test(attempt.operator)) return null;
  return {
    category: 'upstream_late',
    subcategory: 'sensor_wait',
    sentence: `${tookText(each)}: it is a sensor (${attempt.operator}), so what it waits for came late`,
    shownBy: [
      ['E1', /Sensor/],
      ['E5', /median/],
    ],
    steps: [`Check whether what ${attempt.taskId} waits for has arrived, and who delivers it`],
    transient: 'unclear',
    weight: weights.compared,
  };
};

/** Its worker is not heard of, though the row says running. */
const heartbeatSilentSeconds = 120;
const silentWorker: Suspect = (each) => {
  const { attempt } = each.circumstances;
  if (attempt === undefined || runningSeconds(attempt, each.at) === null || attempt.lastHeartbeatAt === null) return null;
  const silentSeconds = (each.at.getTime() - Date.parse(attempt.lastHeartbeatAt)) / 1000;
  if (attempt.state === 'deferred' || silentSeconds < heartbeatSilentSeconds) return null;
  return {
    category: 'platform',
    subcategory: 'worker_silent',
    sentence: `${tookText(each)}, but its worker on ${attempt.host === null ? 'an unknown host' : hostName(attempt.host)} has not been heard of for ${spell(silentSeconds)}: it is probably gone`,
    shownBy: [
      ['E1', /last heartbeat/],
      ['E1', / on /],
    ],
    steps: [
      `Check whether ${attempt.host === null ? 'its worker' : hostName(attempt.host)} is alive: evicted, out of memory, or cut off`,
      'Airflow ends the try after its heartbeat timeout (5 minutes by default); clear it earlier if it cannot wait',
    ],
    transient: 'yes',
    weight: weights.stated,
  };
};

/** Its run has more mapped instances of it than usual. */
const moreInstances: Suspect = (each) => {
  const { run, history } = each.circumstances;
  const [now, usual] = [run?.instances ?? null, history?.medianInstances ?? null];
  if (now === null || usual === null || now < slowRatio * usual || now - usual < fewRuns) return null;
  return {
    category: 'more_input',
    subcategory: 'more_instances',
    sentence: `${tookText(each)}: this run has ${now} mapped instances of it, usually ${Math.round(usual)}`,
    shownBy: [
      ['E6', /mapped instance/],
      ['E5', /mapped instances/],
    ],
    steps: [
      'See why the task before it made more items this time',
      'Raise the pool or the concurrency if more is the new normal',
    ],
    transient: 'unclear',
    weight: weights.compared,
  };
};

/** The code changed since the last success, and no earlier run of the new code says that it is as fast as before. */
const newCode: Suspect = (each) => {
  const { changes, history } = each.circumstances;
  const times = timesOf(each);
  if (changes?.version == null || !changes.version.changed || changes.version.now === null || times === null) return null;
  const { before, now } = changes.version;
  const same = history?.byVersion.find(({ name }) => name === versionText(now));
  if (same !== undefined && same.n >= fewRuns && same.medianSeconds < slowRatio * times.usualSeconds) return null;
  const known = same !== undefined && same.n >= fewRuns;
  return {
    category: 'slower_code',
    subcategory: 'new_code',
    sentence: `${tookText(each)}, ${known ? 'as in all runs' : 'in the first run'} of ${versionText(now)} of the code${before === null ? '' : ` (before: ${versionText(before)})`}`,
    shownBy: [['E8', /code changed/], ...(known ? [['E5', /by code/] satisfies Shown] : [])],
    steps: [
      `Compare ${versionText(now)} with ${before === null ? 'the one before' : versionText(before)} for what this task does`,
      'Roll back if the run must be on time',
    ],
    transient: 'no',
    weight: known ? weights.compared + 0.05 : weights.likely + 0.05,
  };
};

const dayMs = 86_400_000;

/** Somebody changed a variable, a connection or a pool since the last success, and not long before: on a busy Airflow somebody always does. */
const settings: Suspect = (each) => {
  const sinceMs = each.finding.since.getTime();
  const action = each.circumstances.changes?.actions.find(
    ({ deed, at }) =>
      (deed === 'variable' || deed === 'connection' || deed === 'pool') &&
      Date.parse(at) <= sinceMs &&
      sinceMs - Date.parse(at) < dayMs,
  );
  if (action === undefined) return null;
  return {
    category: 'configuration_error',
    subcategory: 'settings_changed',
    sentence: `${deedText(action)} at ${clockTime(action.at, each.at)}, before ${nameOf(each.incident)} became slow`,
    shownBy: [['E8', /since the last success/]],
    steps: [
      `Ask ${action.who ?? 'who did it'} what was changed at ${clockTime(action.at, each.at)}, and whether this task uses it`,
    ],
    transient: 'unclear',
    weight: weights.weak,
  };
};

/** Every suspect of a delay, the nearest to the try first. */
export const delaySuspects: readonly Suspect[] = [
  waited,
  silentWorker,
  moreInstances,
  newCode,
  slowHost,
  wholeRun,
  settings,
  contention,
];
