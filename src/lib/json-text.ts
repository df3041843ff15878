/** An escaped backslash, or an escape that PostgreSQL's jsonb refuses: NUL, and half of a character of two. */
const escape = /\\\\|\\u(?:0000|d[89a-f][0-9a-f]{2})/g;

/**
 * `json` as PostgreSQL takes it: a text that was cut in the middle of an emoji, or that holds a NUL, would else fail whatever is
 * saved with it; � stands there then.
 */
export const storable = (json: string): string =>
  json.includes(String.raw`\u`)
    ? json.replaceAll(escape, (found) => (found.startsWith(String.raw`\u`) ? String.raw`\ufffd` : found))
    : json;

/** `value` as JSON that PostgreSQL takes. */
export const jsonText = (value: unknown): string => storable(JSON.stringify(value));
