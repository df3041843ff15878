import { expect, test } from 'vitest';
import { textsOfRepr } from '../../../src/airflow/task-logs/python-repr.ts';

test.each<[string, string[]]>([
  [String.raw`[('worker-1', 'one\ntwo'), ("worker-2", "it's \"three\"")]`, ['worker-1', 'one\ntwo', 'worker-2', 'it\'s "three"']],
  [String.raw`[('', 'caf\xe9 \u20ac \U0001f600 \\ \'x\'')]`, ['', "café € 😀 \\ 'x'"]],
  [`[('a', 'never closed`, ['a']],
  [String.raw`[('a', 'ends in a backslash\ `.trim(), ['a']],
  ['[]', ['[]']],
  ['[2024-05-01] a plain line', ['[2024-05-01] a plain line']],
])('%s', (content, texts) => expect(textsOfRepr(content)).toEqual(texts));

test('a log of 20 MB is read like any other', () => {
  const [host, log] = textsOfRepr(String.raw`[('w', '${String.raw`line of text\n`.repeat(1_500_000)}')]`);
  expect([host, log?.length]).toEqual(['w', 13 * 1_500_000]);
});
