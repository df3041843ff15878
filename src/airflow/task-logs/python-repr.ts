// `\u20ac` has four digits, `\U0001f600` eight: their letters are told apart.
const escaped = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([\s\S]))/g;
const named: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '0': '\0' };

const unescape = (text: string): string =>
  text.replaceAll(escaped, (_all, x?: string, u?: string, wide?: string, char = '') => {
    const code = x ?? u ?? wide;
    return code === undefined ? (named[char] ?? char) : String.fromCodePoint(Math.min(Number.parseInt(code, 16), 0x10_ff_ff));
  });

const quote = /['"]/g;
const closing: Readonly<Record<string, RegExp>> = { "'": /['\\]/g, '"': /["\\]/g };

const placeOf = (pattern: RegExp, text: string, from: number): number => {
  pattern.lastIndex = from;
  return pattern.exec(text)?.index ?? text.length;
};

/** Where the literal that is opened at `open` closes; the end of the text: nowhere. One pass, and no stack, however long it is. */
function closeOf(content: string, open: number): number {
  const pattern = closing[content.charAt(open)] ?? quote;
  let at = placeOf(pattern, content, open + 1);
  while (content.charAt(at) === '\\') at = placeOf(pattern, content, at + 2);
  return at;
}

/** The texts in what Python prints of a list of them, as Airflow 2 puts a log into JSON: `[('host', 'lines…'), …]`. Other texts are one. */
export function textsOfRepr(content: string): string[] {
  if (!/^\s*\[\s*[('"]/.test(content)) return [content];
  const texts: string[] = [];
  for (let open = placeOf(quote, content, 0); open < content.length;) {
    const close = closeOf(content, open);
    if (close < content.length) texts.push(unescape(content.slice(open + 1, close)));
    open = placeOf(quote, content, close + 1);
  }
  return texts;
}
