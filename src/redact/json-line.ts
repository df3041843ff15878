import { isSecret } from './assigned.ts';
import type { Mark } from './gone.ts';
import { isAboutSecret, namesSecret, ruleOfName } from './secret-names.ts';

/** A longer line is no message of Airflow's. */
const lengthMax = 2_000_000;
const depthMax = 30;

interface Using {
  /** Takes secrets out of the message, which may be a line of a key that goes on. */
  message: (text: string) => string;
  /** The same for any other text. */
  text: (text: string) => string;
  mark: Mark;
}

/**
 * A line that is a JSON object, with the secrets taken out of its texts and from behind its names; it is one afterwards, too.
 * Undefined for any other line.
 */
export function redactJsonLine(raw: string, using: Using): string | undefined {
  if (raw.charCodeAt(0) !== 123 || raw.length > lengthMax) return undefined;
  try {
    return JSON.stringify(redactValue(JSON.parse(raw), using, { secretName: '', name: '', depth: 0 }));
  } catch {
    return undefined;
  }
}

const isNameOfSecret = (name: string): boolean => namesSecret(name) && !isAboutSecret(name);

/** What `{"name": "DB_PASSWORD", "value": …}` is about, as pods and cloud tasks give their environment; empty: it is no such pair. */
function namedBy(value: object): string {
  const [, name] = Object.entries(value).find(([key]) => /^(?:name|key)$/i.test(key)) ?? [];
  return typeof name === 'string' ? name.slice(0, 200) : '';
}

interface Place {
  /** The name that makes what is below it a secret, or ''. */
  secretName: string;
  name: string;
  depth: number;
}

function redactValue(value: unknown, using: Using, place: Place): unknown {
  const { secretName, name, depth } = place;
  if (depth > depthMax) return '…';
  if (Array.isArray(value)) return value.map((part) => redactValue(part, using, { ...place, depth: depth + 1 }));
  if (typeof value === 'object' && value !== null) {
    const named = namedBy(value);
    const entries = Object.entries(value).map(([key, part]) => {
      const own = named !== '' && /^value$/i.test(key) ? named : key;
      const below = { secretName: isNameOfSecret(own) ? own : secretName, name: key, depth: depth + 1 };
      return [key.length > 20 ? using.text(key) : key, redactValue(part, using, below)];
    });
    return Object.fromEntries(entries);
  }
  if (secretName !== '' && (typeof value === 'string' || typeof value === 'number')) {
    const text = String(value);
    return isSecret(secretName, text) ? using.mark(ruleOfName(secretName), text) : value;
  }
  if (typeof value !== 'string') return value;
  return depth === 1 && (name === 'event' || name === 'message') ? using.message(value) : using.text(value);
}
