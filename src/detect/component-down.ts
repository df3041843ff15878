import type { ComponentHealth } from '../collect/snapshot.ts';
import { formatDuration } from '../lib/durations.ts';
import type { Detector } from './detector.ts';
import type { Facts } from './facts.ts';
import { noJudgement, subjectKey, type Cleared, type Finding, type Subject } from './finding.ts';
import { found, sinceEvent } from './found.ts';

const kind = 'component_down';
/** A triggerer or DAG processor that was silent for longer when we came was taken out of service, not lost. */
const retiredMs = 86_400_000;

const names: Record<ComponentHealth['component'], string> = {
  scheduler: 'scheduler',
  triggerer: 'triggerer',
  dag_processor: 'DAG processor',
};

/**
 * A component's newest heartbeat is older than its limit, the one of Airflow's own health check. One that never ran is not
 * down. It is over with a fresh heartbeat.
 */
export const componentDown: Detector<{ snapshot: Pick<Facts['snapshot'], 'components'> }, unknown> = (
  { snapshot: { components } },
  open,
  _settings,
  now,
) => {
  if (components === undefined) return noJudgement();
  const findings: Finding[] = [];
  const cleared: Cleared[] = [];
  for (const { component, up, heartbeatAt, limitMs } of components) {
    const subject: Subject = { type: 'component', component };
    const before = open.get(subjectKey(subject));
    if (up && before !== undefined) {
      const text = `the ${names[component]} sends heartbeats again`;
      cleared.push({ kind, subject, reason: 'cleared', at: heartbeatAt ?? now, text });
    }
    if (up || heartbeatAt === null) continue;
    const ageMs = now.getTime() - heartbeatAt.getTime();
    // A scheduler that ended in good order is down only when no other came within the limit.
    if (ageMs < limitMs) continue;
    if (component !== 'scheduler' && ageMs > retiredMs && before === undefined) continue;
    findings.push(
      found({
        kind,
        subject,
        severity: component === 'scheduler' ? 'critical' : 'error',
        event: sinceEvent(heartbeatAt),
        since: heartbeatAt,
        title: `The ${names[component]} is down: its last heartbeat was ${formatDuration(ageMs)} ago, the limit is ${formatDuration(limitMs)}`,
        observed: { value: ageMs / 1000, unit: 'seconds' },
        expected: { lower: null, middle: 0, upper: limitMs / 1000 },
      }),
    );
  }
  return { findings, cleared, judged: components.filter(({ heartbeatAt }) => heartbeatAt !== null).length };
};
