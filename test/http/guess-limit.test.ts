import { expect, test } from 'vitest';
import { createGuessLimit } from '../../src/http/guess-limit.ts';

test('of ten thousand who guess the one longest ago is forgotten: whoever has many addresses takes no more memory', () => {
  const limit = createGuessLimit({ monotonicMs: () => 0 });
  const guess = (who: string) => {
    for (let count = 0; count < 10; count += 1) limit.note(who);
  };
  for (let index = 0; index < 10_000; index += 1) guess(`guesser-${index}`);
  expect([limit.isOver('guesser-0'), limit.isOver('guesser-9999')]).toEqual([true, true]);
  guess('one more');
  expect(['guesser-0', 'guesser-1', 'one more'].map((who) => limit.isOver(who))).toEqual([false, true, true]);
});
