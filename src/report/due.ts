import cron from 'node-cron';
import type { Tx } from '../store/store.ts';
import type { ReportKind } from './period.ts';

/** When a report is to be sent next, by which schedule. */
export interface DueReport {
  schedule: string;
  timeZone: string;
  dueAt: Date;
}

/** The next time that a schedule names, by this machine's clock. Null: never. */
export function nextDue(schedule: string, timeZone: string): Date | null {
  const task = cron.createTask(schedule, () => {}, { timezone: timeZone });
  try {
    return task.getNextRuns(1)[0] ?? null;
  } finally {
    void task.destroy();
  }
}

/** Undefined: it was never scheduled. */
export async function loadDue(tx: Tx, airflow: string, kind: ReportKind): Promise<DueReport | undefined> {
  const [row] = await tx.query<DueReport>(
    'SELECT schedule, time_zone AS "timeZone", due_at AS "dueAt" FROM report_due WHERE airflow = $1 AND kind = $2',
    [airflow, kind],
  );
  return row;
}

export async function saveDue(
  tx: Tx,
  airflow: string,
  kind: ReportKind,
  { schedule, timeZone, dueAt }: DueReport,
): Promise<void> {
  await tx.query(
    `INSERT INTO report_due (airflow, kind, schedule, time_zone, due_at) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (airflow, kind) DO UPDATE SET schedule = excluded.schedule, time_zone = excluded.time_zone, due_at = excluded.due_at`,
    [airflow, kind, schedule, timeZone, dueAt],
  );
}
