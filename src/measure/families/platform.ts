import type { Snapshot } from '../../collect/snapshot.ts';
import { families } from '../catalogue.ts';
import { familyOf, histogramOf, labelsOf } from '../define.ts';
import { labelSet, type Family } from '../family.ts';
import type { Tallies } from '../tally.ts';
import { sampleOf, secondsOf } from './exposed.ts';

const bare = labelSet({});

/** `airflow_up`, always there. */
export const upFamily = (up: boolean): Family => familyOf(families.up, [{ labels: bare, value: up ? 1 : 0 }]);

/** The families about Airflow as a whole; what its collector could not read is left out. */
export function platformFamilies(tallies: Tallies, snapshot: Snapshot): Family[] {
  return [
    upFamily(true),
    familyOf(families.info, [
      { labels: labelsOf(families.info, { version: snapshot.version, revision: snapshot.revision }), value: 1 },
    ]),
    histogramOf(
      families.taskQueueWait,
      [...tallies.queues.values()].map(({ labels, wait }) => sampleOf(labels, wait)),
    ),
    ...activityFamilies(snapshot),
    ...componentFamilies(snapshot),
    ...poolFamilies(snapshot),
    ...alertFamilies(snapshot),
    familyOf(families.snapshotTimestamp, [{ labels: bare, value: secondsOf(snapshot.at) }]),
  ];
}

function activityFamilies({ activity }: Snapshot): Family[] {
  if (activity === undefined) return [];
  const { states, oldestQueuedAt } = activity;
  return [
    familyOf(families.taskQueueSize, [{ labels: bare, value: states['queued'] ?? 0 }]),
    familyOf(
      families.taskInstances,
      Object.entries(states).map(([state, value]) => ({ labels: labelsOf(families.taskInstances, { state }), value })),
    ),
    familyOf(families.oldestQueuedTask, oldestQueuedAt === null ? [] : [{ labels: bare, value: secondsOf(oldestQueuedAt) }]),
  ];
}

function componentFamilies({ components }: Snapshot): Family[] {
  if (components === undefined) return [];
  return [
    familyOf(
      families.componentUp,
      components.map(({ component, up }) => ({ labels: labelsOf(families.componentUp, { component }), value: up ? 1 : 0 })),
    ),
    familyOf(
      families.componentHeartbeat,
      components.flatMap(({ component, heartbeatAt }) =>
        heartbeatAt === null
          ? []
          : [{ labels: labelsOf(families.componentHeartbeat, { component }), value: secondsOf(heartbeatAt) }],
      ),
    ),
  ];
}

function poolFamilies({ pools }: Snapshot): Family[] {
  if (pools === undefined) return [];
  const samples = pools.flatMap(({ pool, ...slots }) =>
    (['open', 'running', 'queued', 'scheduled', 'deferred'] as const).map((state) => ({
      labels: labelsOf(families.poolSlots, { pool, state }),
      value: slots[state],
    })),
  );
  return [familyOf(families.poolSlots, samples)];
}

function alertFamilies({ importErrors, deadlines, slaMisses, assets }: Snapshot): Family[] {
  const found: Family[] = [];
  if (importErrors) found.push(familyOf(families.importErrors, [{ labels: bare, value: importErrors.count }]));
  if (deadlines) {
    const dagIds = new Set(deadlines.map(({ dagId }) => dagId));
    const count = (dagId: string, state: string) =>
      deadlines.find((row) => row.dagId === dagId && row.state === state)?.count ?? 0;
    const samples = [...dagIds].flatMap((dagId) =>
      (families.deadlines.states ?? []).map((state) => ({
        labels: labelsOf(families.deadlines, { dag_id: dagId, state }),
        value: count(dagId, state),
      })),
    );
    found.push(familyOf(families.deadlines, samples));
  }
  if (slaMisses)
    found.push(
      familyOf(
        families.slaMisses,
        slaMisses.map(({ dagId, count }) => ({ labels: labelsOf(families.slaMisses, { dag_id: dagId }), value: count })),
      ),
    );
  if (assets) {
    const samples = assets.flatMap(({ asset, lastEventAt }) =>
      lastEventAt === null ? [] : [{ labels: labelsOf(families.assetLastEvent, { asset }), value: secondsOf(lastEventAt) }],
    );
    // Two assets of one name and several URIs share a series: the latest event counts.
    const latest = new Map<string, (typeof samples)[number]>();
    for (const sample of samples)
      if ((latest.get(sample.labels.text)?.value ?? 0) <= sample.value) latest.set(sample.labels.text, sample);
    found.push(familyOf(families.assetLastEvent, [...latest.values()]));
  }
  return found;
}
