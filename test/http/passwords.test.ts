import { hashSync } from 'bcryptjs';
import { expect, test } from 'vitest';
import { bcryptThread, createPasswordCheck } from '../../src/http/passwords.ts';

const peer = '10.0.0.7';
const users = new Map([
  ['alice', 'hash of wonderland'],
  ['bob', 'hash of builder'],
]);

/** Compares at once, and counts. */
function counting() {
  const asked: [password: string, hash: string][] = [];
  const compare = async (password: string, hash: string) => {
    asked.push([password, hash]);
    return hash === `hash of ${password}`;
  };
  return { asked, check: createPasswordCheck(compare) };
}

test('a right password is checked once and remembered; a wrong one is checked every time', async () => {
  const { asked, check } = counting();
  expect(await check('alice', 'wonderland', users, peer)).toBe(true);
  expect(await check('alice', 'wonderland', users, peer)).toBe(true);
  expect(asked).toHaveLength(1);
  expect(await check('alice', 'guess', users, peer)).toBe(false);
  expect(await check('alice', 'guess', users, peer)).toBe(false);
  expect(asked).toHaveLength(3);
});

test('a changed hash and a removed user count at once, whatever is remembered', async () => {
  const { check } = counting();
  expect(await check('alice', 'wonderland', users, peer)).toBe(true);
  expect(await check('alice', 'wonderland', new Map([['alice', 'hash of something else']]), peer)).toBe(false);
  expect(await check('alice', 'wonderland', new Map([['bob', 'hash of wonderland']]), peer)).toBe(false);
  expect(await check('alice', 'wonderland', new Map(), peer)).toBe(false);
});

test("an unknown user costs a check as a known one does, and is refused even with the other's password", async () => {
  const { asked, check } = counting();
  expect(await check('mallory', 'wonderland', users, peer)).toBe(false);
  expect(await check('mallory', 'wonderland', users, peer)).toBe(false);
  expect(asked).toEqual([
    ['wonderland', 'hash of wonderland'],
    ['wonderland', 'hash of wonderland'],
  ]);
  expect(await check('alice', 'wonderland', users, peer)).toBe(true);
});

test.each([
  [72, true],
  [73, false],
])('a password of %i bytes is %s: bcrypt looks at no more than 72', async (bytes, right) => {
  const password = 'é'.repeat(Math.floor(bytes / 2)) + 'x'.repeat(bytes % 2);
  const { check } = counting();
  expect(await check('alice', password, new Map([['alice', `hash of ${password}`]]), peer)).toBe(right);
});

test('checks run one at a time, the same ones together, and too many are put off', async () => {
  let running = 0;
  let most = 0;
  let calls = 0;
  const waiting: (() => void)[] = [];
  const check = createPasswordCheck(async () => {
    calls += 1;
    most = Math.max(most, (running += 1));
    await new Promise<void>((go) => waiting.push(go));
    running -= 1;
    return false;
  });
  const same = [check('alice', 'guess 0', users, peer), check('alice', 'guess 0', users, peer)];
  const others = Array.from({ length: 15 }, (_, index) => check('alice', `guess ${index + 1}`, users, peer));
  expect(await check('alice', 'one too many', users, peer)).toBe('busy');
  for (let answered = 0; answered < 16;) {
    await new Promise((done) => setImmediate(done));
    const go = waiting.shift();
    if (go === undefined) continue;
    answered += 1;
    go();
  }
  expect(await Promise.all([...same, ...others])).toEqual(Array.from({ length: 17 }, () => false));
  expect([most, calls]).toEqual([1, 16]);
  const later = check('alice', 'one too many', users, '10.0.0.8');
  await new Promise((done) => setImmediate(done));
  waiting.shift()?.();
  expect(await later).toBe(false);
});

test('a check that fails is no answer, and the next one works', async () => {
  let failing = true;
  const check = createPasswordCheck(async () => {
    if (failing) throw new Error('thread gone');
    return true;
  });
  await expect(check('alice', 'wonderland', users, peer)).rejects.toThrow('thread gone');
  failing = false;
  expect(await check('alice', 'wonderland', users, peer)).toBe(true);
});

test('after ten wrong passwords for a user from an address no more are looked at for a minute; other users, other addresses and who is remembered go on', async () => {
  let nowMs = 0;
  const asked: string[] = [];
  const check = createPasswordCheck(
    async (password, hash) => {
      asked.push(password);
      return hash === `hash of ${password}`;
    },
    { monotonicMs: () => nowMs },
  );
  expect(await check('alice', 'wonderland', users, 'her desk')).toBe(true);
  for (let guess = 0; guess < 10; guess += 1) expect(await check('alice', `guess ${guess}`, users, peer)).toBe(false);
  expect(asked).toHaveLength(11);
  expect(await check('alice', 'guess 10', users, peer)).toBe('guessed');
  expect(asked).toHaveLength(11);
  expect(await check('alice', 'wonderland', users, peer)).toBe(true);
  expect(await check('bob', 'builder', users, peer)).toBe(true);
  expect(await check('alice', 'guess 10', users, 'elsewhere')).toBe(false);
  nowMs = 59_999;
  expect(await check('alice', 'guess 11', users, peer)).toBe('guessed');
  nowMs = 60_000;
  expect(await check('alice', 'guess 11', users, peer)).toBe(false);
});

test('bcrypt runs in a thread of its own, for the prefixes that htpasswd and bcrypt write', async () => {
  const compare = bcryptThread();
  const hash = hashSync('wonderland', 4);
  for (const prefix of ['$2a$', '$2b$', '$2y$']) {
    expect(await compare('wonderland', hash.replace('$2b$', prefix))).toBe(true);
    expect(await compare('Wonderland', hash.replace('$2b$', prefix))).toBe(false);
  }
});
