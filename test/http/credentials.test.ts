import fc from 'fast-check';
import { expect, test } from 'vitest';
import { identify } from '../../src/http/credentials.ts';

const token = 'Write-token-0123456789';
const settings = {
  tokens: [
    { name: 'other', token: 'another-token-of-ours', scopes: ['read' as const] },
    { name: 'ci', token, scopes: ['read' as const, 'write' as const] },
  ],
  users: new Map<string, string>(),
  webhookSecret: undefined,
};

/** The token, spoilt in one place, and what has nothing to do with it. */
const likeToken = fc.oneof(
  fc.nat(token.length - 1).map((at) => token.slice(0, at)),
  fc.nat(token.length - 1).map((at) => token.slice(at + 1)),
  fc
    .tuple(fc.nat(token.length - 1), fc.string({ minLength: 1, maxLength: 2 }))
    .map(([at, put]) => token.slice(0, at) + put + token.slice(at + 1)),
  fc.string({ maxLength: 3, minLength: 1 }).map((more) => token + more),
  fc.string({ maxLength: 3, minLength: 1 }).map((more) => more + token),
  fc.constantFrom(
    token.toLowerCase(),
    token.toUpperCase(),
    `${token}\0`,
    `${token},${token}`,
    `"${token}"`,
    encodeURIComponent(`${token} `),
  ),
  fc.string(),
);

test('nothing but a token itself is one, however like it, and sent in whatever way', async () => {
  const never = { checkPassword: async () => false, peer: '10.0.0.7' };
  const known = async (header: string) => (await identify(header, settings, never)).kind === 'known';
  expect(await known(`Bearer ${token}`)).toBe(true);
  expect(await known(`Basic ${btoa(`anyone:${token}`)}`)).toBe(true);
  await fc.assert(
    fc.asyncProperty(
      likeToken,
      fc.constantFrom('Bearer', 'bearer', 'Basic', 'Token', 'Bearer Bearer', ''),
      async (text, scheme) => {
        // Blanks round a token are none of it.
        fc.pre(text.trim() !== token);
        const value = scheme === 'Basic' ? Buffer.from(`anyone:${text}`).toString('base64') : text;
        expect(await known(`${scheme} ${value}`)).toBe(false);
      },
    ),
    { numRuns: 500 },
  );
});
