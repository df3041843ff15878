import type { Clock } from '../../lib/clock.ts';
import { backoffMs } from '../../lib/retry.ts';
import type { Store, Tx } from '../../store/store.ts';
import type { slackCalls } from '../../telemetry/slack.ts';
import type { SlackAnswer } from './answer.ts';
import type { Place, SlackClient } from './client.ts';
import { createForms } from './forms.ts';
import type { Health } from './health.ts';
import type { SlackMessage } from './message.ts';
import type { Pace } from './pace.ts';
import { hashOf } from './plan.ts';
import { claim, incidentKey, loadRows, savePosted, saveRow } from './rows.ts';
import type { SlackRow } from './slack-row.ts';

/** One call, for metrics. */
export interface SlackCallReport {
  call: (typeof slackCalls)[number];
  outcome: 'ok' | Extract<SlackAnswer<unknown>, { ok: false }>['why'];
  seconds: number;
}

export interface SendOptions {
  store: Store;
  airflow: string;
  client: SlackClient;
  clock: Clock;
  health: Health;
  pace: Pace;
  asLeader: <Result>(work: (tx: Tx) => Promise<Result>) => Promise<Result>;
  /** Whether this replica still leads, as far as it knows. */
  leads: () => boolean;
  signal: AbortSignal;
  fallback: string | undefined;
  timeoutMs: number;
  pacing: Pacing;
  report: (report: SlackCallReport) => void;
}

/** Slack takes a message per second and channel, and 50 edits and 50 look-ups a minute: these are the least distances. */
export interface Pacing {
  postMs: number;
  editMs: number;
  readMs: number;
  /** What may still be on its way when its connection broke arrives within this. */
  inFlightMs: number;
  /** Of a message, after it failed. */
  retry: { baseMs: number; capMs: number };
  /** Of all of them, while Slack is down. */
  pause: { baseMs: number; capMs: number };
}

/** A message, with the state of its incident that it says. */
export interface Rendered {
  message: SlackMessage;
  version: string | null;
  lastEvent: number;
}

/** Clocks differ: a message may be dated earlier than we sent it. */
const clockSkewMs = 600_000;
/** A lane that is closed for longer is not waited for: what is due is found again. */
const turnMaxMs = 5000;

const lacksScope = (answer: SlackAnswer<unknown>): boolean =>
  !answer.ok && answer.why === 'token' && answer.reason.startsWith('missing_scope');

/** Sends one message at a time; whatever comes of it is in the rows before the next one. */
export function createSender(options: SendOptions) {
  const { store, airflow, client, clock, health, pace, asLeader, leads, signal, fallback, timeoutMs, pacing, report } = options;
  const after = (ms: number): Date => new Date(clock.now().getTime() + ms);
  const save = (key: string, changes: Parameters<typeof saveRow>[3]): Promise<void> =>
    asLeader((tx) => saveRow(tx, airflow, key, changes));
  const again = ({ tries }: SlackRow): Date => after(backoffMs(tries + 1, pacing.retry, Math.random()));

  /** False: not now. */
  async function turn(lane: string, everyMs: number): Promise<boolean> {
    if (pace.waitMs(lane) > turnMaxMs || health.waitMs() > 0) return false;
    await pace.turn(lane, everyMs, signal);
    return !signal.aborted && leads() && health.waitMs() === 0;
  }

  async function called<Value>(
    call: SlackCallReport['call'],
    { lane, everyMs, channel }: { lane: string; everyMs: number; channel: string },
    ask: () => Promise<SlackAnswer<Value>>,
  ): Promise<SlackAnswer<Value>> {
    const began = clock.monotonicMs();
    const answer = await ask();
    // From when it was there: what was slow on its way must not be followed too soon.
    pace.close(lane, everyMs);
    if (!answer.ok && answer.why === 'limited') pace.close(lane, answer.waitMs);
    if ((!signal.aborted || answer.ok) && !(call === 'look_up' && lacksScope(answer))) health.note(answer, channel, fallback);
    report({ call, outcome: answer.ok ? 'ok' : answer.why, seconds: (clock.monotonicMs() - began) / 1000 });
    return answer;
  }

  const inSomeForm = createForms({ clock, health, turn });

  /** Posts what is queued: to `channel`, or in the thread of the message at `root`. */
  async function post(
    row: SlackRow,
    { message, version, lastEvent }: Rendered,
    { channel, thread = null, broadcast = false }: { channel: string; thread?: string | null; broadcast?: boolean },
  ): Promise<void> {
    const lane = `post ${channel}`;
    const { key } = row;
    // Others need not wait behind it.
    if (pace.waitMs(lane) > turnMaxMs) return save(key, { dueAt: after(pace.waitMs(lane)) });
    if (!(await turn(lane, pacing.postMs))) return;
    const dueAt = after(timeoutMs + pacing.inFlightMs);
    if (!(await asLeader((tx) => claim(tx, airflow, key, { channel, now: clock.now(), dueAt })))) return;
    const mark = { airflow, key };
    const answer = await inSomeForm(key, message, lane, pacing.postMs, (form) =>
      called('post', { lane, everyMs: pacing.postMs, channel }, () =>
        client.post({ channel, thread, broadcast, message: form, mark }),
      ),
    );
    if (answer.ok) return posted(row, answer.value, { hash: hashOf(message), version, shownEvent: lastEvent });
    if ((answer.why === 'down' || answer.why === 'failed') && answer.inDoubt)
      return save(key, { error: answer.reason, dueAt: after(Math.max(pacing.inFlightMs, health.waitMs())) });
    switch (answer.why) {
      case 'limited':
        return save(key, { state: 'queued', error: answer.reason, dueAt: after(answer.waitMs) });
      case 'channel':
        // A thread is where its message is, which has to go elsewhere first.
        return save(key, {
          state: 'queued',
          error: answer.reason,
          dueAt: thread !== null || fallback === undefined || fallback === channel ? again(row) : clock.now(),
        });
      case 'content':
      case 'closed':
        return save(key, { state: 'refused', error: answer.reason, hash: hashOf(message), version });
      case 'gone':
        if (thread !== null && row.incidentId !== null) await repost(incidentKey(row.incidentId), answer.reason);
        return save(key, { state: 'queued', error: answer.reason, dueAt: again(row) });
      case 'down':
      case 'failed':
      case 'token':
        return save(key, { state: 'queued', error: answer.reason, dueAt: again(row) });
    }
  }

  /** It is not there any more, or cannot be reached: it is posted anew. */
  const repost = (key: string, error: string): Promise<void> =>
    save(key, { state: 'queued', ts: null, channel: null, error, dueAt: clock.now() });

  async function posted(
    { key }: SlackRow,
    place: Place,
    what: { hash: string | null; version: string | null; shownEvent: number | null },
  ): Promise<void> {
    try {
      await asLeader((tx) => savePosted(tx, airflow, key, { place, ...what, now: clock.now() }));
    } catch (error) {
      if (!leads()) await withdraw(key, place);
      throw error;
    }
  }

  /** Frozen while it was sent, and somebody else leads by now: if they have posted it, or are about to, ours is one too many. */
  async function withdraw(key: string, place: Place): Promise<void> {
    const [row] = await loadRows(store, airflow, [key]);
    if (row?.state === 'queued' || (row?.state === 'posted' && row.ts !== place.ts)) await client.remove(place);
  }

  /** Brings a message up to date that is posted. */
  async function edit(row: SlackRow, { message, version }: Rendered): Promise<void> {
    const { key, channel, ts } = row;
    const hash = hashOf(message);
    if (channel === null || ts === null || hash === row.hash) return save(key, { version });
    if (!(await turn('edit', pacing.editMs))) return;
    const answer = await inSomeForm(key, message, 'edit', pacing.editMs, (form) =>
      called('edit', { lane: 'edit', everyMs: pacing.editMs, channel }, () =>
        client.edit({ channel, ts }, form, { airflow, key }),
      ),
    );
    if (answer.ok) return save(key, { hash, version, error: null, tries: 0 });
    switch (answer.why) {
      case 'gone':
        return repost(key, answer.reason);
      case 'channel':
        if (fallback !== undefined && fallback !== channel) return repost(key, answer.reason);
        return save(key, { error: answer.reason, dueAt: again(row), tries: row.tries + 1 });
      case 'content':
      case 'closed':
        health.say(`edit ${key}`, answer.reason, 'warn', 'Slack does not let a message be changed; its thread goes on', {
          message: key,
        });
        return save(key, { hash, version, error: answer.reason });
      case 'limited':
        return save(key, { error: answer.reason, dueAt: after(answer.waitMs) });
      case 'down':
      case 'failed':
      case 'token':
        return save(key, { error: answer.reason, dueAt: again(row), tries: row.tries + 1 });
    }
  }

  /** A message that may be there or not, since we never heard: it is posted again only if it is not. */
  async function lookUp(row: SlackRow, thread: string | null): Promise<void> {
    const { key, channel, triedAt } = row;
    if (channel === null) return save(key, { state: 'queued', dueAt: clock.now() });
    if (!(await turn('read', pacing.readMs))) return;
    const since = new Date((triedAt ?? row.queuedAt).getTime() - clockSkewMs);
    const answer = await called('look_up', { lane: 'read', everyMs: pacing.readMs, channel }, () =>
      client.find({ channel, thread, since }, { airflow, key }),
    );
    if (answer.ok && answer.value !== null) return posted(row, answer.value, { hash: null, version: null, shownEvent: null });
    // What nobody answered to before waits for its turn again.
    const queued = { state: 'queued', dueAt: row.error === null ? clock.now() : again(row) } as const;
    if (answer.ok || answer.why === 'gone' || answer.why === 'channel') return save(key, queued);
    if (!lacksScope(answer))
      return save(key, { dueAt: answer.why === 'limited' ? after(answer.waitMs) : again(row), tries: row.tries + 1 });
    health.say(
      'scope',
      answer.reason,
      'error',
      'a message in doubt cannot be looked up in Slack, and is posted again: give the app the scopes channels:history and groups:history',
    );
    return save(key, queued);
  }

  return { post, edit, lookUp };
}

export type Sender = ReturnType<typeof createSender>;
