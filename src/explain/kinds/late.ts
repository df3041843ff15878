import { deedText, parseText } from '../evidence/items/changes.ts';
import { nearName } from '../evidence/items/neighbours.ts';
import { downText } from '../evidence/items/platform.ts';
import { ago, clockTime } from '../evidence/words.ts';
import type { Explanation } from '../explanation.ts';
import { heldUp } from './held-up.ts';
import { conclude, nameOf, weights, type Case, type Cause, type Suspect, withoutStop } from './case.ts';

// Why something that was expected is not there, by the stage that holds it.

/** Part of a larger trouble: that, or what explains it, is the cause. */
export const partOfAnother: Suspect = (each) => {
  const root = each.circumstances.neighbours?.root ?? null;
  if (root === null) return null;
  const platform = root.kind === 'component_down' || root.kind === 'pool_starved';
  const known = root.cause !== null && root.cause.category !== 'unknown' ? root.cause : null;
  return {
    category: known?.category ?? (platform ? 'platform' : 'upstream_late'),
    subcategory: known?.subcategory ?? root.kind,
    sentence: `${nameOf(each.incident)} suffers from another incident: ${known === null ? root.title : withoutStop(known.text)}`,
    shownBy: [
      ['E7', /^part of another/],
      ['E7', /^why that one/],
    ],
    steps: ['Mend that one first; this one should end with it'],
    transient: 'unclear',
    weight: known === null ? weights.compared : weights.compared + 0.05,
  };
};

/** Nothing is scheduled while the scheduler is down. */
export const schedulerDown: Suspect = (each) => {
  const down = each.circumstances.platform?.components.find(({ component, up }) => component === 'scheduler' && !up);
  if (down === undefined) return null;
  return {
    category: 'platform',
    subcategory: 'scheduler_down',
    sentence: `Nothing is scheduled: ${downText(down, each.at)}`,
    shownBy: [['E9', /scheduler.*(?:is down|never sent)/]],
    steps: ['Restart the scheduler, and look at the last lines of its log'],
    transient: 'yes',
    weight: weights.stated + 0.05,
  };
};

const importError: Suspect = (each) => {
  const error = each.circumstances.changes?.importError ?? null;
  if (error === null) return null;
  return {
    category: 'configuration_error',
    subcategory: 'import_error',
    sentence: `Airflow does not run ${nameOf(each.incident)}: ${parseText(error)}`,
    shownBy: [['E8', /does not parse/]],
    steps: [`Mend ${error.place?.file ?? error.file}${error.place === null ? '' : ` at line ${error.place.line}`}`],
    transient: 'no',
    weight: weights.stated,
  };
};

/** As many runs are open as may be: a new one has to wait. */
const tooManyRuns: Suspect = (each) => {
  const { platform, run } = each.circumstances;
  if (platform === undefined || platform.maxActiveRuns === null || platform.openRuns < platform.maxActiveRuns) return null;
  if (run !== undefined && run.state !== 'queued') return null;
  return {
    category: 'contention',
    subcategory: 'max_active_runs',
    sentence: `${nameOf(each.incident)} may have ${platform.maxActiveRuns} runs at once and has ${platform.openRuns}: the next one waits for them`,
    shownBy: [['E9', /runs of the DAG are open/]],
    steps: ['See what holds the oldest open run of this DAG', 'Raise max_active_runs if its runs may overlap'],
    transient: 'yes',
    weight: weights.stated - 0.05,
  };
};

const paused: Suspect = (each) => {
  const changes = each.circumstances.changes;
  if (changes?.pausedAt == null) return null;
  const by = changes.actions.find(({ deed }) => deed === 'pause');
  const auto = by?.who === 'scheduler';
  const who =
    by === undefined ? '' : auto ? ' by Airflow itself, after too many failed runs in a row' : ` by ${by.who ?? 'somebody'}`;
  return {
    category: 'configuration_error',
    subcategory: auto ? 'auto_paused' : 'paused',
    sentence: `${nameOf(each.incident)} is paused since ${clockTime(changes.pausedAt, each.at)}${who}`,
    shownBy: [
      ['E8', /paused since/],
      ['E8', /paused or resumed/],
    ],
    steps: auto
      ? ['Mend what its last runs failed of, then resume it']
      : [`${by?.who == null ? 'Find out' : `Ask ${by.who}`} whether this was meant, and resume it if not`],
    transient: 'no',
    weight: weights.stated,
  };
};

const gone: Suspect = (each) => {
  const changes = each.circumstances.changes;
  if (changes?.goneAt == null) return null;
  return {
    category: 'configuration_error',
    subcategory: 'dag_removed',
    sentence: `${nameOf(each.incident)} left the catalogue ${ago(changes.goneAt, each.at)}: Airflow finds it in no file any more${changes.file === null || changes.file === '' ? '' : ` (it was in ${changes.file})`}`,
    shownBy: [['E8', /left the catalogue/]],
    steps: ['See whether its file was removed, renamed or not deployed', 'Delete the DAG in Airflow if it is meant to be gone'],
    transient: 'no',
    weight: weights.stated - 0.1,
  };
};

/** In 3.x files are parsed by it alone. */
const processorDown: Suspect = (each) => {
  const down = each.circumstances.platform?.components.find(({ component, up }) => component === 'dag_processor' && !up);
  if (down === undefined) return null;
  return {
    category: 'platform',
    subcategory: 'dag_processor_down',
    sentence: `Files are not parsed: ${downText(down, each.at)}`,
    shownBy: [['E9', /DAG processor.*(?:is down|never sent)/]],
    steps: ['Restart the DAG processor, and look at the last lines of its log'],
    transient: 'yes',
    weight: weights.compared,
  };
};

/** A DAG that triggers it, or whose assets it waits for, is in trouble. */
const upstreamDag: Suspect = (each) => {
  const near = each.circumstances.neighbours?.near.find(({ shares }) => shares.includes('upstream_dag'));
  if (near === undefined || each.circumstances.run !== undefined) return null;
  return {
    category: 'upstream_late',
    subcategory: 'upstream_dag',
    sentence: `${nameOf(each.incident)} waits for ${nearName(near)}, which is in trouble: ${near.title}`,
    shownBy: [['E7', /upstream of it/]],
    steps: [`Mend ${nearName(near)} first`],
    transient: 'unclear',
    weight: weights.compared,
  };
};

const why: readonly Suspect[] = [
  schedulerDown,
  importError,
  gone,
  paused,
  tooManyRuns,
  heldUp,
  partOfAnother,
  processorDown,
  upstreamDag,
];

/** A success that was expected is not there. */
export const explainLate = (each: Case): Explanation => conclude(each, why, notCreated(each));

function notCreated(each: Case): Cause {
  const { changes, run } = each.circumstances;
  const next = changes?.nextRunAt ?? null;
  return {
    category: 'unknown',
    subcategory: run === undefined ? 'not_created' : 'unknown',
    sentence:
      run === undefined
        ? `no run of ${nameOf(each.incident)} was created${next === null ? '' : ` though one was due at ${clockTime(next, each.at)}`}, and the scheduler is up: nothing that Airflow records says why`
        : `nothing that Airflow records says what holds run ${run.runId} of ${nameOf(each.incident)}`,
    shownBy: [['E9', /up$/], ['E8'], ['E6', /^run /]],
    steps: ['Look in the log of the scheduler for the id of this DAG', 'Check its start date, end date, and what triggers it'],
    transient: 'unclear',
    weight: weights.guess,
  };
}

/** A DAG that ran regularly does not run any more. */
export const explainSilent = (each: Case): Explanation =>
  conclude(each, [schedulerDown, importError, paused, gone, processorDown, partOfAnother], noNextRun(each));

function noNextRun(each: Case): Cause {
  const { changes } = each.circumstances;
  const last = changes?.actions[0];
  return {
    category: 'configuration_error',
    subcategory: 'no_next_run',
    sentence: `${nameOf(each.incident)} has ${changes?.schedule == null || changes.schedule === '' ? 'no schedule that Airflow knows' : `the schedule ${changes.schedule}`} and no next run: its end date has passed, or its schedule was taken away${last === undefined ? '' : ` (last action: ${deedText(last)})`}`,
    shownBy: [['E8'], ['E5', /last success/]],
    steps: ['Look at end_date and schedule in its file', 'See in its details when Airflow would run it next'],
    transient: 'no',
    weight: weights.likely,
  };
}
