// What Slack documents of Block Kit, and the undocumented sum of block texts (slackapi/bolt-js#2509), as the errors it answers with.

type Json = Record<string, unknown>;
const said = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
const blockTextsMax = 13_200;
const textMax = 40_000;

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** Slack's error for this content, with where it is; null: it is taken. */
export function refusalOf(text: unknown, blocks: unknown): { error: string; at: string } | null {
  if (typeof text === 'string' && text.length > textMax) return { error: 'msg_too_long', at: '/text' };
  if (blocks === undefined) return typeof text === 'string' && text !== '' ? null : { error: 'no_text', at: '/text' };
  if (!Array.isArray(blocks)) return { error: 'invalid_blocks_format', at: '/blocks' };
  const faults: string[] = [];
  if (blocks.length > 50) faults.push('/blocks: no more than 50 items allowed');
  const ids = blocks.flatMap((block) => (isObject(block) && block['block_id'] !== undefined ? [block['block_id']] : []));
  if (new Set(ids).size < ids.length) faults.push('/blocks: block_id must be unique');
  for (const [index, block] of blocks.entries()) checkBlock(block, `/blocks/${index}`, faults);
  if (faults[0] !== undefined) return { error: 'invalid_blocks', at: faults[0] };
  if (textLength(blocks) > blockTextsMax) return { error: 'msg_blocks_too_long', at: '/blocks' };
  return null;
}

function textLength(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, each) => sum + textLength(each), 0);
  if (!isObject(value)) return 0;
  return Object.entries(value).reduce(
    (sum, [key, inner]) => sum + (key === 'text' && typeof inner === 'string' ? inner.length : textLength(inner)),
    0,
  );
}

function checkBlock(block: unknown, at: string, faults: string[]): void {
  if (!isObject(block)) return void faults.push(`${at}: must be an object`);
  length(block['block_id'], 255, `${at}/block_id`, faults, { optional: true });
  switch (block['type']) {
    case 'divider':
      return;
    case 'section':
      return checkSection(block, at, faults);
    case 'header':
      return checkText(block['text'], 150, `${at}/text`, faults, ['plain_text']);
    case 'context':
      return checkContext(block, at, faults);
    case 'actions':
      return checkElements(block['elements'], 25, `${at}/elements`, faults);
    case 'context_actions':
      return count(block['elements'], 1, 5, `${at}/elements`, faults);
    case 'image':
      return checkImage(block, at, faults);
    case 'markdown':
      return length(block['text'], 12_000, `${at}/text`, faults);
    case 'rich_text':
      return count(block['elements'], 1, 50, `${at}/elements`, faults);
    case 'table':
      count(block['rows'], 1, 100, `${at}/rows`, faults);
      for (const row of listOf(block['rows'])) count(row, 1, 20, `${at}/rows`, faults);
      return;
    default:
      faults.push(`${at}: unsupported type: ${said(block['type'])}`);
  }
}

function checkSection(block: Json, at: string, faults: string[]): void {
  if (block['text'] === undefined && block['fields'] === undefined) faults.push(`${at}: needs text or fields`);
  if (block['text'] !== undefined) checkText(block['text'], 3000, `${at}/text`, faults);
  if (block['fields'] !== undefined) count(block['fields'], 1, 10, `${at}/fields`, faults);
  for (const field of listOf(block['fields'])) checkText(field, 2000, `${at}/fields`, faults);
  if (block['accessory'] !== undefined) checkElement(block['accessory'], `${at}/accessory`, faults);
}

function checkContext(block: Json, at: string, faults: string[]): void {
  count(block['elements'], 1, 10, `${at}/elements`, faults);
  for (const element of listOf(block['elements'])) {
    if (isObject(element) && element['type'] === 'image') checkImage(element, `${at}/elements`, faults);
    else checkText(element, 3000, `${at}/elements`, faults);
  }
}

function checkImage(image: Json, at: string, faults: string[]): void {
  length(image['image_url'], 3000, `${at}/image_url`, faults);
  if (!/^https?:\/\//.test(said(image['image_url']))) faults.push(`${at}/image_url: must be a URL`);
  length(image['alt_text'], 2000, `${at}/alt_text`, faults);
  if (image['title'] !== undefined) checkText(image['title'], 2000, `${at}/title`, faults, ['plain_text']);
}

function checkElements(elements: unknown, max: number, at: string, faults: string[]): void {
  count(elements, 1, max, at, faults);
  const ids = listOf(elements).flatMap((each) => (isObject(each) && each['action_id'] !== undefined ? [each['action_id']] : []));
  if (new Set(ids).size < ids.length) faults.push(`${at}: action_id must be unique`);
  for (const element of listOf(elements)) checkElement(element, at, faults);
}

function checkElement(element: unknown, at: string, faults: string[]): void {
  if (!isObject(element)) return void faults.push(`${at}: must be an object`);
  if (element['type'] === 'image') return checkImage(element, at, faults);
  length(element['action_id'], 255, `${at}/action_id`, faults, { optional: true });
  checkConfirm(element['confirm'], `${at}/confirm`, faults);
  if (element['type'] === 'overflow') return count(element['options'], 1, 5, `${at}/options`, faults);
  if (element['type'] === 'static_select') return count(element['options'], 1, 100, `${at}/options`, faults);
  if (element['type'] !== 'button') return void faults.push(`${at}: unsupported element: ${said(element['type'])}`);
  checkText(element['text'], 75, `${at}/text`, faults, ['plain_text']);
  length(element['value'], 2000, `${at}/value`, faults, { optional: true });
  length(element['url'], 3000, `${at}/url`, faults, { optional: true });
  if (element['url'] !== undefined && !/^https?:\/\//.test(said(element['url']))) faults.push(`${at}/url: must be a URL`);
  if (element['style'] !== undefined && !['primary', 'danger'].includes(said(element['style'])))
    faults.push(`${at}/style: must be primary or danger`);
}

function checkConfirm(confirm: unknown, at: string, faults: string[]): void {
  if (confirm === undefined) return;
  if (!isObject(confirm)) return void faults.push(`${at}: must be an object`);
  checkText(confirm['title'], 100, `${at}/title`, faults, ['plain_text']);
  checkText(confirm['text'], 300, `${at}/text`, faults);
  checkText(confirm['confirm'], 30, `${at}/confirm`, faults, ['plain_text']);
  checkText(confirm['deny'], 30, `${at}/deny`, faults, ['plain_text']);
}

function checkText(text: unknown, max: number, at: string, faults: string[], types = ['plain_text', 'mrkdwn']): void {
  if (!isObject(text)) return void faults.push(`${at}: must be a text object`);
  if (!types.includes(said(text['type']))) faults.push(`${at}: must be ${types.join(' or ')}`);
  length(text['text'], max, at, faults);
}

function length(value: unknown, max: number, at: string, faults: string[], { optional = false } = {}): void {
  if (value === undefined && optional) return;
  if (typeof value !== 'string' || value.length === 0) faults.push(`${at}: must be more than 0 characters`);
  else if (value.length > max) faults.push(`${at}: must be less than ${max + 1} characters`);
}

function count(value: unknown, min: number, max: number, at: string, faults: string[]): void {
  if (!Array.isArray(value) || value.length < min || value.length > max) faults.push(`${at}: must have ${min} to ${max} items`);
}
