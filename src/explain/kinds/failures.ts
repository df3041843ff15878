import { commonText } from '../evidence/items/neighbours.ts';
import { downText } from '../evidence/items/platform.ts';
import { deedText } from '../evidence/items/changes.ts';
import { clockTime, counted, hostName, some, versionText } from '../evidence/words.ts';
import type { Common } from '../evidence/surroundings.ts';
import type { Category, Explanation } from '../explanation.ts';
import { conclude, nameOf, weights, withoutStop, type Case, type Cause, type Suspect } from './case.ts';
import { heldUp } from './held-up.ts';
import { partOfAnother } from './late.ts';
import { byPosted, postedSuspects } from './posted.ts';

const failuresNear = ({ circumstances: { neighbours }, incident: { subject } }: Case) => {
  const dagId = 'dagId' in subject && subject.dagId !== '' ? subject.dagId : null;
  return (neighbours?.near ?? []).filter(
    (near) => (near.kind === 'task_failed' || near.kind === 'dag_run_failed') && (dagId === null || near.dagId === dagId),
  );
};

/** What most of the failures share names the cause; of a DAG alone its own failures do. */
const common: Suspect = (each) => {
  const shared = each.circumstances.neighbours?.common ?? null;
  if (shared === null || each.incident.subject.type !== 'deployment') return null;
  const { what, value, count, of } = shared;
  const onHost = what === 'host';
  const near = failuresNear(each);
  const like = what === 'cause' ? near.find(({ cause }) => cause !== null && value.startsWith(cause.category)) : near[0];
  const first = like?.cause == null ? like?.title : withoutStop(like.cause.text);
  return {
    category: like?.cause != null && what !== 'pool' && !onHost ? like.cause.category : categoryOfTie(what),
    subcategory: like?.cause != null && what === 'cause' ? like.cause.subcategory : `same_${what}`,
    sentence: `${count} of ${of} failures at the time have ${commonText(shared)} in common${first === undefined ? '' : `, such as: ${first}`}`,
    shownBy: [
      ['E7', /in common/],
      ['E7', /shares? something/],
    ],
    steps: [
      onHost ? `Look at ${hostName(value)}: disk, memory, network` : 'Read the explanation of one of them: it is that of all',
      'Mend that, then clear the failed tasks together',
    ],
    transient: onHost ? 'yes' : 'unclear',
    weight: tieWeights[what],
  };
};

const categoryOfTie = (what: Common['what']): Category =>
  what === 'host' ? 'platform' : what === 'pool' ? 'contention' : 'dependency_failure';

/** How sure a tie makes: the same error says most, the same operator least. */
const tieWeights: Readonly<Record<Common['what'], number>> = {
  signature: weights.stated - 0.05,
  cause: weights.compared + 0.05,
  host: weights.compared,
  pool: weights.likely,
  operator: weights.possible + 0.1,
};

/** A component was down at the time. */
const platformDown: Suspect = (each) => {
  const down = each.circumstances.platform?.components.filter(({ up }) => !up) ?? [];
  const [first] = down;
  if (first === undefined) return null;
  return {
    category: 'platform',
    subcategory: `${first.component}_down`,
    sentence: `failures surge while ${downText(first, each.at)}`,
    shownBy: [['E9', /is down|never sent/]],
    steps: [`Bring the ${first.component.replace('_', ' ')} back first`],
    transient: 'yes',
    weight: weights.likely,
  };
};

/** Settings that many DAGs use were changed. */
const settings: Suspect = (each) => {
  const { changes } = each.circumstances;
  const begun = each.finding.since.getTime();
  const near = changes?.actions.find(
    ({ deed, at }) =>
      (deed === 'variable' || deed === 'connection' || deed === 'pool') &&
      begun - Date.parse(at) < 7_200_000 &&
      begun >= Date.parse(at),
  );
  if (near === undefined) return null;
  return {
    category: 'configuration_error',
    subcategory: 'settings_changed',
    sentence: `${deedText(near)} at ${clockTime(near.at, each.at)}, just before the failures began`,
    shownBy: [['E8', /since the last success/]],
    steps: [`Ask ${near.who ?? 'who did it'} what was changed, and take it back`],
    transient: 'no',
    weight: weights.possible + 0.05,
  };
};

const newCode: Suspect = (each) => {
  const { changes } = each.circumstances;
  const begun = each.finding.since.getTime();
  const version = changes?.versions.find(({ createdAt }) => {
    const beforeMs = begun - Date.parse(createdAt);
    return beforeMs >= 0 && beforeMs < 86_400_000;
  });
  if (version === undefined) return null;
  const name = version.number === null ? 'the DAG file' : versionText({ ...version, hash: null });
  return {
    category: 'configuration_error',
    subcategory: 'new_code',
    sentence: `failures of ${nameOf(each.incident)} began after ${name} was deployed at ${clockTime(version.createdAt, each.at)}`,
    shownBy: [['E8', /code/]],
    steps: [`Compare ${name} with the one before`, 'Roll back if it cannot be mended soon'],
    transient: 'no',
    weight: weights.likely,
  };
};

/** One task of the DAG fails. */
const sameTask: Suspect = (each) => {
  const near = failuresNear(each);
  const first = near.find(({ cause }) => cause !== null && cause.category !== 'unknown') ?? near[0];
  if (first === undefined || each.incident.subject.type === 'deployment') return null;
  const tasks = some([...new Set(near.map(({ taskId, dagId }) => taskId ?? dagId ?? ''))]);
  return {
    category: first.cause?.category ?? 'upstream_late',
    subcategory: first.cause?.subcategory ?? 'task_failed',
    sentence: `${nameOf(each.incident)} fails in ${tasks}: ${first.cause === null ? first.title : withoutStop(first.cause.text)}`,
    shownBy: [['E7', /shares? something/]],
    steps: ['Read the explanation of that failure, and mend it'],
    transient: 'unclear',
    weight: first.cause === null ? weights.compared : weights.compared + 0.05,
  };
};

/** Failures surge: of a DAG, or of all of them. */
export const explainSurge = (each: Case): Explanation =>
  conclude(each, [common, platformDown, newCode, sameTask, settings, heldUp, partOfAnother], nothingShared(each));

function nothingShared(each: Case): Cause {
  const near = failuresNear(each);
  const dags = new Set(near.flatMap(({ dagId }) => dagId ?? []));
  const what =
    near.length === 0 ? '' : `: ${counted(near.length, 'failure')} in ${counted(dags.size, 'DAG')} (${some([...dags])})`;
  return {
    category: 'unknown',
    subcategory: 'nothing_in_common',
    sentence: `more runs fail than usual${what}, and no host, pool or error is common to most of them`,
    shownBy: [['E7'], ['E5', /succeeded/]],
    steps: [
      'Look for what these tasks use together: a database, a network, a credential',
      'Read the explanations of the failures one by one',
    ],
    transient: 'unclear',
    weight: weights.guess,
  };
}

/** A promise was broken: by which runs, and why these. */
export function explainPromise(each: Case): Explanation {
  const { subject } = each.incident;
  // What is posted of no DAG has nothing to do with what fails at the time.
  const ofNoDag = each.circumstances.posted !== undefined && 'dagId' in subject && subject.dagId === '';
  const ofDag = ofNoDag ? [] : [heldUp, sameTask];
  const near = ofNoDag ? [] : [slowNear];
  return conclude(each, [partOfAnother, ...ofDag, ...postedSuspects, ...near], byPosted(each) ?? byHistory(each));
}

const slowNear: Suspect = (each) => {
  const { subject } = each.incident;
  const dagId = 'dagId' in subject && subject.dagId !== '' ? subject.dagId : null;
  const near = each.circumstances.neighbours?.near.find((one) => one.dagId !== null && one.dagId === dagId);
  if (near === undefined) return null;
  return {
    category: 'upstream_late',
    subcategory: near.kind,
    sentence: `${nameOf(each.incident)} is not met, and at the same time ${near.title}`,
    shownBy: [['E7', /same .*(?:dag|task)/]],
    steps: ['Mend that one first'],
    transient: 'unclear',
    weight: weights.likely,
  };
};

function byHistory(each: Case): Cause {
  const { history, run } = each.circumstances;
  const failing = history !== undefined && history.runs > 0 && history.successes < history.runs;
  const rate = failing ? `: ${history.runs - history.successes} of the last ${counted(history.runs, 'run')} failed` : '';
  const [error] = history?.errors ?? [];
  const most = error === undefined || !failing ? '' : `, most often in ${error.taskId}: ${withoutStop(error.cause)}`;
  const newest =
    run === undefined || most !== '' ? '' : `; the newest run that broke it is ${run.runId}, which ended as ${run.state}`;
  return {
    category: most === '' ? 'unknown' : (error?.category ?? 'unknown'),
    subcategory: failing ? 'failed_runs' : 'not_met',
    sentence: `${nameOf(each.incident)} is not kept${rate}${most}${newest}`,
    shownBy: [
      ['E5', /succeeded/],
      ['E5', / failed \d+ times? before/],
      ['E6', /^run /],
    ],
    steps: [
      'Look at the runs that broke it, and at what they have in common',
      'See whether the promise still fits what the DAG does',
    ],
    transient: 'unclear',
    weight: most !== '' ? weights.likely : failing ? weights.possible : weights.guess,
  };
}
