import { z } from 'zod';
import { selector } from '../../incident/config.ts';
import { errorText } from '../../lib/errors.ts';
import { failureCategories, transiences } from '../explanation.ts';
import { compileText } from './own-rules.ts';

const pattern = z
  .string()
  .min(1)
  .max(1000)
  .superRefine((text, context) => {
    try {
      compileText(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: `is no pattern that can be used: ${errorText(error)}` });
    }
  });

const when = z
  .strictObject({
    text: z
      .array(pattern)
      .max(20)
      .default([])
      .describe(
        "Any of these patterns, in [RE2's syntax](https://github.com/google/re2/wiki/Syntax), is found in `type: message` of an error or, without `types`, in a line that may tell the cause.",
      ),
    types: z
      .array(z.string().min(1).max(200))
      .max(20)
      .default([])
      .describe('Classes of exceptions, without module: any of them.'),
    codes: z
      .array(z.string().regex(/^(?:sqlstate|http|grpc|exit|signal|errno) \S{1,30}$/, 'is no code; write for instance `exit 3`'))
      .max(20)
      .default([])
      .describe(
        'Codes of the failure, such as `exit 3`, `http 409` or `sqlstate 57P05`: any of them; not together with the others.',
      ),
    unless: pattern.optional().describe('A pattern that must not be found in the same text.'),
  })
  .superRefine(({ text, types, codes }, context) => {
    if (text.length + types.length === 0 && codes.length === 0)
      context.addIssue({ code: 'custom', message: 'needs `text`, `types` or `codes`' });
    if (codes.length > 0 && text.length + types.length > 0)
      context.addIssue({
        code: 'custom',
        path: ['codes'],
        message: 'cannot stand together with `text` or `types`; write two rules',
      });
  });

const rule = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z][a-z0-9_]{1,60}$/, 'must be lower-case letters, digits and _, such as warehouse_paused')
      .describe('Shown with the explanation.'),
    when,
    category: z.enum([...failureCategories, 'unknown']).describe('What the failure is filed under.'),
    subcategory: z
      .string()
      .regex(/^(?:[a-z][a-z0-9_]{0,40})?$/, 'must be lower-case letters, digits and _')
      .default('')
      .describe('A finer word, of your own.'),
    transient: z.enum(transiences).default('unclear').describe('Whether the same thing, tried again, may succeed.'),
    weight: z.number().min(0.4).max(1).default(0.9).describe('How sure it is, where the error itself matches.'),
    cause: z
      .string()
      .min(1)
      .max(240)
      .describe(
        'One sentence. `{name}` stands for a named group of the pattern, if it holds a name; `[…]` is left out where it holds none.',
      ),
    next_steps: z.array(z.string().min(1).max(160)).max(3).default([]).describe('What to do, at most three.'),
    docs: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe('Where more is written about it.'),
  })
  .superRefine(({ cause, when: { text } }, context) => {
    const known = new Set(text.flatMap(namesIn));
    for (const [, name = ''] of cause.matchAll(/\{(\w+)\}/g))
      if (!known.has(name))
        context.addIssue({
          code: 'custom',
          path: ['cause'],
          message: `names {${name}}, which is a group of none of its patterns`,
        });
  });

function namesIn(text: string): readonly string[] {
  try {
    return compileText(text).names;
  } catch {
    return [];
  }
}

export const rulesConfig = z
  .array(rule)
  .max(50)
  .default([])
  .meta({
    examples: [
      [
        {
          name: 'warehouse_paused',
          when: { text: ['warehouse (?P<warehouse>[A-Z_]+) is suspended'] },
          category: 'dependency_failure',
          subcategory: 'warehouse_paused',
          transient: 'yes',
          cause: 'The warehouse {warehouse} was suspended.',
          next_steps: ['Resume the warehouse and clear the task.'],
        },
      ],
    ],
  })
  .describe('Rules of your own, which go before the shipped ones (docs/EXPLAINING.md).');

export const runbooksConfig = z
  .array(
    z.strictObject({
      match: selector.prefault({}),
      url: z.url({ protocol: /^https?$/ }).describe('Its address.'),
    }),
  )
  .max(500)
  .default([])
  .meta({ examples: [[{ match: { dags: ['billing_*'] }, url: 'https://wiki.example/runbooks/billing' }]] })
  .describe('Runbooks, shown with the incidents that they are about: the first that matches.');
