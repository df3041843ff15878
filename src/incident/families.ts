import { severities, type Severity, type Subject } from '../detect/finding.ts';
import { kindNames } from '../detect/kinds.ts';
import { families } from '../measure/catalogue.ts';
import { familyOf, histogramOf, labelsOf } from '../measure/define.ts';
import type { Family, HistogramSample, LabelSet } from '../measure/family.ts';
import type { Incident } from './incident.ts';
import type { TimeBucket, TimeMeasure } from './times.ts';

const states = ['open', 'acknowledged'] as const;
/** Ids of incidents are labels, so their number is bounded. */
const infosMax = 500;

const textOf = (...parts: string[]): string => parts.join('\u0000');

/** Label sets of every combination, made once: 2 states × 4 severities × the kinds. */
const countLabels: ReadonlyMap<string, LabelSet> = new Map(
  states.flatMap((state) =>
    severities.flatMap((severity) =>
      kindNames.map((kind) => [textOf(state, severity, kind), labelsOf(families.incidents, { state, severity, kind })] as const),
    ),
  ),
);

/** The families of incidents: how many stand, which, and how long they took. Pure. */
export function incidentFamilies(incidents: readonly Incident[], times: readonly TimeBucket[]): Family[] {
  const standing = incidents.filter(({ state, rootId }) => state !== 'resolved' && rootId === null);
  const counts = new Map<string, number>();
  for (const { state, severity, kind } of standing) {
    const key = textOf(state, severity, kind);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const shown = standing.toSorted(worstAndNewest).slice(0, infosMax);
  return [
    familyOf(
      families.incidents,
      [...countLabels].map(([key, labels]) => ({ labels, value: counts.get(key) ?? 0 })),
    ),
    familyOf(
      families.incidentInfo,
      shown.map((incident) => ({ labels: infoLabels(incident), value: 1 })),
    ),
    timesFamily(families.incidentTimeToAcknowledge, 'acknowledge', times),
    timesFamily(families.incidentTimeToResolve, 'resolve', times),
  ];
}

const worstAndNewest = (a: Incident, b: Incident): number =>
  severities.indexOf(b.severity) - severities.indexOf(a.severity) ||
  b.openedAt.getTime() - a.openedAt.getTime() ||
  (a.id < b.id ? -1 : 1);

function infoLabels({ id, kind, severity, state, subject, subjectKey }: Incident): LabelSet {
  return labelsOf(families.incidentInfo, {
    id,
    kind,
    severity,
    state,
    dag_id: idOf(subject, 'dagId'),
    task_id: idOf(subject, 'taskId'),
    subject: subjectKey,
  });
}

function idOf(subject: Subject, name: 'dagId' | 'taskId'): string {
  if (name === 'dagId') return 'dagId' in subject ? subject.dagId : '';
  return 'taskId' in subject ? subject.taskId : '';
}

function timesFamily(
  definition: typeof families.incidentTimeToResolve,
  measure: TimeMeasure,
  times: readonly TimeBucket[],
): Family {
  const sampleOf = (severity: Severity): HistogramSample => {
    const mine = times.filter((each) => each.measure === measure && each.severity === severity);
    const inBucket = (le: number) => mine.find((each) => each.le === le)?.incidents ?? 0;
    return {
      labels: labelsOf(definition, { severity }),
      buckets: [...definition.bounds, Infinity].map(inBucket),
      sum: mine.reduce((sum, { seconds }) => sum + seconds, 0),
    };
  };
  return histogramOf(definition, severities.map(sampleOf));
}
