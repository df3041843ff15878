import type { Snapshot } from '../../collect/snapshot.ts';
import { families } from '../catalogue.ts';
import { familyOf, histogramOf, labelsOf } from '../define.ts';
import type { Family, Sample } from '../family.ts';
import type { DagTally, Tallies } from '../tally.ts';
import { isExposed, sampleOf, secondsOf, type Exposed } from './exposed.ts';

/** Info labels stay readable and bounded; Prometheus users limit label values too. */
const labelValueMax = 256;
const short = (text: string): string => (text.length > labelValueMax ? `${text.slice(0, labelValueMax - 1)}…` : text);

/** The families of DAGs: counted ones from tallies, the catalogue from the snapshot while it can be read. */
export function dagFamilies(tallies: Tallies, snapshot: Snapshot, exposed: Exposed): Family[] {
  const dags = [...tallies.dags.values()].filter((tally) => isExposed(tally, exposed));
  const all = (value: (tally: DagTally) => number): Sample[] =>
    dags.map((tally) => ({ labels: tally.labels, value: value(tally) }));
  const lastStates = dags.flatMap(({ dagId, lastRun }) =>
    lastRun === null
      ? []
      : (families.dagLastRunState.states ?? []).map((state) => ({
          labels: labelsOf(families.dagLastRunState, { dag_id: dagId, state }),
          value: lastRun.state === state ? 1 : 0,
        })),
  );
  return [
    histogramOf(
      families.dagDuration,
      dags.map(({ labels, duration }) => sampleOf(labels, duration)),
    ),
    familyOf(
      families.dagRunSuccess,
      all(({ success }) => success),
    ),
    familyOf(
      families.dagRunFailure,
      all(({ failure }) => failure),
    ),
    familyOf(families.dagLastRunState, lastStates),
    familyOf(
      families.dagLastSuccess,
      dags.flatMap(({ labels, lastSuccessAt }) => (lastSuccessAt === null ? [] : [{ labels, value: secondsOf(lastSuccessAt) }])),
    ),
    histogramOf(
      families.dagScheduleDelay,
      dags.map(({ labels, delay }) => sampleOf(labels, delay)),
    ),
    familyOf(
      families.dagConsecutiveFailures,
      all(({ consecutiveFailures }) => consecutiveFailures),
    ),
    familyOf(families.activeDagRuns, activeRuns(snapshot, dags)),
    ...catalogueFamilies(snapshot),
  ];
}

function activeRuns({ activeRuns, dags }: Snapshot, tallied: readonly DagTally[]): Sample[] {
  const dagIds = new Set([...activeRuns.keys(), ...tallied.map(({ dagId }) => dagId), ...(dags ?? []).map(({ dagId }) => dagId)]);
  return [...dagIds].map((dagId) => ({
    labels: labelsOf(families.activeDagRuns, { dag_id: dagId }),
    value: activeRuns.get(dagId) ?? 0,
  }));
}

function catalogueFamilies({ dags }: Snapshot): Family[] {
  if (dags === undefined) return [];
  return [
    familyOf(
      families.dagPaused,
      dags.map(({ dagId, paused }) => ({ labels: labelsOf(families.dagPaused, { dag_id: dagId }), value: paused ? 1 : 0 })),
    ),
    familyOf(
      families.dagNextRun,
      dags.flatMap(({ dagId, nextRunAt }) =>
        nextRunAt === null ? [] : [{ labels: labelsOf(families.dagNextRun, { dag_id: dagId }), value: secondsOf(nextRunAt) }],
      ),
    ),
    familyOf(
      families.dagInfo,
      dags.map(({ dagId, owners, schedule, tags, file }) => ({
        labels: labelsOf(families.dagInfo, {
          dag_id: dagId,
          dag_owner: short(owners),
          schedule: short(schedule),
          tags: short(tags.join(',')),
          file: short(file),
        }),
        value: 1,
      })),
    ),
  ];
}
