import { z } from 'zod';
import { AppError } from '../../lib/errors.ts';
import { redact } from '../../redact/redact.ts';
import { buttonActs, actOfActionId, type ButtonAct } from './blocks.ts';

/** A button that a person pressed. */
export interface Interaction {
  act: ButtonAct;
  incidentId: string;
  /** For the timeline: `ann (Slack U0123456)`. */
  who: string;
  /** The press itself, the same however often Slack tells of it. */
  key: string;
  /** Where to answer the person alone; null: nowhere. */
  responseUrl: string | null;
}

const id = z.string().regex(/^[\w.-]{1,100}$/);
const payload = z.object({
  type: z.literal('block_actions', { error: 'must be block_actions: messages of Windsock have buttons only' }),
  user: z.object({ id: z.string().regex(/^[UW][A-Z0-9]{1,30}$/), username: z.string().optional(), name: z.string().optional() }),
  actions: z
    .array(z.object({ action_id: z.string().max(255), action_ts: z.string().max(50), value: id }))
    .length(1, 'must be one button'),
  response_url: z.url().max(2000).optional(),
});

const nameMax = 60;

/**
 * What a form of Slack's interactivity says. Pure. Throws INVALID for what no button of a message of ours sends.
 */
export function readInteraction(form: string): Interaction {
  const given = new URLSearchParams(form).getAll('payload');
  if (given.length !== 1 || given[0] === undefined) throw new AppError('INVALID', 'the form has not exactly one payload');
  const parsed = payload.safeParse(jsonOf(given[0]));
  if (!parsed.success) throw new AppError('INVALID', `payload: ${parsed.error.issues[0]?.message ?? 'is not understood'}`);
  const { user, actions, response_url: responseUrl = null } = parsed.data;
  const [action] = actions;
  const act = action === undefined ? undefined : actOfActionId(action.action_id);
  if (action === undefined || act === undefined) throw new AppError('INVALID', `the button is none of ${buttonActs.join(', ')}`);
  const { action_ts: at, value } = action;
  return { act, incidentId: value, who: whoOf(user), key: `${user.id} ${act} ${value} ${at}`, responseUrl };
}

function whoOf({ id: userId, username, name }: z.output<typeof payload>['user']): string {
  const called = redact(username ?? name ?? '')
    .replaceAll(/[^\p{L}\p{N} ._@'-]/gu, '')
    .trim();
  return `${Array.from(called).slice(0, nameMax).join('') || 'somebody'} (Slack ${userId})`;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new AppError('INVALID', 'payload: is no JSON');
  }
}

/** A person's name without the id that the timeline has beside it. */
export const calledOf = (text: string): string => text.replaceAll(/ \(Slack [UW][A-Z0-9]{1,30}\)/g, '');
