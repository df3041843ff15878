import type { Severity } from '../detect/finding.ts';
import { families } from '../measure/catalogue.ts';
import type { Tx } from '../store/store.ts';
import type { IncidentEventKind } from './incident.ts';

export const timeMeasures = ['acknowledge', 'resolve'] as const;
export type TimeMeasure = (typeof timeMeasures)[number];

/** One bucket of a histogram; `le` is its upper bound, Infinity for the last. */
export interface TimeBucket {
  measure: TimeMeasure;
  severity: Severity;
  le: number;
  incidents: number;
  seconds: number;
}

const measureOf: Partial<Record<IncidentEventKind, TimeMeasure>> = { acknowledged: 'acknowledge', resolved: 'resolve' };

/**
 * Counts how long those incidents took that were just acknowledged for the first time, or resolved; members of another are
 * not counted. Part of the transaction that writes these events, and called before they are written.
 */
export async function countTimes(
  tx: Tx,
  airflow: string,
  events: readonly { incidentId: string | null; at: Date; kind: IncidentEventKind }[],
): Promise<void> {
  const counted = events.flatMap(({ incidentId, at, kind }) => {
    const measure = measureOf[kind];
    return measure === undefined || incidentId === null ? [] : [{ incidentId, at, measure }];
  });
  if (counted.length === 0) return;
  await tx.query(
    `INSERT INTO incident_time (airflow, measure, severity, le, incidents, seconds)
     SELECT $1, measure, severity, coalesce((SELECT min(b) FROM unnest($5::float8[]) b WHERE took <= b), 'Infinity') AS le, count(*), sum(took)
     FROM (
       SELECT e.measure, i.severity, greatest(0, extract(epoch FROM e.at - i.opened_at)::float8) AS took
       FROM unnest($2::text[], $3::timestamptz[], $4::text[]) e(id, at, measure)
       JOIN incident i ON i.airflow = $1 AND i.id = e.id AND i.root_id IS NULL
       WHERE e.measure = 'resolve'
         OR NOT EXISTS (SELECT 1 FROM incident_event p WHERE p.airflow = $1 AND p.incident_id = e.id AND p.kind = 'acknowledged')
     ) t
     GROUP BY measure, severity, le ORDER BY measure, severity, le
     ON CONFLICT (airflow, measure, severity, le) DO UPDATE
       SET incidents = incident_time.incidents + excluded.incidents, seconds = incident_time.seconds + excluded.seconds`,
    [
      airflow,
      counted.map(({ incidentId }) => incidentId),
      counted.map(({ at }) => at),
      counted.map(({ measure }) => measure),
      families.incidentTimeToResolve.bounds,
    ],
  );
}

export function loadTimes(tx: Tx, airflow: string): Promise<TimeBucket[]> {
  return tx.query<TimeBucket>(
    'SELECT measure, severity, le, incidents::float8 AS incidents, seconds FROM incident_time WHERE airflow = $1',
    [airflow],
  );
}
