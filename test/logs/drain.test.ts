import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createDrain, templateOf, type Drain, type DrainState } from '../../src/logs/drain.ts';
import { createLineLearner } from '../../src/logs/line-cache.ts';
import { createMasker } from '../../src/logs/masks.ts';

const word = fc.constantFrom(
  'load',
  'loaded',
  'rows',
  'from',
  'to',
  'failed',
  '17',
  '4.2',
  '10.0.0.7',
  'node3',
  "'x'",
  '<*>',
  'ok',
);
const line = fc.oneof(
  { weight: 9, arbitrary: fc.array(word, { maxLength: 7 }).map((words) => words.join(' ')) },
  {
    weight: 1,
    arbitrary: fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 12 }).map((codes) => String.fromCharCode(...codes)),
  },
);
const lines = fc.array(line, { maxLength: 60 });
const options = fc.record({
  depth: fc.integer({ min: 3, max: 6 }),
  similarity: fc.constantFrom(0, 0.3, 0.5, 0.8, 1),
  maxChildren: fc.integer({ min: 2, max: 5 }),
  maxClusters: fc.constantFrom(1, 2, 5, 1000),
});
const learnAll = (drain: Drain, lines: readonly string[]): number[] => lines.map((line) => drain.learn(line).cluster.id);
const keptOf = (drain: Drain): DrainState => JSON.parse(JSON.stringify(drain)) as DrainState;

test('the same lines give the same clusters, however often they are learned', () => {
  fc.assert(
    fc.property(lines, options, (lines, options) => {
      const [one, two] = [createDrain(options), createDrain(options)];
      expect(learnAll(two, lines)).toEqual(learnAll(one, lines));
      expect(keptOf(two)).toEqual(keptOf(one));
    }),
  );
});

test('what is kept as JSON goes on as if it had never been written', () => {
  fc.assert(
    fc.property(lines, lines, options, (before, after, options) => {
      const one = createDrain(options);
      learnAll(one, before);
      const two = createDrain(options, createMasker(), keptOf(one));
      expect(keptOf(two)).toEqual(keptOf(one));
      expect(learnAll(two, after)).toEqual(learnAll(one, after));
      expect(keptOf(two)).toEqual(keptOf(one));
    }),
  );
});

test('lines that are learned where they stand get the same clusters as by their tokens', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(40), { maxLength: 80 }), lines, options, (order, lines, options) => {
      const [one, two] = [createDrain(options), createDrain(options)];
      const learn = createLineLearner(two);
      const again = order.flatMap((index) => lines[index] ?? []);
      expect(again.map((line) => learn(`${line}\n`, 0, line.length).id)).toEqual(learnAll(one, again));
      expect(keptOf(two)).toEqual(keptOf(one));
    }),
  );
});

test('matching changes nothing', () => {
  fc.assert(
    fc.property(lines, lines, options, (learned, asked, options) => {
      const drain = createDrain(options);
      learnAll(drain, learned);
      const before = keptOf(drain);
      for (const line of asked) drain.match(line);
      expect(keptOf(drain)).toEqual(before);
    }),
  );
});

test('a template matches every line that it was made from, and what matches is told by its tokens', () => {
  fc.assert(
    fc.property(lines, options, (lines, options) => {
      const drain = createDrain({ ...options, maxClusters: 1000 });
      const { split } = createMasker();
      const clusters = lines.map((line) => drain.learn(line).cluster);
      lines.forEach((line, index) => {
        const tokens = split(line);
        for (const cluster of [clusters[index], drain.match(line)])
          expect(
            cluster?.tokens.every((token, at) => token === '<*>' || token === tokens[at]) &&
              cluster.tokens.length === tokens.length,
          ).toBe(true);
      });
    }),
  );
});

test('never are there more clusters than allowed, nor places in the tree that lead to none', () => {
  fc.assert(
    fc.property(lines, options, (lines, options) => {
      const drain = createDrain(options);
      learnAll(drain, lines);
      const { clusters } = keptOf(drain);
      expect(clusters.length).toBeLessThanOrEqual(options.maxClusters);
      for (const [, , template, path] of clusters)
        expect(path.length).toBe(Math.min(options.depth - 3, template === '' ? 0 : template.split(' ').length));
    }),
  );
});

test('a line joins at the similarity asked for, and not below it', () => {
  const two = (similarity: number): number =>
    new Set(learnAll(createDrain({ similarity }), ['send mail to alice', 'send mail by bob'])).size;
  expect(two(0.5)).toBe(1);
  expect(two(0.51)).toBe(2);
});

test.each([0.1, 0.3, 0.7, 0.9])('of ten words the share %s is enough as it stands', (similarity) => {
  const changed = (count: number): string =>
    Array.from({ length: 10 }, (_, at) => (at < count ? `x${'y'.repeat(at)}` : 'same'))
      .reverse()
      .join(' ');
  const apart = Math.round(10 * (1 - similarity));
  expect(new Set(learnAll(createDrain({ similarity, depth: 3 }), [changed(0), changed(apart)])).size).toBe(1);
  expect(new Set(learnAll(createDrain({ similarity, depth: 3 }), [changed(0), changed(apart + 1)])).size).toBe(2);
});

test('among many templates the one is found that a look at each would find', () => {
  const words = ['ga', 'gi', 'go', 'gu', 'ha', 'hi', 'ho', 'hu'];
  const sentence = fc.array(fc.constantFrom(...words), { minLength: 6, maxLength: 6 }).map((each) => each.join(' '));
  fc.assert(
    fc.property(fc.array(sentence, { minLength: 60, maxLength: 120 }), (sentences) => {
      const templates: string[][] = [];
      const looked = sentences.map((text) => {
        const tokens = text.split(' ');
        const shares = templates.map((template) => tokens.filter((token, at) => token === template[at]).length / 6);
        const stars = templates.map((template) => template.filter((token) => token === '<*>').length);
        const best = shares.reduce((best, share, at) => {
          const [held = -1, starred = -1] = [shares[best], stars[best]];
          return share > held || (share === held && (stars[at] ?? 0) > starred) ? at : best;
        }, 0);
        const found = templates[best];
        if (found === undefined || (shares[best] ?? 0) < 0.7) return templates.push(tokens);
        found.forEach((token, at) => token !== tokens[at] && (found[at] = '<*>'));
        return best + 1;
      });
      expect(learnAll(createDrain({ depth: 3, similarity: 0.7 }), sentences)).toEqual(looked);
    }),
  );
});

test('masks say nothing about likeness: three numbers in common make no template', () => {
  expect(new Set(learnAll(createDrain(), ['rows 1 2 3 read', 'rows 1 2 3 lost', 'bytes 1 2 3 lost'])).size).toBe(2);
  expect(new Set(learnAll(createDrain({ similarity: 0.6 }), ['rows 1 2 3 read', 'rows 1 2 3 lost'])).size).toBe(2);
  expect(new Set(learnAll(createDrain(), ['1 2 3', '4 5 6'])).size).toBe(1);
});

test('of templates that are equally near the one with more wildcards takes a line', () => {
  const drain = createDrain({ similarity: 0.6 });
  const general = [drain.learn('a b c x y'), drain.learn('a b c x z')].map(({ cluster }) => cluster.id);
  drain.learn('a q r s t');
  expect(general[0]).toBe(general[1]);
  expect(templateOf(drain.learn('a b c x w').cluster)).toBe('a b c x <*>');
});

test('a depth of 3 looks at no word, one of 5 at two', () => {
  const count = (depth: number): number =>
    new Set(
      learnAll(createDrain({ depth }), [
        'cupsd startup was fine today',
        'cupsd shutdown was fine today',
        'nfsd startup was fine today',
      ]),
    ).size;
  expect([3, 4, 5].map(count)).toEqual([1, 2, 3]);
});

test('when a place of the tree is full, all further words share one', () => {
  const drain = createDrain({ maxChildren: 3, similarity: 0.5 });
  const ids = learnAll(drain, ['a x y', 'b x y', 'c x y', 'd x y', 'e x y']);
  expect(ids).toEqual([1, 2, 3, 3, 3]);
  expect(keptOf(drain).clusters.map(([, , , path]) => path)).toEqual([['a'], ['b'], ['<*>']]);
});

test('of too many clusters the one met longest ago is forgotten; its lines begin a new one', () => {
  const drain = createDrain({ maxClusters: 2 });
  expect(learnAll(drain, ['one x', 'two y', 'one x', 'three z', 'one x', 'two y'])).toEqual([1, 2, 1, 3, 1, 4]);
});

test('a line whose first word became a wildcard is still matched', () => {
  const drain = createDrain({ depth: 3 });
  learnAll(drain, ['a b c', 'd b c']);
  expect(drain.match('e b c')?.id).toBe(1);
  expect(drain.match('e b d')).toBeUndefined();
});

test('learning says what it changed', () => {
  const drain = createDrain();
  expect(
    ['read 5 rows fast', 'read 7 rows fast', 'read 7 rows slowly', 'read 9 rows slowly'].map((line) => drain.learn(line).changed),
  ).toEqual(['created', 'nothing', 'template', 'nothing']);
});

test('what was learned with other masks or another tree is left aside', () => {
  const drain = createDrain();
  drain.learn('hello');
  const kept = keptOf(drain);
  const others = [
    createDrain({}, createMasker({ extra: [{ name: 'X', pattern: /x/g }] }), kept),
    createDrain({ depth: 5 }, createMasker(), kept),
    createDrain({}, createMasker(), { ...kept, version: 2 as 1 }),
  ];
  for (const other of others) expect([...other.clusters()]).toEqual([]);
  expect([...createDrain({ similarity: 0.9 }, createMasker(), kept).clusters()]).toHaveLength(1);
});

test('of more templates than may be the one that was met longest ago is forgotten, each time', () => {
  const words = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'), { maxLength: 80 });
  fc.assert(
    fc.property(words, fc.integer({ min: 1, max: 6 }), (met, maxClusters) => {
      const drain = createDrain({ similarity: 1, maxClusters });
      let kept: string[] = [];
      for (const each of met) {
        drain.learn(each);
        kept = [...kept.filter((other) => other !== each), each].slice(-maxClusters);
        expect([...drain.clusters()].map(templateOf).sort()).toEqual(kept.toSorted());
      }
    }),
  );
});
