// Character classes by code, for scanners that look at each character once.
const other = 0;
export const letter = 1;
export const digit = 2;
export const space = 3;
export const quote = 4;
export const sign = 5;
export const slash = 6;
export const less = 7;
export const query = 8;

const kinds = new Uint8Array(128);
for (let code = 0; code <= 32; code += 1) kinds[code] = space;
for (let code = 48; code <= 57; code += 1) kinds[code] = digit;
for (let code = 65; code <= 90; code += 1) kinds[code] = kinds[code + 32] = letter;
kinds[34] = kinds[39] = quote;
kinds[43] = kinds[45] = sign;
kinds[47] = kinds[92] = slash;
kinds[60] = less;
kinds[63] = query;

/** The class of a character; letters beyond ASCII are letters, dashes, quotes and dots (U+2000 to U+206F) are not. NaN, which stands behind the end of a text, is `space`. */
export function kindOf(code: number): number {
  if (code < 128) return kinds[code] as number;
  return code >= 170 ? (code >= 0x2000 && code <= 0x206f ? other : letter) : Number.isNaN(code) ? space : other;
}

export const isDigit = (code: number): boolean => code >= 48 && code <= 57;
export const isHex = (code: number): boolean =>
  (code >= 48 && code <= 57) || (code >= 97 && code <= 102) || (code >= 65 && code <= 70);
/** Whether a word goes on with this character. */
export const isAlnum = (code: number): boolean => {
  const kind = kindOf(code);
  return kind === letter || kind === digit;
};

/** Whether `count` digits stand at `at`. */
export function digitsAt(text: string, at: number, count: number): boolean {
  for (let index = at; index < at + count; index += 1) if (!isDigit(text.charCodeAt(index))) return false;
  return true;
}

/** Where the digits that begin at `at` end. */
export function endOfDigits(text: string, at: number): number {
  let end = at;
  while (isDigit(text.charCodeAt(end))) end += 1;
  return end;
}
