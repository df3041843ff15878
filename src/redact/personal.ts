import { isIPv6 } from 'node:net';
import type { Mark } from './gone.ts';

/** Kinds of personal data that may be taken out besides secrets. */
export const personalKinds = ['email', 'ip', 'iban', 'card', 'phone'] as const;
export type PersonalKind = (typeof personalKinds)[number];

/** The sum of digits that credit cards carry (ISO/IEC 7812, Luhn). */
function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const digit = Number(digits.charAt(digits.length - 1 - index)) * (index % 2 === 0 ? 1 : 2);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return sum % 10 === 0;
}

/** The check digits of an IBAN (ISO 13616: the remainder by 97 is 1). */
function passesIban(text: string): boolean {
  const compact = text.replaceAll(' ', '');
  if (compact.length < 15 || compact.length > 34) return false;
  let rest = 0;
  for (const char of compact.slice(4) + compact.slice(0, 4)) {
    const value = char >= 'A' ? char.charCodeAt(0) - 55 : Number(char);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}

const digitsOf = (text: string): string => text.replaceAll(/\D/g, '');
const isAddress4 = (text: string): boolean => text.split('.').every((part) => Number(part) < 256);
/** Addresses that are nobody's. */
const nobody = /^(?:127\.|0\.0\.0\.0$|255\.255\.255\.255$|::1?$)/;

/** Each candidate is short, so that the time is linear; `fits` judges it. */
const rules: Readonly<Record<PersonalKind, readonly [pattern: RegExp, fits: (text: string) => boolean]>> = {
  email: [/[\w.+%-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,6}[A-Za-z]{2,24}(?![\w-])/g, () => true],
  ip: [
    /(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\w)|(?<![\w:.])[0-9a-fA-F:]{3,39}(?![\w:])/g,
    (text) => !nobody.test(text) && (text.includes('.') ? isAddress4(text) : isIPv6(text)),
  ],
  iban: [/(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{4}){2,7}(?:[ ]?[A-Z0-9]{1,3})?(?![A-Za-z0-9])/g, passesIban],
  card: [
    /(?<![\w.-])[3-6]\d{3}(?:[ -]?\d{4}){2}[ -]?\d{1,7}(?![\w-])|(?<![\w.-])3[47]\d{2}[ -]?\d{6}[ -]?\d{5}(?![\w-])/g,
    (text) => passesLuhn(digitsOf(text)),
  ],
  phone: [
    /(?<![\w+:])(?:\+|00)[1-9]\d{0,2}[ ./-]?(?:\(\d{1,5}\)[ ./-]?)?\d{2,4}(?:[ ./-]?\d{2,5}){1,4}(?![\w:])/g,
    (text) => digitsOf(text).length >= 9 && digitsOf(text).length <= 16,
  ],
};

/** `text` without personal data of these kinds. */
export const redactPersonal = (text: string, kinds: readonly PersonalKind[], mark: Mark): string =>
  kinds.reduce((rest, kind) => {
    const [pattern, fits] = rules[kind];
    return rest.replace(pattern, (found) => (fits(found) ? mark(kind, found) : found));
  }, text);
