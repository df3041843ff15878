import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Feedback } from '../../../src/explain/feedback/feedback-rows.ts';
import { suggestRule } from '../../../src/explain/feedback/suggest-rule.ts';
import { at } from '../../kit/findings.ts';
import { byRules } from '../cases.ts';

const feedback = (given: Partial<Feedback> = {}): Feedback => ({
  id: 1,
  at: at('10:00'),
  who: 'ada',
  incidentId: 'one',
  event: 'e',
  dagId: 'orders',
  taskId: 'load',
  signature: null,
  verdict: 'corrected',
  category: 'permission_error',
  rootCause: null,
  note: '',
  said: byRules(),
  features: null,
  logContext: '',
  errorType: 'vendor.errors.QuotaError',
  errorMessage: "project 'a-12' (id 4711) used 99.5% [of 100], see 7f3a9c51d2e8",
  state: 'confirmed',
  decidedBy: 'eve',
  decidedAt: at('11:00'),
  ...given,
});

test('a confirmed opinion suggests a rule that finds the same error with other names and numbers', () => {
  const rule = suggestRule(feedback());
  expect(rule).toEqual({
    category: 'permission_error',
    type: 'QuotaError',
    text: String.raw`project '[^']+' \(id \d+\) used \d+\.\d+% \[of \d+\], see [0-9a-f]+`,
    cause: 'A row with this key exists already.',
  });
  expect("project 'b' (id 1) used 1.0% [of 2], see 0123456").toMatch(new RegExp(rule?.text ?? 'x'));
});

test('what is not confirmed, or was no exception, suggests none', () => {
  expect(suggestRule(feedback({ state: 'new' }))).toBeNull();
  expect(suggestRule(feedback({ state: 'revoked' }))).toBeNull();
  expect(suggestRule(feedback({ errorType: '', errorMessage: '' }))).toBeNull();
});

test('a suggested pattern always finds the message that it came from', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 150, unit: 'grapheme-ascii' }), (message) => {
      expect(message).toMatch(new RegExp(suggestRule(feedback({ errorMessage: message }))?.text ?? ''));
    }),
  );
});
