/** Answers are a few kB; more is a model that runs on. */
const textLengthMax = 64_000;

export type Extracted = { ok: true; value: Readonly<Record<string, unknown>> } | { ok: false; problem: string };

/** What stands behind the last thinking that ended, and before one that never did. Chat templates may swallow its beginning. */
function withoutThinking(text: string): string {
  const end = /^[\s\S]*<\/(?:think|thinking|thought)>/i.exec(text)?.[0].length ?? 0;
  return text.slice(end).replace(/<(?:think|thinking|thought)>[\s\S]*$/i, '');
}

/** The outermost `{…}` of a text, in order; braces within JSON strings count for nothing. Linear. */
function outermost(text: string): string[] {
  const found: string[] = [];
  let [depth, start, inString] = [0, 0, false];
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (inString) {
      if (character === '\\') at += 1;
      else if (character === '"') inString = false;
    } else if (depth > 0 && character === '"') inString = true;
    else if (character === '{') {
      if (depth === 0) start = at;
      depth += 1;
    } else if (character === '}' && depth > 0) {
      depth -= 1;
      if (depth === 0) found.push(text.slice(start, at + 1));
    }
  }
  return found;
}

function objectIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The JSON object in what a model wrote: without its thinking, code fences and prose. Of several the one with the most of
 * `keys` (as `foldedKey` has them), and of equals the last, since models correct themselves forwards.
 */
export function extractObject(text: string, keys: ReadonlySet<string>): Extracted {
  if (text.length > textLengthMax) return { ok: false, problem: 'the answer is far too long' };
  if (text.trim() === '') return { ok: false, problem: 'the answer is empty' };
  const found = bestIn(withoutThinking(text), keys);
  // A quoted line may hold the mark that ends a thinking.
  return found.ok || !/<\/?th(?:ink|ought)/i.test(text) ? found : orElse(bestIn(text, keys), found);
}

const orElse = (second: Extracted, first: Extracted): Extracted => (second.ok ? second : first);

function bestIn(text: string, keys: ReadonlySet<string>): Extracted {
  const from = text.search(/\{\s*"/);
  // A lone brace in the prose before it would swallow the object: then from where one truly begins.
  const candidates = [...outermost(text), ...(from < 0 ? [] : outermost(text.slice(from)))];
  let [best, bestHits] = [undefined as Readonly<Record<string, unknown>> | undefined, -1];
  for (const candidate of candidates) {
    const value = objectIn(candidate);
    if (value === undefined) continue;
    const hits = Object.keys(value).filter((key) => keys.has(foldedKey(key))).length;
    if (hits >= bestHits) [best, bestHits] = [value, hits];
  }
  if (best !== undefined) return { ok: true, value: best };
  if (candidates.length > 0) return { ok: false, problem: 'the JSON object does not parse' };
  return { ok: false, problem: from < 0 ? 'there is no JSON object in it' : 'the JSON object is cut off' };
}

/** A name as compared: `Root Cause`, `rootCause` and `root_cause` are one. */
export const foldedKey = (key: string): string => key.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
