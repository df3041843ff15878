import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLineSplitter } from '../../../src/cli/templates/split-lines.ts';

function linesOf(chunks: readonly string[]): string[] {
  const lines: string[] = [];
  const splitter = createLineSplitter((text, start, end) => lines.push(text.slice(start, end)));
  for (const chunk of chunks) splitter.write(chunk);
  splitter.end();
  return lines;
}

test('lines are the same wherever the chunks are cut', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'bc', '\n', '\r\n', '', ' ', '\n\n')), (parts) => {
      const text = parts.join('');
      const whole = text.replaceAll('\r\n', '\n').split('\n');
      if (whole.at(-1) === '') whole.pop();
      expect(linesOf([text])).toEqual(whole);
      expect(linesOf(parts)).toEqual(whole);
      expect(linesOf(text.split(''))).toEqual(whole);
    }),
  );
});

test('a line is cut at 128 kB, whether it comes at once or in pieces, and the next one is whole', () => {
  const long = 'x'.repeat(5_000_000);
  for (const chunks of [[`${long}\nnext\n`], [long.slice(0, 70_000), long.slice(70_000), '\nnext'], [long, '', '\n', 'next']]) {
    const lines = linesOf(chunks);
    expect(lines.map(({ length }) => length)).toEqual([131_072, 4]);
    expect(lines[1]).toBe('next');
  }
});
