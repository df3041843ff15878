const literal = /'((?:[^'\\]|\\[\s\S])*)'|"((?:[^"\\]|\\[\s\S])*)"/g;
const escaped = /\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|([\s\S]))/gi;
const named: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '0': '\0' };

const unescape = (text: string): string =>
  text.replaceAll(escaped, (_all, x?: string, u?: string, wide?: string, char = '') => {
    const code = x ?? u ?? wide;
    return code === undefined ? (named[char] ?? char) : String.fromCodePoint(Math.min(Number.parseInt(code, 16), 0x10_ff_ff));
  });

/** The texts in what Python prints of a list of them, as Airflow 2 puts a log into JSON: `[('host', 'lines…'), …]`. Other texts are one. */
export function textsOfRepr(content: string): string[] {
  if (!/^\s*\[\s*[('"]/.test(content)) return [content];
  return [...content.matchAll(literal)].map(([, single, double]) => unescape(single ?? double ?? ''));
}
