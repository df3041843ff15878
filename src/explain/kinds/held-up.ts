import type { RunStanding, TaskStanding } from '../evidence/circumstances.ts';
import { useText } from '../evidence/items/platform.ts';
import { clockTime, some, spell } from '../evidence/words.ts';
import { weights, withoutStop, type Case, type Cause, type Suspect } from './case.ts';

/** Of the run that is late: the task that holds it, and what that one waits for. */
export const heldUp: Suspect = (each) => {
  const { run } = each.circumstances;
  if (run === undefined || run.state === 'success') return null;
  const [failed] = run.failed;
  if (run.state === 'failed') return failed === undefined ? endedWithoutFailure(each, run) : failedTask(each, run, failed);
  if (run.state === 'queued')
    return {
      category: 'contention',
      subcategory: 'run_queued',
      sentence: `run ${run.runId} of ${dagOf(each)} waits to be started${run.queuedAt === null ? '' : `, for ${spell((each.at.getTime() - Date.parse(run.queuedAt)) / 1000)}`}`,
      shownBy: [['E6', /^run .* is queued/]],
      steps: ['See whether the scheduler is busy, and how many runs of this DAG are open'],
      transient: 'yes',
      weight: weights.likely,
    };
  const [first] = run.holding;
  return first === undefined ? null : heldBy(each, run, first);
};

const dagOf = ({ incident: { subject } }: Case): string =>
  'dagId' in subject && subject.dagId !== '' ? subject.dagId : 'the DAG';

function failedTask(each: Case, run: RunStanding, failed: TaskStanding): Cause {
  const near = each.circumstances.neighbours?.near.find(({ taskId, kind }) => taskId === failed.taskId && kind === 'task_failed');
  const others = run.failed.length > 1 ? ` and ${run.failed.length - 1} more` : '';
  const known = near?.cause != null && near.cause.category !== 'unknown' ? near.cause : null;
  return {
    category: known?.category ?? 'upstream_late',
    subcategory: known?.subcategory ?? 'task_failed',
    sentence: `run ${run.runId} of ${dagOf(each)} failed in ${failed.taskId}${others}${known === null ? '' : `: ${withoutStop(known.text)}`}`,
    shownBy: [
      ['E6', /^failed: /],
      ['E7', new RegExp(escaped(failed.taskId))],
    ],
    steps: [`Read why ${failed.taskId} failed, mend it, and clear it in this run`],
    transient: 'unclear',
    weight: weights.stated,
  };
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

function endedWithoutFailure(each: Case, run: RunStanding): Cause {
  return {
    category: 'unknown',
    subcategory: 'run_failed',
    sentence: `run ${run.runId} of ${dagOf(each)} failed and none of its tasks did: a timeout of the run, a deadlock, or a person's mark`,
    shownBy: [['E6', /^run /]],
    steps: ['Look at the run in the grid for tasks that were skipped or never ran'],
    transient: 'unclear',
    weight: weights.likely,
  };
}

/** What the task that holds the run is doing, in words, and what that speaks for. */
function heldBy(each: Case, run: RunStanding, task: TaskStanding): Cause {
  const { platform } = each.circumstances;
  const base = { shownBy: [['E6', /^the run waits for/]] as Cause['shownBy'], transient: 'unclear' as const };
  const forText = task.seconds === null ? '' : ` for ${spell(task.seconds)}`;
  const usual = task.usualSeconds === null ? '' : `, usually ${spell(task.usualSeconds)}`;
  const whose = `run ${run.runId} of ${dagOf(each)} waits for ${task.taskId}`;
  switch (task.state) {
    case 'queued': {
      // It holds its slots already: what is missing is a worker.
      const none = platform !== undefined && platform.running === 0;
      return {
        ...base,
        category: none ? 'platform' : 'contention',
        subcategory: none ? 'no_worker' : 'task_queued',
        sentence: `${whose}, which has been queued${forText}: no worker takes it${none ? ', nor any other task' : ''}`,
        shownBy: [...base.shownBy, ['E9', /running and .* queued in all/]],
        steps: [
          none
            ? 'Check that workers are up and reach the broker or the API server'
            : `See whether workers of the queue of ${task.taskId} are busy or gone`,
        ],
        weight: none ? weights.stated - 0.05 : weights.compared,
      };
    }
    case 'scheduled': {
      const pool = platform?.pool?.pool === task.pool ? platform.pool : null;
      const full = pool !== null && pool.open !== null && pool.open <= 0;
      return {
        ...base,
        category: 'contention',
        subcategory: full ? 'pool_full' : 'task_scheduled',
        sentence: `${whose}, which has been scheduled${forText}${full ? `: pool ${task.pool} is full, its slots held by ${some(pool.holders.map(useText), 2)}` : ` in pool ${task.pool}, waiting for a slot or another limit`}`,
        shownBy: [...base.shownBy, ['E9', /held by/], ['E9', /^pool/]],
        steps: [
          full
            ? `Free slots of pool ${task.pool}, or give it more`
            : `Open the details of ${task.taskId}: Airflow lists what it waits for`,
        ],
        weight: full ? weights.stated - 0.05 : weights.compared,
      };
    }
    case 'up_for_retry':
      return {
        ...base,
        category: 'upstream_late',
        subcategory: 'retrying',
        sentence: `${whose}, which failed and waits for its next try`,
        steps: [`Read why ${task.taskId} failed; clear it to try at once`],
        weight: weights.stated - 0.05,
      };
    case 'deferred':
    case 'up_for_reschedule':
      return {
        ...base,
        category: 'upstream_late',
        subcategory: 'sensor_wait',
        sentence: `${whose} (${task.operator}), which has been waiting${forText} for something outside${usual}`,
        steps: [`Check whether what ${task.taskId} waits for has arrived, and who delivers it`],
        weight: weights.stated - 0.05,
      };
    case 'none':
      return {
        ...base,
        category: 'platform',
        subcategory: 'not_scheduled',
        sentence: `${whose}, which could run and was not scheduled`,
        steps: ['See whether the scheduler looks at this run: its log, max_active_tasks, depends_on_past'],
        weight: weights.likely,
      };
    default: {
      const sensor = /Sensor/.test(task.operator);
      const slow = task.usualSeconds !== null && task.seconds !== null && task.seconds > 1.5 * task.usualSeconds;
      return {
        ...base,
        category: 'upstream_late',
        subcategory: sensor ? 'sensor_wait' : slow ? 'slow_task' : 'started_late',
        sentence: `${whose}, which has been ${task.state}${forText}${usual}${sensor || slow || run.startedAt === null ? '' : `; the run started at ${clockTime(run.startedAt, each.at)}${run.dueAt === null ? '' : `, due ${clockTime(run.dueAt, each.at)}`}`}`,
        steps: sensor
          ? [`Check whether what ${task.taskId} waits for has arrived, and who delivers it`]
          : [`Look at the log of ${task.taskId}: does it still get on?`],
        weight: slow || sensor ? weights.stated - 0.05 : weights.compared,
      };
    }
  }
}
