import { z } from 'zod';
import { AppError } from '../../lib/errors.ts';

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
