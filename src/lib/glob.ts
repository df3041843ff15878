/** Patterns as they were compiled: each is matched with thousands of names. */
const compiled = new Map<string, RegExp>();
const compiledMax = 1000;

/** `*` for any characters, `?` for one, everything else for itself. Linear in the text for each star. */
export function globMatches(pattern: string, text: string): boolean {
  return (compiled.get(pattern) ?? compile(pattern)).test(text);
}

function compile(pattern: string): RegExp {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll(/\*+/g, '.*')
    .replaceAll('?', '.');
  const made = new RegExp(`^${source}$`, 's');
  // Those of requests come and go.
  if (compiled.size >= compiledMax) compiled.clear();
  compiled.set(pattern, made);
  return made;
}
