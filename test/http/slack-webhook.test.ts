import { expect, test } from 'vitest';
import { AppError } from '../../src/lib/errors.ts';
import type { Interaction } from '../../src/notify/slack/interaction.ts';
import { at } from '../kit/findings.ts';
import { askApp, noWebhooks, sourcesWith } from '../kit/http.ts';
import { formOf, press, signedHeaders, signingSecret } from '../kit/slack-press.ts';

const now = at('10:00');
const later = (seconds: number): Date => new Date(now.getTime() + seconds * 1000);
const clock = { now: () => now, monotonicMs: () => 0 };

interface Given {
  headers?: Record<string, string>;
  secret?: string | undefined;
  fails?: Error;
  method?: string;
}

/** Asked from the internet, as Slack does, where all else needs a token. */
async function post(body: string, { headers = signedHeaders(body, now), fails, method = 'POST', ...rest }: Given = {}) {
  const taken: Interaction[] = [];
  const secret = 'secret' in rest ? rest.secret : signingSecret;
  const { ask } = askApp({
    clock,
    settings: { tokens: [{ name: 'someone', token: 'sixteen-characters', scopes: ['read'] }] },
    sources: sourcesWith({
      webhooks: {
        ...noWebhooks,
        slack: {
          signingSecret: () => secret,
          async press(interaction) {
            if (fails !== undefined) throw fails;
            taken.push(interaction);
          },
        },
      },
    }),
  });
  const answer = await ask('/api/v1/webhooks/slack', {
    method,
    ...(method === 'POST' ? { body } : {}),
    peer: '203.0.113.9',
    headers: { host: 'windsock.example.com', ...headers },
  });
  return { status: answer.status, text: await answer.text(), taken };
}

test('a press that Slack signed is taken without a token, and answered with nothing', async () => {
  const responseUrl = 'https://hooks.slack.com/actions/T1/1/abc';
  expect(await post(formOf(press({ response_url: responseUrl })))).toEqual({
    status: 200,
    text: '',
    taken: [
      {
        act: 'acknowledge',
        incidentId: 'inc-1',
        who: 'ann (Slack U0123456789)',
        key: 'U0123456789 acknowledge inc-1 1700000000.000001',
        responseUrl,
      },
    ],
  });
});

const body = formOf(press());
const right = signedHeaders(body, now);
const without = (name: string): Record<string, string> =>
  Object.fromEntries(Object.entries(right).filter(([each]) => each !== name));

test.each([
  ['without a signature', { headers: without('x-slack-signature') }, 401, 'not signed'],
  ['without a time', { headers: without('x-slack-request-timestamp') }, 401, 'not signed'],
  ['signed with another secret', { headers: signedHeaders(body, now, 'another-signing-secret') }, 401, 'not signed'],
  ['with the signature of another body', { headers: signedHeaders(`${body}&x=1`, now) }, 401, 'not signed'],
  ['signed for another time', { headers: { ...right, 'x-slack-request-timestamp': '1700000000' } }, 401, 'not signed'],
  ['with a time that is none', { headers: { ...right, 'x-slack-request-timestamp': '17e8' } }, 401, 'not signed'],
  [
    'with half a signature',
    { headers: { ...right, 'x-slack-signature': right['x-slack-signature']?.slice(0, 40) ?? '' } },
    401,
    'not signed',
  ],
  ['recorded 301 s ago', { headers: signedHeaders(body, later(-301)) }, 401, '5 minutes'],
  ['from 301 s ahead', { headers: signedHeaders(body, later(301)) }, 401, '5 minutes'],
  ['as JSON', { headers: { ...right, 'content-type': 'application/json' } }, 415, 'x-www-form-urlencoded'],
  ['without a content type', { headers: { ...without('content-type'), 'content-type': '' } }, 415, 'x-www-form-urlencoded'],
  ['where no signing secret is configured', { secret: undefined }, 404, 'notify.slack.signing_secret'],
] satisfies [string, Given, number, string][])('a press %s is refused, and nothing is done', async (_, given, status, text) => {
  const answer = await post(body, given);
  expect(answer).toMatchObject({ status, taken: [] });
  expect(answer.text).toContain(text);
});

test.each([300, -300])('a press signed %i s from now is taken: clocks differ', async (seconds) => {
  expect(await post(body, { headers: signedHeaders(body, later(seconds)) })).toMatchObject({ status: 200, taken: [{}] });
});

test.each([
  ['no form', 'nonsense', 'payload'],
  ['two payloads', `${body}&${body}`, 'exactly one payload'],
  ['no JSON', formOf('{'), 'no JSON'],
  ['an array', formOf([]), 'payload'],
  ['a view', formOf(press({ type: 'view_submission' })), 'block_actions'],
  ['no button', formOf(press({ actions: [] })), 'one button'],
  ['two buttons', formOf(press({ actions: [...press().actions, ...press().actions] })), 'one button'],
  ['an unknown button', formOf(press({}, { action_id: 'windsock.delete' })), 'none of acknowledge'],
  ['the button of another app', formOf(press({}, { action_id: 'acknowledge' })), 'none of acknowledge'],
  ['a button of Object.prototype', formOf(press({}, { action_id: 'windsock.__proto__' })), 'none of acknowledge'],
  ['no incident', formOf(press({}, { value: undefined })), 'payload'],
  ['an incident that is a path', formOf(press({}, { value: '../../x' })), 'payload'],
  ['an incident with a NUL', formOf(press({}, { value: 'a\u0000' })), 'payload'],
  ['a person that is none', formOf(press({ user: { id: '<!channel>' } })), 'payload'],
  ['an address that is none', formOf(press({ response_url: 'x' })), 'payload'],
])('a signed form with %s is a 400, and nothing is done', async (_, form, text) => {
  const answer = await post(form);
  expect(answer).toMatchObject({ status: 400, taken: [] });
  expect(answer.text).toContain(text);
});

test('a body larger than Slack sends is refused unread', async () => {
  const huge = `payload=${'x'.repeat(262_144)}`;
  expect(await post(huge)).toMatchObject({ status: 413, taken: [] });
});

test('an incident that is not ours is a 404, and what could not be tried a 503', async () => {
  expect(await post(body, { fails: new AppError('NOT_FOUND', 'there is no incident inc-1') })).toMatchObject({ status: 404 });
  expect(await post(body, { fails: new AppError('UNAVAILABLE', 'not now') })).toMatchObject({ status: 503 });
});

test('reading is not served there', async () => {
  expect((await post(body, { method: 'GET' })).status).toBe(401);
});

test('names of people keep nothing by which a line could be forged', async () => {
  const named = formOf(press({ user: { id: 'U1', username: 'ann\n<!here> `x`' } }));
  expect((await post(named)).taken[0]?.who).toBe('ann!here x (Slack U1)'.replace('!', ''));
});
