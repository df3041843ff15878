import { expect, test } from 'vitest';
import { explainCase } from './log-of.ts';
import { messages } from './messages.ts';

const filed = Object.entries(messages).flatMap(([kind, texts]) => texts.map((text) => [kind, text] as const));

test.each(filed)('%s: %s', (kind, text) => {
  const { category, subcategory } = explainCase(text);
  expect(`${category}/${subcategory}`).toBe(kind);
});
