import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonText } from '../../src/lib/json-text.ts';

test('half of an emoji and a NUL become �, whole ones and texts about escapes stay', () => {
  expect(JSON.parse(jsonText({ title: `${'😀😀'.slice(0, 3)}…`, nul: 'a\0b' }))).toEqual({ title: '😀�…', nul: 'a�b' });
  const whole = { emoji: '😀', told: String.raw`\u0000 \\ud83d \ud83d`, path: String.raw`C:\udata`, line: 'a\nb\u001F' };
  expect(JSON.parse(jsonText(whole))).toEqual(whole);
});

test('whatever a text holds, what comes back is that text with � for halves and NULs', () =>
  fc.assert(
    fc.property(fc.array(fc.constantFrom('\\', 'u', '0000', 'd83d', '\uD83D', '\uDE00', '\0', 'x')), (parts) => {
      const text = parts.join('');
      expect(JSON.parse(jsonText(text))).toBe(text.toWellFormed().replaceAll('\0', '�'));
    }),
  ));
