import { header, section } from './blocks.ts';
import type { SlackMessage } from './message.ts';
import { said, time } from './mrkdwn.ts';

/** What `windsock check --slack` posts: that it comes from there, and that there is nothing to do. */
export function testMessage(airflow: string, now: Date): SlackMessage {
  const text = `A test by \`windsock check --slack\` for the Airflow *${said(airflow, 200)}*, ${time(now, now)}. Nothing is wrong.`;
  return { text: 'A test message of Windsock: nothing is wrong.', blocks: [header('👋 Windsock can post here'), section(text)] };
}
