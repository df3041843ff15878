import type { Block } from './message.ts';

/** What the buttons of a message do. */
export const buttonActs = ['acknowledge', 'unacknowledge', 'resolve', 'right', 'wrong'] as const;
export type ButtonAct = (typeof buttonActs)[number];
const actionIdOf = (act: ButtonAct): string => `windsock.${act}`;
/** The way back, when one is pressed; undefined: it is no button of ours. */
export const actOfActionId = (actionId: string): ButtonAct | undefined => buttonActs.find((act) => actionIdOf(act) === actionId);

const plainText = (text: string) => ({ type: 'plain_text', text, emoji: false });
/** Verbatim: no bare address or name becomes a link or a mention. */
const markup = (text: string) => ({ type: 'mrkdwn', text, verbatim: true });

export const header = (text: string): Block => ({ type: 'header', text: plainText(text) });
export const section = (text: string): Block => ({ type: 'section', text: markup(text) });
export const fields = (texts: readonly string[]): Block => ({ type: 'section', fields: texts.map(markup) });
export const context = (text: string): Block => ({ type: 'context', elements: [markup(text)] });
export const image = (url: string, alt: string): Block => ({ type: 'image', image_url: url, alt_text: alt });
export const actions = (buttons: readonly object[]): Block => ({
  type: 'actions',
  block_id: 'windsock.acts',
  elements: buttons,
});

/** A button that tells us which incident it is about. */
export const button = (act: ButtonAct, text: string, incidentId: string, more: object = {}): object => ({
  type: 'button',
  action_id: actionIdOf(act),
  text: plainText(text),
  value: incidentId,
  ...more,
});

/** Asks before the button does it. */
export const confirm = (title: string, text: string, yes: string): object => ({
  confirm: { title: plainText(title), text: plainText(text), confirm: plainText(yes), deny: plainText('Not now') },
});
