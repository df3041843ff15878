import { heldFor, useText } from '../evidence/items/platform.ts';
import { counted, some, spell } from '../evidence/words.ts';
import type { Explanation } from '../explanation.ts';
import { conclude, nameOf, weights, type Case, type Cause, type Suspect } from './case.ts';
import { partOfAnother, schedulerDown } from './late.ts';

/** What a stuck task is in: `queued` holds slots already, `scheduled` does not. */
const stateOf = ({ circumstances: { attempt }, finding }: Case): string =>
  attempt?.state ?? (/ been scheduled for /.test(finding.title) ? 'scheduled' : 'queued');

const waitText = (each: Case): string =>
  `${nameOf(each.incident)} has been ${stateOf(each)}${each.finding.observed?.unit === 'seconds' ? ` for ${spell(each.finding.observed.value)}` : ''}`;

const fullPool: Suspect = (each) => {
  const pool = each.circumstances.platform?.pool ?? null;
  if (pool === null || (stateOf(each) === 'queued' && each.incident.subject.type !== 'pool')) return null;
  if (!pool.exists)
    return {
      category: 'configuration_error',
      subcategory: 'pool_missing',
      sentence: `the pool ${pool.pool} does not exist, so ${some(pool.waiting.map(({ dagId, taskId }) => `${dagId}.${taskId}`)) || nameOf(each.incident)} can never start`,
      shownBy: [['E9', /does not exist/]],
      steps: [`Make the pool ${pool.pool}, or correct its name in the DAG`],
      transient: 'no',
      weight: weights.stated + 0.05,
    };
  if (pool.open === null || pool.open > 0) return null;
  return heldPool(each, pool);
};

function heldPool(each: Case, pool: NonNullable<NonNullable<Case['circumstances']['platform']>['pool']>): Cause {
  const [longest] = pool.holders.toSorted((a, b) => ((a.since ?? '9') < (b.since ?? '9') ? -1 : 1));
  const holders = some(pool.holders.map(useText), 3) || `${pool.running + pool.queued} slots in use`;
  const waiting = pool.waiting.reduce((sum, { instances }) => sum + instances, 0) || pool.scheduled;
  const held = longest === undefined ? '' : `, longest by ${longest.dagId}.${longest.taskId}${heldFor(longest, each.at)}`;
  const queued = pool.queued > pool.running;
  return {
    category: 'contention',
    subcategory: queued ? 'held_by_queued' : 'pool_full',
    sentence: `all slots of pool ${pool.pool} are held by ${holders}${held}, while ${counted(waiting, 'task')} ${waiting === 1 ? 'waits' : 'wait'}`,
    shownBy: [
      ['E9', /held by/],
      ['E9', /^pool/],
    ],
    steps: [
      ...(queued ? ['Most slots are held by tasks that no worker has taken: see whether workers are up'] : []),
      ...(longest === undefined ? [] : [`See whether ${longest.dagId}.${longest.taskId} still gets on; its end frees the pool`]),
      `Give pool ${pool.pool} more slots, or move tasks out of it`,
    ],
    transient: 'yes',
    weight: weights.stated,
  };
}

/** Nobody takes from its queue, or from any. */
const noWorker: Suspect = (each) => {
  const { platform, attempt } = each.circumstances;
  if (platform === undefined || stateOf(each) !== 'queued') return null;
  const queue = platform.queue ?? null;
  const executor = attempt?.executor == null || attempt.executor === '' ? '' : ` (executor ${attempt.executor})`;
  if (platform.running === 0)
    return {
      category: 'platform',
      subcategory: 'no_worker',
      sentence: `${waitText(each)}, and so ${platform.queued === 1 ? 'is 1 task' : `are ${platform.queued} tasks`} in all, while none runs at all: no worker takes tasks${executor}`,
      shownBy: [
        ['E9', /running and .* queued in all/],
        ['E1', /queued for/],
      ],
      steps: [
        'Check that workers are up and reach the broker or the API server',
        'Look in the log of the scheduler for errors of the executor',
      ],
      transient: 'yes',
      weight: platform.queued > 2 ? weights.compared + 0.1 : weights.compared - 0.05,
    };
  if (queue === null || queue.running > 0) return null;
  return {
    category: 'platform',
    subcategory: 'no_worker_on_queue',
    sentence: `${waitText(each)}, and nothing runs from queue ${queue.queue} (${queue.queued} queued), while ${counted(platform.running, 'task')} of other queues do: no worker seems to listen to it`,
    shownBy: [['E9', /^queue/]],
    steps: [`Start a worker for queue ${queue.queue}, or correct the queue of the task`],
    transient: 'no',
    weight: queue.queued > 1 ? weights.compared : weights.likely,
  };
};

/** Others start and this one does not: it was lost between scheduler and worker. */
const lost: Suspect = (each) => {
  const { platform } = each.circumstances;
  const queue = platform?.queue ?? null;
  if (platform === undefined || stateOf(each) !== 'queued' || (queue?.running ?? platform.running) === 0) return null;
  const busy = (queue?.queued ?? platform.queued) > 3;
  return busy
    ? {
        category: 'contention',
        subcategory: 'workers_busy',
        sentence: `${waitText(each)} as one of ${queue?.queued ?? platform.queued}${queue === null ? '' : ` in queue ${queue.queue}`}, while ${queue?.running ?? platform.running} run: workers are busy`,
        shownBy: [['E9', /^queue|queued in all/]],
        steps: ['Add workers or raise their concurrency', 'See which tasks keep the workers busy longest'],
        transient: 'yes',
        weight: weights.likely,
      }
    : {
        category: 'platform',
        subcategory: 'lost_task',
        sentence: `${waitText(each)} while other tasks${queue === null ? '' : ` of queue ${queue.queue}`} start: it was probably lost between scheduler and worker`,
        shownBy: [
          ['E9', /^queue|running and/],
          ['E1', /queued for/],
        ],
        steps: [
          'Clear the task: it is queued anew',
          'Look in the log of the scheduler for its key, and at the executor or pod for errors',
        ],
        transient: 'yes',
        weight: weights.possible + 0.05,
      };
};

const noted: Suspect = (each) => {
  const event = each.circumstances.attempt?.events.find((one) => one.event.startsWith('stuck in queued'));
  if (event === undefined) return null;
  return {
    category: 'platform',
    subcategory: 'stuck_in_queued',
    sentence: `${waitText(each)}, and Airflow itself found it stuck ("${event.event}"): the executor did not take it`,
    shownBy: [['E1', /stuck in queued/]],
    steps: ['Look at the executor: workers, broker, pods that cannot start', 'Airflow queues it anew a few times by itself'],
    transient: 'yes',
    weight: weights.compared,
  };
};

/** A task waits to be started. */
export const explainStuck = (each: Case): Explanation =>
  conclude(each, [schedulerDown, noted, fullPool, noWorker, lost, partOfAnother], heldBack(each));

function heldBack(each: Case): Cause {
  return {
    category: 'contention',
    subcategory: 'limits',
    sentence: `${waitText(each)} with free slots in its pool: a limit that no table shows holds it, such as parallelism, max_active_tasks or depends_on_past`,
    shownBy: [['E9', /^pool/], ['E1']],
    steps: ["Open the task's details: Airflow lists what it waits for", 'Look at parallelism and at max_active_tasks of the DAG'],
    transient: 'unclear',
    weight: weights.guess + 0.05,
  };
}

/** No slots are left in a pool while tasks wait. */
export const explainPool = (each: Case): Explanation =>
  conclude(each, [schedulerDown, fullPool], {
    category: 'contention',
    subcategory: 'too_few_slots',
    sentence: `tasks wait for ${nameOf(each.incident)}, which has free slots again or too few for what they ask`,
    shownBy: [['E9', /^pool/]],
    steps: ['Compare pool_slots of the waiting tasks with the slots of the pool'],
    transient: 'unclear',
    weight: weights.possible,
  });
