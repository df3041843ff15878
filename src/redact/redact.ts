import { withoutEscapes } from '../lib/ansi.ts';
import { storable } from '../lib/json-text.ts';
import { markGone } from './gone.ts';
import { redactKeys } from './pem.ts';
import { redactSecrets } from './rules.ts';

const once = (text: string): string => redactSecrets(redactKeys(text, markGone), markGone);

/** `text` without the secrets that it shows, and a terminal's escapes; the rest stays as it is. Linear time; redacting twice changes nothing. */
export function redact(raw: string): string {
  const text = withoutEscapes(raw);
  const less = once(text);
  // What one rule took out may show another that what is left beside it belongs to a secret too.
  return less === text ? text : once(less);
}

/** `value` as JSON, each of its texts redacted by itself: taken out of the whole, a secret could take a quote or a brace along. */
export const redactedJson = (value: unknown, indent = 0): string =>
  storable(JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'string' ? redact(inner) : inner), indent));
