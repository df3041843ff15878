import type { OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { categories } from '../../explain/explanation.ts';
import type { Act } from '../../incident/act.ts';
import type { Clock } from '../../lib/clock.ts';
import { AppError } from '../../lib/errors.ts';
import { who } from '../api/incidents.ts';
import type { HttpContext, HttpEnv } from '../env.ts';
import type { HttpSources } from '../sources.ts';
import { readForm } from './forms.ts';
import { incidentPath } from './incident-rows.ts';

interface Form {
  read: (c: HttpContext, now: Date) => Promise<Act>;
  /** What the page says afterwards. */
  done: string;
}

const line = z.string().trim().max(2000);
const suppression = z.object({ hours: z.coerce.number().int().min(1).max(720), note: line.default('') });
const noted = z.object({ text: line.min(1) });

/** A form with a button and nothing else. */
const simple = (act: Act, done: string): Form => ({
  read: async (c) => {
    await readForm(c, z.object({}));
    return act;
  },
  done,
});

/** What people can do to an incident, by the last part of the form's address. */
const forms = new Map<string, Form>([
  ['acknowledge', simple({ kind: 'acknowledge' }, 'Acknowledged: it is yours. Nobody is told of it again while it lasts.')],
  ['unacknowledge', simple({ kind: 'unacknowledge' }, 'Given back: it is open again.')],
  ['resolve', simple({ kind: 'resolve', note: '' }, 'Resolved: it stays closed until something new happens.')],
  ['unsuppress', simple({ kind: 'unsuppress' }, 'People are told of it again.')],
  ['split', simple({ kind: 'split' }, 'Taken out: it stands for itself now.')],
  [
    'suppress',
    {
      read: async (c, now) => {
        const { hours, note } = await readForm(c, suppression);
        return { kind: 'suppress', until: new Date(now.getTime() + hours * 3_600_000), note };
      },
      done: 'Suppressed: nobody is told of it until then.',
    },
  ],
  [
    'note',
    { read: async (c) => ({ kind: 'note', text: (await readForm(c, noted)).text }), done: 'The note stands in the timeline.' },
  ],
]);

const given = z.object({
  verdict: z.enum(['up', 'down', 'corrected']),
  category: z.enum(categories).optional(),
  root_cause: z.string().trim().max(240).default(''),
});
const thanks = 'Thank you: it stands in the timeline, and helps the next explanation.';

/** What a page says after a form; null for none of ours. */
export const doneText = (act: string): string | null => (act === 'feedback' ? thanks : (forms.get(act)?.done ?? null));

/** POST /incidents/{id}/{act}: plain forms of the page of an incident, which then shows what became of it. */
export function incidentForms(
  app: OpenAPIHono<HttpEnv>,
  { incidents, feedback }: Pick<HttpSources, 'incidents' | 'feedback'>,
  clock: Clock,
): void {
  app.post('/incidents/:id/feedback', async (c) => {
    const id = c.req.param('id');
    const { verdict, category, root_cause: rootCause } = await readForm(c, given);
    const corrects = verdict === 'corrected';
    await feedback.give(
      id,
      {
        verdict,
        category: corrects ? (category ?? null) : null,
        rootCause: corrects && rootCause !== '' ? rootCause : null,
        note: '',
      },
      who(c),
    );
    return c.redirect(`${incidentPath(id)}?done=feedback`, 303);
  });
  app.post('/incidents/:id/:act', async (c) => {
    const { id, act } = c.req.param();
    const form = forms.get(act);
    if (form === undefined) throw new AppError('NOT_FOUND', 'There is no such form.');
    await incidents.act(id, await form.read(c, clock.now()), who(c));
    return c.redirect(`${incidentPath(id)}?done=${act}`, 303);
  });
}
