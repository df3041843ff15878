import { z } from 'zod';
import { errorText } from '../lib/errors.ts';
import { compilePattern } from './patterns.ts';
import { personalKinds } from './personal.ts';

const pattern = z
  .strictObject({
    name: z
      .string()
      .regex(/^[A-Za-z][\w-]{0,39}$/, 'must be letters, digits, _ and -, such as customer_id')
      .describe('What it takes out is shown as `‹secret:NAME#1›`.'),
    pattern: z.string().min(1).max(1000).describe('What to take out.'),
  })
  .superRefine((value, context) => {
    try {
      compilePattern(value);
    } catch (error) {
      context.addIssue({ code: 'custom', path: ['pattern'], message: `is no pattern that can be used: ${errorText(error)}` });
    }
  });

/** What is taken out of task logs besides secrets, before anything is stored, shown or sent. */
export const redactConfig = z
  .strictObject({
    personal_data: z
      .array(z.enum(personalKinds))
      .default([])
      .meta({ examples: [['email', 'iban', 'card']] })
      .describe(
        'Personal data that is taken out of task logs too. `card` and `iban` are checked by their check digits; `ip` leaves the loopback.',
      ),
    patterns: z
      .array(pattern)
      .max(50)
      .default([])
      .meta({ examples: [[{ name: 'customer', pattern: String.raw`CUST-\d{8}` }]] })
      .describe(
        "Patterns of your own, in [RE2's syntax](https://github.com/google/re2/wiki/Syntax), whose time is linear whatever they are: what one finds is taken out of task logs, or its first group where it has one. Secrets are taken out without any.",
      ),
  })
  .prefault({});

export type RedactConfig = z.output<typeof redactConfig>;
