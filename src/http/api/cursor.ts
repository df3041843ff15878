import { z } from 'zod';
import { AppError } from '../../lib/errors.ts';

/** An instant in a cursor, ms since 1970; others than PostgreSQL can keep are in none of ours. */
export const instant = z
  .number()
  .min(0)
  .max(Date.UTC(9999))
  .transform((ms) => new Date(ms));

/** The place where a page ended, as an opaque text. */
export const cursorOf = (key: readonly (string | number)[]): string => Buffer.from(JSON.stringify(key)).toString('base64url');

/** The place that a cursor of ours names. Throws INVALID for any other text. */
export function keyOf<Key>(schema: z.ZodType<Key>, cursor: string): Key {
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch (error) {
    throw new AppError('INVALID', 'cursor: is none of ours; take next_cursor of the page before, or leave it out', {
      cause: error,
    });
  }
}
