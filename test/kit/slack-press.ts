import { signatureOf } from '../../src/notify/slack/verify-signature.ts';

export const signingSecret = 'the-signing-secret-of-the-app';

/** A press of a button as Slack tells of it, without the message that it sends along. */
export const press = (over: Record<string, unknown> = {}, action: Record<string, unknown> = {}) => ({
  type: 'block_actions',
  user: { id: 'U0123456789', username: 'ann', name: 'ann', team_id: 'T0000000001' },
  api_app_id: 'A0000000001',
  trigger_id: '1.2.3',
  actions: [
    {
      type: 'button',
      action_id: 'windsock.acknowledge',
      block_id: 'windsock.acts',
      value: 'inc-1',
      action_ts: '1700000000.000001',
      ...action,
    },
  ],
  ...over,
});

export const formOf = (payload: unknown): string =>
  new URLSearchParams({ payload: typeof payload === 'string' ? payload : JSON.stringify(payload) }).toString();

/** The headers by which Slack signs a body at `at`. */
export function signedHeaders(body: string, at: Date, secret = signingSecret): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  return {
    'content-type': 'application/x-www-form-urlencoded',
    'x-slack-request-timestamp': timestamp,
    'x-slack-signature': signatureOf(secret, timestamp, new TextEncoder().encode(body)),
  };
}
