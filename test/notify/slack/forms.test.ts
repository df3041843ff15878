import { expect, test } from 'vitest';
import type { SlackAnswer } from '../../../src/notify/slack/answer.ts';
import { image, section } from '../../../src/notify/slack/blocks.ts';
import { createForms, type FormsOptions } from '../../../src/notify/slack/forms.ts';
import type { SlackMessage } from '../../../src/notify/slack/message.ts';

const message: SlackMessage = {
  text: 'etl.load failed',
  blocks: [section('etl.load failed'), image('https://w/c.png', 'chart')],
};
const refused: SlackAnswer<null> = { ok: false, why: 'content', reason: 'invalid_blocks' };

/** What is asked, form by form, of a Slack that refuses so many of them. */
async function sent(refusals: number, turn: FormsOptions['turn'] = () => Promise.resolve(true)) {
  const asked: SlackMessage[] = [];
  const health = { say: () => {} };
  const send = createForms({ clock: { now: () => new Date(), monotonicMs: () => 0 }, health, turn });
  const answer = await send('incident:1', message, 'post C1', 1000, (form) => {
    asked.push(form);
    return Promise.resolve(asked.length <= refusals ? refused : { ok: true as const, value: null });
  });
  return { answer, blocks: asked.map(({ blocks }) => blocks.length) };
}

test('what Slack refuses is sent without images, then as plain text, and then no more', async () => {
  expect(await sent(0)).toEqual({ answer: { ok: true, value: null }, blocks: [2] });
  expect(await sent(1)).toEqual({ answer: { ok: true, value: null }, blocks: [2, 1] });
  expect(await sent(2)).toEqual({ answer: { ok: true, value: null }, blocks: [2, 1, 0] });
  expect(await sent(3)).toEqual({ answer: refused, blocks: [2, 1, 0] });
});

test('where the next form has no turn now the message waits: it is not refused for good', async () => {
  let turns = 0;
  for (const left of [0, 1]) {
    turns = left;
    const { answer, blocks } = await sent(3, () => Promise.resolve((turns -= 1) >= 0));
    expect(answer).toMatchObject({ ok: false, why: 'limited' });
    expect(blocks).toHaveLength(left + 1);
  }
});
