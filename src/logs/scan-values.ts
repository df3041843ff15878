import { endOfDigits, isAlnum, isDigit, isHex } from './char-kinds.ts';

const colon = 58;
const dash = 45;
const dot = 46;

/** Where the UUID that begins at `at` ends; `at` when none does. */
export function endOfUuid(text: string, at: number): number {
  if (text.charCodeAt(at + 8) !== dash || text.charCodeAt(at + 23) !== dash) return at;
  for (let index = 0; index < 36; index += 1) {
    const code = text.charCodeAt(at + index);
    const atDash = index === 8 || index === 13 || index === 18 || index === 23;
    if (atDash ? code !== dash : !isHex(code)) return at;
  }
  return isAlnum(text.charCodeAt(at + 36)) ? at : at + 36;
}

/** Where the IPv4 address that begins at `at` ends, with its port or prefix length; `at` when none does. */
export function endOfIpv4(text: string, at: number): number {
  let end = at;
  for (let part = 0; part < 4; part += 1) {
    if (part > 0) {
      if (text.charCodeAt(end) !== dot) return at;
      end += 1;
    }
    const next = endOfDigits(text, end);
    if (next === end || next - end > 3) return at;
    end = next;
  }
  const after = text.charCodeAt(end);
  // A fifth part makes it a version.
  if (isAlnum(after) || (after === dot && isDigit(text.charCodeAt(end + 1)))) return at;
  if ((after === colon || after === 47) && isDigit(text.charCodeAt(end + 1))) {
    const port = endOfDigits(text, end + 1);
    if (!isAlnum(text.charCodeAt(port))) return port;
  }
  return end;
}

/** Where an IPv6 or a hardware address that begins at `at` ends; `at` when none does. Eight groups, or `::`, or six pairs. */
export function endOfGroups(text: string, at: number): number {
  let groups = 0;
  let gap = false;
  let pairs = true;
  let end = at;
  while (groups < 9) {
    let next = end;
    while (next - end < 5 && isHex(text.charCodeAt(next))) next += 1;
    if (next - end > 4) return at;
    if (next - end !== 2) pairs = false;
    groups += 1;
    end = next;
    if (text.charCodeAt(end) !== colon) break;
    if (text.charCodeAt(end + 1) === colon) {
      if (gap) return at;
      gap = true;
      end += 1;
    } else if (!isHex(text.charCodeAt(end + 1))) break;
    end += 1;
  }
  if (isAlnum(text.charCodeAt(end))) return at;
  if (groups === 8 || (gap && groups >= 2) || (pairs && groups === 6)) return end;
  return at;
}

/** Where the decimal number that begins at `at` ends: groups of digits joined by points or commas, and an exponent. */
export function endOfNumber(text: string, at: number): number {
  let end = endOfDigits(text, at);
  for (;;) {
    const mark = text.charCodeAt(end);
    if ((mark !== dot && mark !== 44) || !isDigit(text.charCodeAt(end + 1))) break;
    end = endOfDigits(text, end + 1);
  }
  const mark = text.charCodeAt(end);
  if (mark === 101 || mark === 69) {
    const next = text.charCodeAt(end + 1);
    const from = next === 43 || next === dash ? end + 2 : end + 1;
    const exponent = endOfDigits(text, from);
    if (exponent > from && exponent - from < 4 && !isAlnum(text.charCodeAt(exponent))) return exponent;
  }
  return end;
}

const durations = 'ns us µs μs ms s sec secs second seconds m min mins minute minutes h hr hrs hour hours d day days';
const sizes = 'b B kb kB KB KiB k K mb MB MiB M gb GB GiB G g tb TB TiB T byte bytes Bytes';
const units = new Map([
  ...durations.split(' ').map((unit) => [unit, 'DURATION'] as const),
  ...sizes.split(' ').map((unit) => [unit, 'SIZE'] as const),
]);
/** Units of one letter are words of their own when a blank comes before them. */
const unitMax = 7;

/** The unit that begins at `at`, with its length; undefined when none does. After a blank it has two letters at least. */
export function unitAt(text: string, at: number, afterBlank: boolean): { mask: 'DURATION' | 'SIZE'; length: number } | undefined {
  let end = at;
  while (end - at <= unitMax && isUnitLetter(text.charCodeAt(end))) end += 1;
  if (
    end - at < (afterBlank ? 2 : 1) ||
    end - at > unitMax ||
    (afterBlank && isDigit(text.charCodeAt(end))) ||
    text.charCodeAt(end) === 95
  )
    return undefined;
  const mask = units.get(text.slice(at, end));
  return mask === undefined ? undefined : { mask, length: end - at };
}

const isUnitLetter = (code: number): boolean =>
  (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 181 || code === 956;
