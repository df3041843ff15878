import { expect, test } from 'vitest';
import { personalKinds, type PersonalKind } from '../../src/redact/personal.ts';
import { createRedactor } from '../../src/redact/redactor.ts';

const all = createRedactor({ personal: personalKinds });
const none = createRedactor();

test.each<[PersonalKind, string]>([
  ['email', 'anna.müller@shop.example'.replace('ü', 'ue')],
  ['email', 'a+b@mail.shop.example'],
  ['ip', '192.0.2.17'],
  ['ip', '2001:db8::8a2e:370:7334'],
  ['iban', 'DE89370400440532013000'],
  ['iban', 'GB29 NWBK 6016 1331 9268 19'],
  ['card', '4111111111111111'],
  ['card', '5500-0055-5555-5559'],
  ['card', '3782 822463 10005'],
  ['phone', '+49 30 1234567'],
  ['phone', '+1 (212) 555-0123'],
  ['phone', '0044 20 7946 0958'],
])('%s %s is taken out when it is asked for, and stays when not', (kind, value) => {
  const line = `customer <${value}>, order 7`;
  expect(all.log()(line)).toMatch(new RegExp(`^customer <‹secret:${kind}#\\d+›>, order 7$`));
  expect(createRedactor({ personal: [kind] }).log()(line)).not.toContain(value);
  expect(none.log()(line)).toBe(line);
});

test.each([
  '2024-05-01T10:11:12.345+0000 10:11:12 2026-03-01T02:20:00+00:00',
  'connect ECONNREFUSED 127.0.0.1:5432 and ::1',
  'version 999.1.2.3 of 1.2.3',
  'order 4111111111111112 of 1714558272345 rows',
  'DE89370400440532013001 is no account',
  'decorator @task.branch in user@host',
  'sha 3c59dc048e8850243be8079a5c74d079 +0000',
])('what only looks like it stays: %s', (line) => expect(all.log()(line)).toBe(line));
