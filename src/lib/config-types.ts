import { z } from 'zod';
import { parseDatabaseUrl } from './database-url.ts';
import { formatDuration, parseDuration } from './durations.ts';

function boundsText(minMs: number | undefined, maxMs: number | undefined): string {
  if (minMs === undefined) return maxMs === undefined ? '' : `at most ${formatDuration(maxMs)}`;
  return maxMs === undefined ? `at least ${formatDuration(minMs)}` : `${formatDuration(minMs)} to ${formatDuration(maxMs)}`;
}

const noDuration = 'is no duration; write for instance 15s, 5m, 1h30m or 30d';

/** A duration such as `15s`, `5m`, `30d` → milliseconds, within bounds. The messages do not repeat what was written. */
export function duration({ minMs, maxMs }: { minMs?: number; maxMs?: number } = {}) {
  const bounds = boundsText(minMs, maxMs);
  return z
    .string({ error: ({ input }) => (input === undefined ? undefined : noDuration) })
    .transform((text, context) => {
      const ms = parseDuration(text);
      if (ms !== undefined && ms >= (minMs ?? 0) && ms <= (maxMs ?? Number.MAX_SAFE_INTEGER)) return ms;
      context.addIssue({
        code: 'custom',
        message: ms === undefined ? noDuration : bounds === '' ? 'is too long' : `is out of bounds; allowed: ${bounds}`,
      });
      return z.NEVER;
    })
    .meta({ shownAs: bounds === '' ? 'duration' : `duration, ${bounds}` });
}

/** URL of a PostgreSQL database, with or without SQLAlchemy's driver in its scheme → as `pg` takes it. */
export function databaseUrl(database: string) {
  return z
    .string()
    .transform((text, context) => {
      const parsed = parseDatabaseUrl(text);
      if (parsed.ok) return parsed.url;
      context.addIssue({ code: 'custom', message: parsed.message });
      return z.NEVER;
    })
    .meta({ secret: true, shownAs: 'PostgreSQL URL', examples: [`postgresql://windsock:PASSWORD@db.example:5432/${database}`] });
}

/** Address of an HTTP server; who we are to it stands in keys of its own, so that no message can show it. */
export function serverAddress(instead: string) {
  return z.url({ protocol: /^https?$/ }).refine((text) => {
    const { username, password } = new URL(text);
    return username === '' && password === '';
  }, `must hold no user and no password; use ${instead}`);
}

const channelIds = /^[CGD][A-Z0-9]{5,}$/;
const channelLinks = /^https:\/\/[^/]+\/(?:archives|client\/[A-Z0-9]+)\/([CGD][A-Z0-9]{5,})(?:[/?#].*)?$/;
const howToFind = "Slack shows it at the end of the channel's details, and in its link (Copy link), which may stand here, too";

/**
 * A channel of Slack by its id, or by its link → the id. Its name will not do: names change, and Slack looks messages up by ids alone,
 * without which what was sent when a connection broke might be sent twice.
 */
export function slackChannel() {
  return z
    .string()
    .overwrite((text) => channelLinks.exec(text.trim())?.[1] ?? text.trim())
    .superRefine((text, context) => {
      if (channelIds.test(text)) return;
      const what = text.startsWith('#') ? "is a channel's name, and its id is needed" : 'is no channel id';
      context.addIssue({ code: 'custom', message: `${what}, such as C0123456789; ${howToFind}` });
    })
    .meta({ shownAs: 'channel id of Slack' });
}
