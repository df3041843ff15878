import { families } from '../measure/catalogue.ts';
import { familyOf, labelsOf } from '../measure/define.ts';
import { labelSet, type Family, type LabelSet, type Sample } from '../measure/family.ts';
import type { CustomLatest } from './custom-read.ts';
import { severities } from './objective.ts';
import type { SlaStatus } from './status.ts';

/** Label sets, made once for a status: it is kept from cycle to cycle while nothing changes. */
const labels = new WeakMap<SlaStatus, LabelSet>();

function labelsFor(status: SlaStatus): LabelSet {
  const found =
    labels.get(status) ?? labelsOf(families.slaMet, { sla: status.sla, dag_id: status.dagId, task_id: status.taskId });
  labels.set(status, found);
  return found;
}

/** The families of SLAs: what is unknown is absent. */
export function slaFamilies(statuses: readonly SlaStatus[]): Family[] {
  const where = (value: (status: SlaStatus) => number | null): Sample[] =>
    statuses.flatMap((status) => {
      const found = value(status);
      return found === null ? [] : [{ labels: labelsFor(status), value: found }];
    });
  const burns = statuses.flatMap(({ sla, dagId, taskId, burns }) =>
    burns.map(({ window, rate }) => ({
      labels: labelsOf(families.slaBurnRate, { sla, dag_id: dagId, task_id: taskId, window }),
      value: rate,
    })),
  );
  const levels = statuses.flatMap(({ sla, dagId, taskId, thresholds }) =>
    thresholds.map(({ severity, threshold }) => ({
      labels: labelsOf(families.slaSeverityThreshold, { sla, dag_id: dagId, task_id: taskId, severity }),
      value: threshold,
    })),
  );
  const graveness = ({ state, severity }: SlaStatus) =>
    state === 'unknown' ? null : state === 'met' ? 0 : severities.indexOf(severity) + 1;
  const met = ({ state }: SlaStatus) => (state === 'unknown' ? null : state === 'met' ? 1 : 0);
  return [
    familyOf(families.slaMet, where(met)),
    familyOf(
      families.slaValue,
      where(({ value }) => value),
    ),
    familyOf(
      families.slaThreshold,
      where(({ threshold }) => threshold),
    ),
    familyOf(families.slaSeverity, where(graveness)),
    familyOf(families.slaSeverityThreshold, levels),
    familyOf(
      families.slaObjective,
      where(({ objective }) => objective),
    ),
    familyOf(
      families.slaWindow,
      where(({ windowSeconds }) => windowSeconds),
    ),
    familyOf(
      families.slaCompliance,
      where(({ compliance }) => compliance),
    ),
    familyOf(
      families.slaBudgetRatio,
      where(({ budgetLeftRatio }) => budgetLeftRatio),
    ),
    familyOf(
      families.slaBudgetRuns,
      where(({ budgetLeftRuns }) => budgetLeftRuns),
    ),
    familyOf(families.slaBurnRate, burns),
    familyOf(
      families.slaViolations,
      where(({ violations }) => violations),
    ),
  ];
}

/** Posted metrics under their own names, as gauges with the newest value of the last 24 hours. */
export function customFamilies(latest: readonly CustomLatest[]): Family[] {
  const taken = new Set<string>(Object.values(families).map(({ name }) => name));
  const byName = new Map<string, Sample[]>();
  for (const { name, labels, value } of latest) {
    // A name that a newer Windsock has taken for itself.
    if (taken.has(name)) continue;
    const samples = byName.get(name) ?? [];
    byName.set(name, samples);
    samples.push({ labels: labelSet(labels), value });
  }
  return [...byName].map(([name, samples]) => ({ name, help: 'Posted to /api/v1/metrics.', kind: 'gauge', samples }));
}
