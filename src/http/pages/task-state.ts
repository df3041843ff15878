import type { TaskStateRow } from '../../airflow/read-run-states.ts';
import type { Tone } from './badge.ts';
import { secondsText } from '../../lib/number-text.ts';
import { spaced } from '../../incident/words.ts';

/** A task of a run in a word, how long it took, and how much it asks to be looked at: 0 is the most. */
export interface TaskStanding {
  tone: Tone;
  word: string;
  more: string;
  rank: number;
}

/** Airflow's states, the worst first; what is not here is taken as one that is not over. */
const states: Record<string, { tone: Tone; word: string }> = {
  failed: { tone: 'bad', word: 'failed' },
  upstream_failed: { tone: 'warn', word: 'upstream failed' },
  up_for_retry: { tone: 'warn', word: 'waits for its next try' },
  restarting: { tone: 'warn', word: 'restarting' },
  running: { tone: 'info', word: 'running' },
  queued: { tone: 'info', word: 'queued' },
  scheduled: { tone: 'info', word: 'scheduled' },
  deferred: { tone: 'info', word: 'deferred' },
  up_for_reschedule: { tone: 'info', word: 'waits for its next look' },
  '': { tone: 'wait', word: 'not started' },
  removed: { tone: 'wait', word: 'removed' },
  skipped: { tone: 'wait', word: 'skipped' },
  success: { tone: 'good', word: 'success' },
};
const order = Object.keys(states);
const unknownRank = order.indexOf('running');
const rankOf = (state: string | null): number => {
  const rank = order.indexOf(state ?? '');
  return rank < 0 ? unknownRank : rank;
};

/** What is known of it when Airflow does not tell: it comes after all that is known. */
export const restRank = order.length;

/** How a task stands, by the states of its instances; undefined where the run has none of it. Pure. */
export function standingOf(rows: readonly TaskStateRow[], now: Date): TaskStanding | undefined {
  const [worst] = rows.toSorted((a, b) => rankOf(a.state) - rankOf(b.state));
  if (worst === undefined) return undefined;
  const total = rows.reduce((sum, { count }) => sum + count, 0);
  const name = worst.state ?? '';
  const known = states[name] ?? { tone: 'info', word: spaced(name) };
  const word = total === 1 ? known.word : `${known.word} ${worst.count} of ${total}`;
  return { tone: known.tone, word, more: total === 1 ? lasted(worst, now) : '', rank: rankOf(worst.state) };
}

function lasted({ state, startedAt, endedAt }: TaskStateRow, now: Date): string {
  if (startedAt === null) return '';
  const end = state === 'running' ? now : endedAt;
  if (end === null || (state !== 'running' && state !== 'success' && state !== 'failed')) return '';
  const text = secondsText(Math.max(0, (end.getTime() - startedAt.getTime()) / 1000));
  return state === 'running' ? `for ${text}` : state === 'failed' ? `after ${text}` : text;
}
