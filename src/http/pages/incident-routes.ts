import type { OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import type { Incident } from '../../incident/incident.ts';
import type { Clock } from '../../lib/clock.ts';
import { cursorOf, keyOf } from '../api/cursor.ts';
import { pageKey } from '../api/incidents.ts';
import { kindSchema, severitySchema } from '../api/incident-schema.ts';
import type { HttpContext, HttpEnv } from '../env.ts';
import type { HttpSources } from '../sources.ts';
import { orNull, send } from './answer.ts';
import { readQuery } from './forms.ts';
import { homePage, homeTitle } from './home.ts';
import { incidentList } from './incident-list.ts';
import { doneText, incidentForms } from './incident-forms.ts';
import { incidentPage } from './incident.ts';
import { tasksToAsk } from './neighbours.ts';
import { headline } from '../../incident/words.ts';

type Sources = Pick<HttpSources, 'status' | 'incidents' | 'feedback' | 'dags' | 'lookCloser'>;

const homeMax = 20;
const pageMax = 50;
const resolvedMax = 10;
const listRefreshSeconds = 15;
const incidentRefreshSeconds = 20;

const listQuery = z.object({
  state: z.enum(['active', 'open', 'acknowledged', 'resolved', 'all']).default('active'),
  severity: severitySchema.optional(),
  kind: kindSchema.optional(),
  dag_id: z.string().max(500).optional(),
  owner: z.string().max(500).optional(),
  cursor: z.string().max(3000).optional(),
});

const statesOf = (state: z.output<typeof listQuery>['state']) => {
  switch (state) {
    case 'active':
      return { states: ['open', 'acknowledged'] as const };
    case 'open':
    case 'acknowledged':
    case 'resolved':
      return { states: [state] };
    case 'all':
      return {};
  }
};

/** GET / and /incidents, one incident, and the forms by which people change it. */
export function incidentPages(app: OpenAPIHono<HttpEnv>, sources: Sources, clock: Clock): void {
  app.get('/', async (c) => {
    const now = clock.now();
    const open = await sources.incidents
      .list({ states: ['open', 'acknowledged'], members: false }, { after: null, limit: homeMax })
      .catch(() => null);
    const incidents = open?.items ?? null;
    const facts = await rowFacts(sources, incidents ?? [], now);
    const view = { incidents, more: open !== null && open.next !== null, status: sources.status(), ...facts };
    return send(c, sources, now, {
      title: homeTitle(view),
      room: '/',
      refreshSeconds: listRefreshSeconds,
      body: homePage(view),
    });
  });
  app.get('/incidents', async (c) => answerList(c, sources, clock.now()));
  app.get('/incidents/:id', async (c) => answerIncident(c, sources, clock.now()));
  incidentForms(app, sources, clock);
}

async function answerList(c: HttpContext, sources: Sources, now: Date): Promise<Response> {
  const { cursor, state, severity, kind, dag_id: dagId, owner } = readQuery(c, listQuery);
  const filter = {
    ...(severity === undefined ? {} : { severities: [severity] }),
    ...(kind === undefined ? {} : { kinds: [kind] }),
    ...(dagId === undefined ? {} : { dagId }),
    ...(owner === undefined ? {} : { owner }),
    members: false,
  };
  const after = cursor === undefined ? null : keyOf(pageKey, cursor);
  const { items, next } = await sources.incidents.list({ ...filter, ...statesOf(state) }, { after, limit: pageMax });
  const withResolved = state === 'active' && cursor === undefined;
  const resolved = withResolved
    ? (await sources.incidents.list({ ...filter, states: ['resolved'] }, { after: null, limit: resolvedMax })).items
    : [];
  const body = incidentList({
    query: { state, severity: severity ?? '', kind: kind ?? '', dag_id: dagId ?? '', owner: owner ?? '' },
    incidents: items,
    next: next === null ? null : cursorOf([next.openedAt.getTime(), next.id]),
    later: cursor !== undefined,
    resolved,
    ...(await rowFacts(sources, [...items, ...resolved], now)),
  });
  return send(c, sources, now, { title: 'Incidents', room: '/incidents', refreshSeconds: listRefreshSeconds, body });
}

async function rowFacts({ incidents }: Sources, shown: readonly { id: string }[], now: Date) {
  const ids = shown.map(({ id }) => id);
  return { causes: await incidents.causes(ids), members: await incidents.memberCounts(ids), now };
}

async function answerIncident(c: HttpContext, sources: Sources, now: Date): Promise<Response> {
  const { done } = readQuery(c, z.object({ done: z.string().max(50).default('') }));
  const detail = await sources.incidents.read(c.req.param('id') ?? '');
  const { incident, members, similar } = detail;
  const { subject } = incident;
  const dagId = 'dagId' in subject ? subject.dagId : '';
  const status = sources.status();
  const identity = c.get('identity');
  const dag = dagId === '' ? null : await orNull(sources.dags.read(dagId));
  // Airflow is asked while the store is.
  const closer = sources.lookCloser({
    dagId,
    run: subject.type === 'task' ? (incident.latest.occasion?.runId ?? null) : null,
    taskIds: dag === null || subject.type !== 'task' ? [] : tasksToAsk(dag, subject.taskId),
  });
  const body = incidentPage({
    detail,
    causes: await sources.incidents.causes([incident, ...members, ...similar].map(({ id }) => id)),
    learned: subject.type === 'task' ? ((await orNull(sources.dags.baseline(subject))) ?? []) : [],
    dag,
    around: await openOf(sources, dagId),
    closer: await closer,
    airflow: { url: status.airflowUrl, version: status.airflowVersion },
    notice: doneText(done),
    mayWrite: identity === null || identity.scopes.includes('write'),
    now,
  });
  const over = incident.state === 'resolved';
  return send(c, sources, now, {
    title: headline(incident),
    room: '/incidents',
    ...(over ? {} : { refreshSeconds: incidentRefreshSeconds, reloads: false }),
    body,
  });
}

/** What is open of a DAG; nothing where there is none. */
async function openOf({ incidents }: Sources, dagId: string): Promise<Incident[]> {
  if (dagId === '') return [];
  const { items } = await incidents.list({ states: ['open', 'acknowledged'], dagId }, { after: null, limit: pageMax });
  return items;
}
