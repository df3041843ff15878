import type { Clock } from '../../lib/clock.ts';
import { backoffMs } from '../../lib/retry.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { SlackAnswer } from './answer.ts';

const deadForMs = 600_000;
const tokenRetryMs = 60_000;
/** So many calls one after the other must fail before all wait: one alone may be that message's fault. */
const failuresMin = 3;

/** What Slack is like: whether it is worth calling, which channels take nothing; told when that begins and when it ends. */
export function createHealth(options: { clock: Clock; logger: Logger; pause: { baseMs: number; capMs: number } }) {
  const { clock, logger, pause } = options;
  const deadUntil = new Map<string, number>();
  const said = new Map<string, string>();
  let waitUntil = -Infinity;
  let failures = 0;

  /** Once for each reason, however often it is met. */
  function say(
    topic: string,
    reason: string,
    level: 'warn' | 'error',
    message: string,
    fields: Record<string, string> = {},
  ): void {
    if (said.get(topic) === reason) return;
    said.set(topic, reason);
    logger[level](message, { ...fields, reason });
  }

  function over(topic: string, message: string, fields: Record<string, string> = {}): void {
    if (said.delete(topic)) logger.info(message, fields);
  }

  function failed(answer: Extract<SlackAnswer<unknown>, { ok: false }>): void {
    const wait = (ms: number): void => void (waitUntil = clock.monotonicMs() + ms);
    if (answer.why === 'token') {
      wait(tokenRetryMs);
      say('slack', answer.reason, 'error', 'Slack does not accept the bot token; messages are kept and sent when it does');
    }
    if (answer.why !== 'down' && answer.why !== 'failed') return;
    failures += 1;
    if (answer.why === 'failed' && failures < failuresMin) return;
    wait(backoffMs(failures, pause, Math.random()));
    say('slack', answer.reason, 'warn', 'Slack does not take messages; they are kept and sent when it does');
  }

  return {
    say,
    /** Milliseconds until it is worth calling Slack again; 0: now. */
    waitMs: (): number => Math.max(0, waitUntil - clock.monotonicMs()),
    isUp: (): boolean => !said.has('slack'),
    /** Channels that take nothing for now. */
    dead: (): Set<string> =>
      new Set([...deadUntil].flatMap(([channel, until]) => (until > clock.monotonicMs() ? [channel] : []))),
    /** Channels in which messages were refused since one was last taken. */
    refusing: (): Set<string> => new Set(deadUntil.keys()),
    /** Takes an answer in; `channel` is the one that was written to. */
    note(answer: SlackAnswer<unknown>, channel: string, fallback: string | undefined): void {
      if (answer.ok || (answer.why !== 'down' && answer.why !== 'failed' && answer.why !== 'token')) {
        // It speaks to us.
        failures = 0;
        over('slack', 'Slack takes messages again');
      }
      if (answer.ok) {
        if (deadUntil.delete(channel)) over(`channel ${channel}`, 'the Slack channel takes messages again', { channel });
      } else if (answer.why === 'channel') {
        deadUntil.set(channel, clock.monotonicMs() + deadForMs);
        const then =
          fallback === undefined || fallback === channel
            ? 'they are kept; set notify.slack.fallback_channel to have them elsewhere'
            : `they go to ${fallback}`;
        say(`channel ${channel}`, answer.reason, 'error', `a Slack channel takes no messages: ${then}`, { channel });
      } else failed(answer);
    },
  };
}

export type Health = ReturnType<typeof createHealth>;
