import type { TaskStanding } from '../evidence/circumstances.ts';
import type { Neighbour } from '../evidence/surroundings.ts';
import { nearName, slowTasks } from '../evidence/items/neighbours.ts';
import { hostName, some, spell } from '../evidence/words.ts';
import { weights, type Case, type Cause, type Shown, type Suspect } from './case.ts';
import { fewRuns, slowRatio, tookText } from './took.ts';

// What is round a slow task: its host, its run, other DAGs.

/** Runs that speak for a host, and that make a host a new one. */
const someRuns = 3;
const manyRuns = 5;

/** Nearly all of the other slow tasks must share it: what is slow elsewhere too has another cause. */
const nearlyAll = 0.8;

/** Those of the other slow tasks that are on its host, or in its pool, where nearly all of them are. */
function sharing({ circumstances: { neighbours } }: Case, what: 'host' | 'pool'): Neighbour[] {
  if (neighbours === undefined) return [];
  const { tasks, onHost, inPool } = neighbours.slow;
  if ((what === 'host' ? onHost : inPool) < nearlyAll * tasks) return [];
  return slowTasks(neighbours.near).filter(({ shares }) => shares.includes(what));
}

/** Its host is slow: for this task before, or for others now. */
export const slowHost: Suspect = (each) => {
  const { attempt, history } = each.circumstances;
  const name = attempt?.host ?? each.finding.carried.host;
  if (name == null || name === '') return null;
  const slowThere = sharing(each, 'host');
  const here = history?.byHost.find((group) => group.name === name);
  const others = (history?.byHost ?? []).filter((group) => group.name !== name);
  const elsewhere = others.reduce((sum, { n }) => sum + n, 0);
  const usual = Math.min(...others.map(({ medianSeconds }) => medianSeconds));
  const before = here !== undefined && here.n >= fewRuns && elsewhere >= someRuns && here.medianSeconds >= slowRatio * usual;
  if (slowThere.length > 0)
    return {
      category: 'platform',
      subcategory: 'slow_host',
      sentence: `${tookText(each)}, on ${hostName(name)}, where ${some(slowThere.map(nearName))} ${slowThere.length === 1 ? 'is' : 'are'} slow too`,
      shownBy: [
        ['E7', /same .*host/],
        ['E1', / on /],
      ],
      steps: [
        `Look at the load of ${hostName(name)}: CPU, memory, disk, network`,
        `Take ${hostName(name)} out of service if it stays so`,
      ],
      transient: 'unclear',
      // A single one may be there by chance.
      weight: before ? weights.compared + 0.05 : slowThere.length > 1 ? weights.compared - 0.05 : weights.possible,
    };
  if (before)
    return {
      category: 'platform',
      subcategory: 'slow_host',
      sentence: `${tookText(each)}, on ${hostName(name)}, where it takes ${spell(here.medianSeconds)} in the middle of ${here.n} runs, elsewhere ${spell(usual)}`,
      shownBy: [
        ['E5', /by host/],
        ['E1', / on /],
      ],
      steps: [`Look at the load of ${hostName(name)}, and at what its machine lacks that the others have`],
      transient: 'unclear',
      weight: weights.likely,
    };
  if (here !== undefined || elsewhere < manyRuns) return null;
  return {
    category: 'platform',
    subcategory: 'new_host',
    sentence: `${tookText(each)}, for the first time in ${elsewhere} runs on ${hostName(name)}`,
    shownBy: [
      ['E1', / on /],
      ['E5', /by host/],
    ],
    steps: [`See whether ${hostName(name)} is slower, or had to fetch an image or data first`],
    transient: 'unclear',
    weight: weights.weak,
  };
};

const isSlower = ({ seconds, usualSeconds }: TaskStanding): boolean => (seconds ?? 0) >= slowRatio * (usualSeconds ?? Infinity);

/** Most tasks of this run are slower than usual, not this one alone. */
export const wholeRun: Suspect = (each) => {
  const { run } = each.circumstances;
  const { subject } = each.incident;
  const own = subject.type === 'task' ? subject.taskId : '';
  const others = (run?.ended ?? []).filter(({ taskId, seconds }) => taskId !== own && (seconds ?? 0) >= 1);
  const slow = others.filter(isSlower);
  if (slow.length < fewRuns || 2 * slow.length < others.length) return null;
  const text = some(
    slow.map(({ taskId, seconds, usualSeconds }) => `${taskId} ${spell(seconds ?? 0)} (usually ${spell(usualSeconds ?? 0)})`),
    2,
  );
  return {
    category: 'more_input',
    subcategory: 'whole_run',
    sentence: `${tookText(each)}, and so are others of its run: ${text}; the run probably has more to process`,
    shownBy: [['E6', /slower than usual/]],
    steps: [
      'Compare the size of the input of this run with that of the run before',
      'Look at the run in the grid: are all its tasks slower?',
    ],
    transient: 'unclear',
    weight: weights.likely,
  };
};

/** Tasks of its pool became slow with it, or tasks of other DAGs. */
export const contention: Suspect = (each) => {
  const { platform } = each.circumstances;
  const { subject } = each.incident;
  const dagId = 'dagId' in subject ? subject.dagId : null;
  const others = slowTasks(each.circumstances.neighbours?.near ?? []);
  const inPool = sharing(each, 'pool');
  const elsewhere = others.filter((near) => near.dagId !== dagId);
  if (inPool.length === 0 && elsewhere.length < fewRuns) return null;
  const pool = platform?.pool ?? null;
  const full = pool !== null && pool.open !== null && pool.open <= 0 && pool.pool !== 'default_pool';
  const where = inPool.length === 0 ? 'of other DAGs' : `in the same pool${full ? ', which is full,' : ''}`;
  return {
    category: 'contention',
    subcategory: inPool.length > 0 ? 'same_pool' : 'same_time',
    sentence: `${tookText(each)}, while ${some((inPool.length > 0 ? inPool : elsewhere).map(nearName))} ${where} became slow as well: what they share is slow or overloaded`,
    shownBy: [['E7', /shares? something|other incident/], ...(full ? [['E9', /^pool/] satisfies Shown] : [])],
    steps: [
      'Find what these tasks share: a database, a service, a disk',
      'Move one of them to another time, or give them a pool of their own',
    ],
    transient: 'unclear',
    weight:
      inPool.length > 1 && full
        ? weights.compared - 0.05
        : inPool.length > 0 || elsewhere.length > fewRuns
          ? weights.likely
          : weights.possible,
  };
};

/** Nothing round it differs: what was looked at is worth saying. */
export function nothingDiffers(each: Case): Cause {
  const { changes, history, run, attempt } = each.circumstances;
  const others = run?.ended.filter(({ taskId }) => taskId !== attempt?.taskId) ?? [];
  const usual = history?.byHost.find(({ name }) => name === attempt?.host);
  const checked = [
    ...(changes?.version?.changed === false ? ['the same code'] : []),
    ...(usual !== undefined && usual.n >= fewRuns ? [`its usual host ${hostName(usual.name)}`] : []),
    ...(run !== undefined && others.length > 0 && !others.some(isSlower) ? ['the other tasks of the run as usual'] : []),
    ...((each.circumstances.neighbours?.slow.tasks ?? 0) > 0 ? [] : ['no other task slow at the time']),
  ];
  const besides = checked.length === 0 ? '' : `, with ${some(checked, 4)}`;
  return {
    category: 'unknown',
    subcategory: 'itself',
    sentence: `${tookText(each)}${besides}: most likely more input, or a slow outside system`,
    shownBy: [
      ['E1', /ran for|runs for/],
      ['E5', /median/],
      ['E8', /same code|nothing known/],
    ],
    steps: [
      'Look in its log for the step that takes longer than in the last run',
      'Compare the rows or bytes it reads with those of the last run',
    ],
    transient: 'unclear',
    weight: weights.guess,
  };
}
