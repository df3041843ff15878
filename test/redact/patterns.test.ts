import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { createRedactor } from '../../src/redact/redactor.ts';
import { cpuMs } from '../kit/cpu.ts';

const environment = (patterns: object[]): Record<string, string> => ({
  WINDSOCK_AIRFLOW_DATABASE_URL: 'postgresql://airflow@db/airflow',
  WINDSOCK_REDACT_PATTERNS: JSON.stringify(patterns),
});

test("a user's own pattern takes out what it finds, or its first group, and is counted by its name", () => {
  const { patterns } = loadConfig(
    environment([
      { name: 'customer', pattern: String.raw`CUST-\d{8}` },
      { name: 'invoice', pattern: String.raw`invoice (\w+)` },
    ]),
  ).redact;
  const redactor = createRedactor({ patterns });
  expect(redactor.log()('CUST-12345678 paid invoice A17, CUST-87654321 and CUST-12345678 did not')).toBe(
    '‹secret:customer#1› paid invoice ‹secret:invoice#1›, ‹secret:customer#2› and ‹secret:customer#1› did not',
  );
  expect(redactor.log()('{"event":"for CUST-12345678"}')).toBe('{"event":"for ‹secret:customer#1›"}');
  expect([...redactor.counts()]).toEqual([
    ['customer', 4],
    ['invoice', 1],
  ]);
});

test.each([
  [String.raw`(?=x)y`, /redact\.patterns.*pattern.*is no pattern that can be used: .*\(\?=/],
  [String.raw`(a)\1`, /is no pattern that can be used: .*\\1/],
  ['(unclosed', /is no pattern that can be used: missing/],
  ['x*', /finds the empty text/],
])('the pattern %s is refused, and the message says why', (pattern, message) =>
  expect(() => loadConfig(environment([{ name: 'own', pattern }]))).toThrow(message),
);

test('a name that would not be readable in a placeholder is refused', () =>
  expect(() => loadConfig(environment([{ name: 'a b#›', pattern: 'x' }]))).toThrow(/must be letters, digits/));

test.each([String.raw`(\w+)+@corp`, '(a|a)*b', String.raw`(.*)(.*)(.*)(.*)x$`, String.raw`\w+\d+\w+!`])(
  'the pattern %s, which would take a backtracking engine years, is as quick as any',
  (pattern) => {
    const redactor = createRedactor({ patterns: [{ name: 'own', pattern }] });
    const began = cpuMs();
    for (const line of ['a'.repeat(4000), `${'a1'.repeat(2000)}@cor`, `${'a'.repeat(2000)} @corp b x`]) redactor.log()(line);
    expect(cpuMs() - began).toBeLessThan(3000);
  },
);
