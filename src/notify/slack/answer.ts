/**
 * What came of a call. limited: too many, wait. down: Slack does not answer; failed: it answers that it cannot now; `inDoubt`: it may have been
 * done all the same.
 * channel: this channel takes nothing from us. token: nothing is taken from us. content: this message is refused. gone: what was to be
 * changed or answered is not there (any more). closed: it is there and can be changed no more.
 */
export type SlackFailure =
  | { why: 'limited'; reason: string; waitMs: number }
  | { why: 'down' | 'failed'; reason: string; inDoubt: boolean }
  | { why: 'channel' | 'token' | 'content' | 'gone' | 'closed'; reason: string };

export type SlackAnswer<Value> = { ok: true; value: Value } | ({ ok: false } & SlackFailure);

// https://docs.slack.dev/reference/methods/chat.postMessage#errors, and those of chat.update and conversations.history.
const dead = [
  'channel_not_found',
  'not_in_channel',
  'is_archived',
  'is_inactive',
  'restricted_action',
  'channel_type_not_supported',
];
const ofChannel = new Set([
  ...dead,
  'restricted_action_read_only_channel',
  'restricted_action_non_threadable_channel',
  'access_denied',
  'posting_to_general_channel_denied',
]);
const ofToken = new Set([
  'not_authed',
  'invalid_auth',
  'account_inactive',
  'token_revoked',
  'token_expired',
  'no_permission',
  'missing_scope',
  'not_allowed_token_type',
  'org_login_required',
  'team_access_not_granted',
  'ekm_access_denied',
  'enterprise_is_restricted',
]);
const ofContent = new Set([
  'invalid_blocks',
  'invalid_blocks_format',
  'invalid_attachments',
  'invalid_arguments',
  'invalid_arg_name',
  'msg_too_long',
  'msg_blocks_too_long',
  'message_limit_exceeded',
  'no_text',
  'too_many_attachments',
  'markdown_text_conflict',
  'metadata_too_large',
  'metadata_must_be_sent_from_app',
  'invalid_metadata_format',
  'invalid_metadata_schema',
]);
const ofGone = new Set(['message_not_found', 'thread_not_found', 'invalid_ts', 'invalid_thread_ts']);
const ofClosed = new Set(['cant_update_message', 'edit_window_closed', 'update_failed']);
const ofLimit = new Set(['ratelimited', 'rate_limited']);
const waitUsuallyMs = 30_000;

/** What an `{"ok": false}` of Slack's means. Pure. What it does not document is an error of its own, which passes. */
export function failureOf(error: string): SlackFailure {
  if (ofLimit.has(error)) return { why: 'limited', reason: error, waitMs: waitUsuallyMs };
  if (ofChannel.has(error)) return { why: 'channel', reason: error };
  if (ofToken.has(error)) return { why: 'token', reason: error };
  if (ofContent.has(error)) return { why: 'content', reason: error };
  if (ofGone.has(error)) return { why: 'gone', reason: error };
  if (ofClosed.has(error)) return { why: 'closed', reason: error };
  return { why: 'failed', reason: error, inDoubt: true };
}
