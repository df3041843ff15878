import type { Clock } from '../../lib/clock.ts';
import type { SlackAnswer } from './answer.ts';
import type { Health } from './health.ts';
import type { SlackMessage } from './message.ts';
import { shortForm, withoutImages } from './plan.ts';

/** Where Slack could not fetch an image, the next ones are not worth a call of their own for so long. */
const imagelessMs = 600_000;
const noImages = 'Slack takes messages only without the chart: it cannot fetch it from notify.public_url';

export interface FormsOptions {
  clock: Clock;
  health: Pick<Health, 'say'>;
  /** Waits for the next turn in a lane; false: not now. */
  turn: (lane: string, everyMs: number) => Promise<boolean>;
}

/** Another form has no turn now: the message is not refused, and waits. */
const later = (reason: string): SlackAnswer<never> => ({ ok: false, why: 'limited', reason, waitMs: laterMs });
const laterMs = 5000;

/** Sends a message in full, if Slack refuses that without images, and if it refuses that too, as plain text. */
export function createForms({ clock, health, turn }: FormsOptions) {
  /** Until when images are left out, ms of the monotonic clock. */
  let imagelessUntil = -Infinity;

  return async function inSomeForm<Value>(
    key: string,
    message: SlackMessage,
    lane: string,
    everyMs: number,
    ask: (form: SlackMessage) => Promise<SlackAnswer<Value>>,
  ): Promise<SlackAnswer<Value>> {
    const bare = withoutImages(message);
    const shows = bare === null || clock.monotonicMs() >= imagelessUntil;
    const answer = await ask(shows ? message : bare);
    if (answer.ok || answer.why !== 'content') return answer;
    if (!(await turn(lane, everyMs))) return later(answer.reason);
    if (bare !== null && shows) {
      const plainer = await ask(bare);
      if (plainer.ok) {
        imagelessUntil = clock.monotonicMs() + imagelessMs;
        health.say('images', answer.reason, 'warn', noImages);
      }
      if (plainer.ok || plainer.why !== 'content') return plainer;
      if (!(await turn(lane, everyMs))) return later(plainer.reason);
    }
    health.say(`form ${key}`, answer.reason, 'warn', 'Slack refuses the form of a message; it is sent as plain text', {
      message: key,
    });
    const short = await ask(shortForm(message));
    if (!short.ok && short.why === 'content')
      health.say(`content ${key}`, short.reason, 'error', 'Slack refuses a message; the others are sent', {
        message: key,
      });
    return short;
  };
}
