import fc from 'fast-check';
import { expect, test } from 'vitest';
import { postAll, type Answer } from '../../src/notify/alertmanager.ts';
import type { Posting } from '../../src/notify/plan.ts';
import { posting } from './kit.ts';

const never = new AbortController().signal;
const refused: Answer = { ok: false, why: 'refused', reason: 'answered 400' };

test('poison alerts take no other along, whatever the batch, and nothing is taken twice', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 150 }), fc.integer({ min: 1, max: 64 }), async (isBad, batch) => {
      const postings = isBad.map((_bad, n) => posting(`inc-${n}`));
      const poison = new Set(postings.filter((_each, n) => isBad[n]));
      const taken: Posting[] = [];
      const member = {
        post: async (part: readonly Posting[]): Promise<Answer> => {
          expect(part.length).toBeLessThanOrEqual(batch);
          if (part.some((each) => poison.has(each))) return refused;
          taken.push(...part);
          return { ok: true };
        },
      };
      const done = await postAll(member, postings, batch, never);
      const good = postings.filter((each) => !poison.has(each));
      expect(done.accepted).toEqual(good);
      expect(taken).toEqual(good);
      expect(new Set(done.rejected.map((each) => each.posting))).toEqual(poison);
      expect(done.failure).toBeNull();
    }),
    { numRuns: 100 },
  );
});

const six = Array.from({ length: 6 }, (_each, n) => posting(`inc-${n}`));
const ids = (postings: readonly Posting[]) => postings.map(({ incidentId }) => incidentId);

test('a batch that fails now holds up no other batch, and is neither taken nor refused', async () => {
  const answers: Answer[] = [{ ok: true }, { ok: false, why: 'failed', reason: 'answered 503' }, { ok: true }];
  const done = await postAll({ post: async () => answers.shift() ?? refused }, six, 2, never);
  expect({ ...done, accepted: ids(done.accepted) }).toEqual({
    accepted: ['inc-0', 'inc-1', 'inc-4', 'inc-5'],
    rejected: [],
    failure: 'answered 503',
  });
});

test('a member that does not answer is asked once a round', async () => {
  let asked = 0;
  const post = async (): Promise<Answer> => {
    asked += 1;
    return { ok: false, why: 'unreachable', reason: 'connect ECONNREFUSED' };
  };
  expect(await postAll({ post }, six, 2, never)).toEqual({ accepted: [], rejected: [], failure: 'connect ECONNREFUSED' });
  expect(asked).toBe(1);
});
