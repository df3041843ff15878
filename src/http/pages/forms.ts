import { z } from 'zod';
import { AppError } from '../../lib/errors.ts';
import { isForeign } from '../access.ts';
import type { HttpContext } from '../env.ts';

/** Refuses a form that a page of another site may have sent. Throws DENIED. Browsers name the origin of every form that is posted. */
function assertOwnForm(c: HttpContext): void {
  const [host, origin] = [c.req.header('host'), c.req.header('origin')];
  if (origin === undefined || isForeign({ host, origin }))
    throw new AppError('DENIED', 'This form was not sent by a page of this Windsock, so that nothing was changed.');
}

/** The fields of a form of ours, as `schema` has them. Throws DENIED for one of another site, INVALID for wrong fields. */
export async function readForm<Fields>(c: HttpContext, schema: z.ZodType<Fields>): Promise<Fields> {
  assertOwnForm(c);
  const parsed = schema.safeParse(await c.req.parseBody());
  if (!parsed.success) throw new AppError('INVALID', faultsOf(parsed.error));
  return parsed.data;
}

/** The query of a page; what a form leaves empty counts as left out. Throws INVALID. */
export function readQuery<Query>(c: HttpContext, schema: z.ZodType<Query>): Query {
  const given = Object.fromEntries(Object.entries(c.req.query()).filter(([, value]) => value !== ''));
  const parsed = schema.safeParse(given);
  if (!parsed.success) throw new AppError('INVALID', faultsOf(parsed.error));
  return parsed.data;
}

const faultsOf = ({ issues }: z.ZodError): string =>
  issues.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`).join('; ');
