import type { SlackMessage } from '../../../src/notify/slack/message.ts';

/** Every string under one of these keys is text that is shown. */
const shown: ReadonlySet<string> = new Set(['text', 'alt_text']);

function* walk(value: unknown, key = ''): Generator<[key: string, text: string]> {
  if (typeof value === 'string') yield [key, value];
  else if (Array.isArray(value)) for (const each of value) yield* walk(each, key);
  else if (typeof value === 'object' && value !== null) for (const [name, each] of Object.entries(value)) yield* walk(each, name);
}

/** The texts that a message shows. */
export const textsIn = (message: SlackMessage): string[] =>
  [...walk(message)].filter(([key]) => shown.has(key)).map(([, text]) => text);

/** Those of them in which Slack reads markup. */
export const formattedIn = ({ text, blocks }: SlackMessage): string[] => [
  text,
  ...[...walk({ blocks: JSON.parse(JSON.stringify(blocks), keepMarkup) as unknown })]
    .filter(([key]) => key === 'text')
    .map(([, each]) => each),
];
const keepMarkup = (_key: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'type' in value && value.type === 'plain_text' ? undefined : value;

/** What stands in angle brackets: links, mentions and times, and what is left of broken ones. */
export const markupIn = (message: SlackMessage): string[] => textsIn(message).flatMap((text) => text.match(/<[^>]*>?|>/g) ?? []);

type Fields = Record<string, unknown>;
const list = (value: unknown): Fields[] => (Array.isArray(value) ? (value as Fields[]) : []);
const lengthOf = (value: unknown): number =>
  typeof value === 'string' ? value.length : String((value as Fields)['text']).length;

/** Which of the limits that Slack documents, and of that for all texts together, a message breaks. */
export function limitsBroken({ text, blocks }: SlackMessage): string[] {
  const broken: string[] = [];
  const atMost = (what: string, size: number, max: number, min = 1): void => {
    if (size > max || size < min) broken.push(`${what}: ${size}`);
  };
  atMost('text', text.length, 4000);
  atMost('blocks', blocks.length, 50);
  atMost(
    'sum of texts',
    textsIn({ text: '', blocks }).reduce((sum, each) => sum + each.length, 0),
    10_000,
  );
  for (const block of blocks)
    switch (block.type) {
      case 'header':
        atMost('header', lengthOf(block['text']), 150);
        break;
      case 'section':
        if (block['text'] !== undefined) atMost('section', lengthOf(block['text']), 3000);
        if (block['fields'] !== undefined) atMost('fields', list(block['fields']).length, 10);
        for (const field of list(block['fields'])) atMost('field', lengthOf(field), 2000);
        break;
      case 'context':
        atMost('context', list(block['elements']).length, 10);
        for (const element of list(block['elements'])) atMost('context text', lengthOf(element), 3000);
        break;
      case 'image':
        atMost('image_url', lengthOf(block['image_url']), 3000);
        atMost('alt_text', lengthOf(block['alt_text']), 2000);
        break;
      case 'actions':
        atMost('actions', list(block['elements']).length, 25);
        for (const { text: label, value, confirm } of list(block['elements'])) {
          atMost('button', lengthOf(label), 75);
          atMost('value', lengthOf(value), 2000);
          if (confirm === undefined) continue;
          const { title, text: asked, confirm: yes, deny } = confirm as Fields;
          atMost('confirm title', lengthOf(title), 100);
          atMost('confirm text', lengthOf(asked), 300);
          atMost('confirm yes', lengthOf(yes), 30);
          atMost('confirm no', lengthOf(deny), 30);
        }
        break;
      default:
        broken.push(`an unknown block ${block.type}`);
    }
  return broken;
}
