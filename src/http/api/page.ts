import { z } from '@hono/zod-openapi';
import { problemContent } from '../problem.ts';

/** The body of an answer, or of a request, by its schema. */
export const json = <Schema extends z.ZodType>(schema: Schema) => ({ 'application/json': { schema } });

/** Lists come page by page. */
export const pageOf = <Schema extends z.ZodType>(item: Schema) =>
  z.object({ items: z.array(item), next_cursor: z.string().nullable().describe('Null on the last page.') });

/** What can be asked for. An unknown name is refused: a misspelt filter that is left out would show everything. */
export const queryOf = <Shape extends z.ZodRawShape>(shape: Shape) => z.strictObject(shape);

/** How a list is asked for page by page. */
export const paging = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(3000).optional().describe('`next_cursor` of the page before.'),
};

/** `a,b` → a list whose members are all of `member`. */
export const listOf = <Member extends z.ZodType<string, string>>(member: Member) =>
  z
    .string()
    .max(500)
    .transform((text) => text.split(','))
    .pipe(z.array(member))
    .optional();

export const badRequest = { description: 'What was sent is not understood; nothing changed.', content: problemContent } as const;
