import { formatDuration } from '../../lib/durations.ts';
import type { StatusSummary } from '../sources.ts';

export interface Verdict {
  tone: 'good' | 'warn' | 'bad' | 'wait';
  text: string;
}

/** So many intervals without a look at Airflow, and at least this long, mean that it stands still. */
const staleIntervals = 3;
const staleAfterMsMin = 30_000;

/** How well Windsock does its work; what is wrong in Airflow is not its business here. */
export function verdictOf(status: StatusSummary): Verdict {
  const { lastError, snapshotAgeMs: ageMs, intervalMs, reports, warnings } = status;
  if (lastError !== null) return { tone: 'bad', text: 'The last cycle failed' };
  if (ageMs === null) return { tone: 'wait', text: 'Starting' };
  if (ageMs > Math.max(staleIntervals * intervalMs, staleAfterMsMin))
    return { tone: 'bad', text: `No news for ${formatDuration(ageMs)}` };
  const failed = reports.filter(({ ok }) => !ok).length;
  if (failed > 0) return { tone: 'warn', text: failed === 1 ? '1 collector fails' : `${failed} collectors fail` };
  if (warnings.length > 0) return { tone: 'warn', text: warnings.length === 1 ? '1 warning' : `${warnings.length} warnings` };
  return { tone: 'good', text: 'Up to date' };
}
