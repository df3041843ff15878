import type { IncidentEvent } from '../../incident/incident.ts';
import { countText } from '../../lib/number-text.ts';
import { section } from './blocks.ts';
import { calledOf } from './interaction.ts';
import type { SlackMessage } from './message.ts';
import { said } from './mrkdwn.ts';
import { whyText } from './render-incident.ts';
import type { IncidentStory } from './story.ts';

const eventMax = 1000;

/**
 * What an event adds to the thread of its incident; null for what the message itself says already (that it opened), and for what nobody
 * needs to hear. Pure.
 */
export function renderThread(event: IncidentEvent, story: IncidentStory): SlackMessage | null {
  const { who, kind, text } = event;
  const by = who === 'windsock' ? '' : ` by ${said(calledOf(who), 150)}`;
  const line = (icon: string, name: string, words = calledOf(text)): SlackMessage => {
    const whole = `${icon} *${name}*${words === '' ? '' : `: ${said(words, eventMax)}`}`;
    return { text: `${icon} ${name}${words === '' ? '' : `: ${said(words, eventMax)}`}`, blocks: [section(whole)] };
  };
  switch (kind) {
    case 'opened':
    case 'told':
    case 'retried':
      return null;
    case 'recurred':
      return line('🔁', `Seen again, ${countText(story.incident.recurrences + 1, 'time')} by now`);
    case 'severity_raised':
      return line('🔺', 'Got worse');
    case 'escalated':
      return line('🔺', 'Escalated');
    case 'acknowledged':
      return line('👀', `Acknowledged${by}`, '');
    case 'unacknowledged':
      return line('↩️', `Given back${by}`, who === 'windsock' ? text : '');
    case 'suppressed':
      return line('🔕', 'Suppressed');
    case 'unsuppressed':
      return line('🔔', 'Told again');
    case 'joined':
      return line('🧩', 'Part of another incident');
    case 'split':
      return line('🧩', 'An incident of its own again');
    case 'noted':
      return line('📝', `Note${by}`);
    case 'explained':
      return explained(event, story) ?? line('💡', 'Explained');
    case 'resolved':
      return line('✅', 'Resolved');
  }
}

/** The whole cause, if it is still the one that the event tells of. */
function explained({ text }: IncidentEvent, { cause }: IncidentStory): SlackMessage | null {
  if (cause === null || !text.startsWith(cause.rootCause)) return null;
  return { text: `💡 Explained: ${said(text, eventMax)}`, blocks: [section(`💡 ${whyText(cause)}`)] };
}
