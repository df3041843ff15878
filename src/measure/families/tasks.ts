import { families } from '../catalogue.ts';
import { familyOf, histogramOf, labelsOf } from '../define.ts';
import type { Family, LabelSet, Sample } from '../family.ts';
import type { Tallies, TaskTally } from '../tally.ts';
import { isExposed, sampleOf, secondsOf, type Exposed } from './exposed.ts';

/** Label sets of `marked{state}`, made once for a task and state: the others sit in the tally. */
const markedLabels = new WeakMap<TaskTally, Map<string, LabelSet>>();

function markedLabel(tally: TaskTally, state: string): LabelSet {
  const ofTask = markedLabels.get(tally) ?? new Map<string, LabelSet>();
  markedLabels.set(tally, ofTask);
  const found = ofTask.get(state) ?? labelsOf(families.taskMarked, { dag_id: tally.dagId, task_id: tally.taskId, state });
  ofTask.set(state, found);
  return found;
}

/** The families of tasks, from tallies alone. */
export function taskFamilies(tallies: Tallies, exposed: Exposed): Family[] {
  const tasks = [...tallies.tasks.values()].filter((tally) => isExposed(tally, exposed));
  const all = (value: (tally: TaskTally) => number): Sample[] =>
    tasks.map((tally) => ({ labels: tally.labels, value: value(tally) }));
  const where = (value: (tally: TaskTally) => number | null): Sample[] =>
    tasks.flatMap((tally) => {
      const found = value(tally);
      return found === null ? [] : [{ labels: tally.labels, value: found }];
    });
  const marked = tasks.flatMap((tally) =>
    Object.entries(tally.marked).map(([state, value]) => ({ labels: markedLabel(tally, state), value })),
  );
  return [
    histogramOf(
      families.taskDuration,
      tasks.map(({ labels, duration }) => sampleOf(labels, duration)),
    ),
    familyOf(
      families.taskSuccess,
      all(({ success }) => success),
    ),
    familyOf(
      families.taskFailure,
      all(({ failure }) => failure),
    ),
    familyOf(
      families.taskRetry,
      all(({ retry }) => retry),
    ),
    familyOf(
      families.taskUpstreamFailed,
      all(({ upstreamFailed }) => upstreamFailed),
    ),
    familyOf(
      families.taskSkipped,
      all(({ skipped }) => skipped),
    ),
    familyOf(families.taskMarked, marked),
    familyOf(
      families.taskLastDuration,
      where(({ lastDurationSeconds }) => lastDurationSeconds),
    ),
    familyOf(
      families.taskLastSuccess,
      where(({ lastSuccessAt }) => (lastSuccessAt === null ? null : secondsOf(lastSuccessAt))),
    ),
  ];
}
