import { createRoute, z, type OpenAPIHono } from '@hono/zod-openapi';
import type { Act } from '../../incident/act.ts';
import type { PageKey } from '../../incident/list.ts';
import type { HttpContext, HttpEnv } from '../env.ts';
import { problemContent } from '../problem.ts';
import type { IncidentDetail, IncidentSources } from '../sources.ts';
import { cursorOf, instant, keyOf } from './cursor.ts';
import { explainedJson, explainedSchema } from './explanation-schema.ts';
import {
  eventJson,
  eventSchema,
  findingJson,
  findingSchema,
  incidentJson,
  incidentSchema,
  kindSchema,
  severitySchema,
  stateSchema,
} from './incident-schema.ts';
import { badRequest, json, listOf, pageOf, paging, queryOf } from './page.ts';

const filter = queryOf({
  state: listOf(stateSchema).openapi({ type: 'string', description: 'States, comma-separated.', example: 'open,acknowledged' }),
  severity: listOf(severitySchema).openapi({ type: 'string', description: 'Severities, comma-separated.' }),
  kind: listOf(kindSchema).openapi({ type: 'string', description: 'Kinds, comma-separated.' }),
  dag_id: z.string().max(500).optional(),
  owner: z.string().max(500).optional(),
  members: z.enum(['true', 'false']).default('false').describe('Whether members of other incidents are listed too.'),
  ...paging,
});
type Filter = z.output<typeof filter>;

const idParam = z.object({ id: z.string().min(1).max(100) });
const problems = {
  400: badRequest,
  404: { description: 'There is no such incident.', content: problemContent },
  409: { description: 'The incident is past it; nothing changed.', content: problemContent },
} as const;

const listRoute = createRoute({
  method: 'get',
  path: '/api/v1/incidents',
  tags: ['incidents'],
  summary: 'Incidents, newest first',
  request: { query: filter },
  responses: { 200: { description: 'A page of them.', content: json(pageOf(incidentSchema)) }, 400: problems[400] },
});

const findingsRoute = createRoute({
  method: 'get',
  path: '/api/v1/findings',
  tags: ['incidents'],
  summary: 'What is wrong now: the newest finding of each incident that is not resolved, members included',
  request: { query: filter.pick({ limit: true, cursor: true, kind: true, dag_id: true, severity: true }) },
  responses: { 200: { description: 'A page of them.', content: json(pageOf(findingSchema)) }, 400: problems[400] },
});

const alertState = z.object({ state: z.string(), silenced_by: z.array(z.string()), inhibited_by: z.array(z.string()) });
const detailSchema = incidentSchema.extend({
  ...explainedSchema.shape,
  similar: z
    .array(incidentSchema)
    .describe('Other incidents with the same error signature, and how they ended; newest first, 10 at most.'),
  members: z.array(incidentSchema),
  events: z.array(eventSchema).describe('The timeline, oldest first.'),
  alerts: z.record(z.string(), alertState).describe('How Alertmanager last had its alerts, by severity.'),
});

const readRoute = createRoute({
  method: 'get',
  path: '/api/v1/incidents/{id}',
  tags: ['incidents'],
  summary: 'One incident with its members and its timeline',
  request: { params: idParam },
  responses: { 200: { description: 'The incident.', content: json(detailSchema.openapi('IncidentDetail')) }, 404: problems[404] },
});

const note = z.string().max(2000).default('').describe('A line for the timeline.');
const nothing = z.strictObject({});

const actRoute = <const Name extends string, Schema extends z.ZodType>(name: Name, body: Schema, summary: string) =>
  createRoute({
    method: 'post',
    path: `/api/v1/incidents/{id}/${name}`,
    tags: ['incidents'],
    summary,
    request: { params: idParam, body: { content: json(body), required: true } },
    responses: { 200: { description: 'The incident as it is now.', content: json(incidentSchema) }, ...problems },
  });

const acts = {
  acknowledge: actRoute('acknowledge', nothing, 'Take it up: no escalation, and a silence while it lasts'),
  unacknowledge: actRoute('unacknowledge', nothing, 'Give it back'),
  resolve: actRoute('resolve', z.strictObject({ note }), 'End it; it stays closed until something new happens'),
  suppress: actRoute('suppress', z.strictObject({ until: z.iso.datetime({ offset: true }), note }), 'Tell nobody until then'),
  unsuppress: actRoute('unsuppress', nothing, 'Tell again'),
  note: actRoute('note', z.strictObject({ text: z.string().trim().min(1).max(2000) }), 'Add a line to the timeline'),
  split: actRoute('split', nothing, 'Take it out of the incident that it is a member of'),
};

/** Whose name an act gets. */
export const who = (c: HttpContext): string => c.get('identity')?.name ?? 'somebody on this machine';

/** Incidents and findings: reading, and what people do to them. */
export function incidentRoutes(app: OpenAPIHono<HttpEnv>, sources: IncidentSources): void {
  app.openapi(listRoute, async (c) => {
    const { items, next } = await sources.list(filterOf(c.req.valid('query')), placeOf(c.req.valid('query')));
    const causes = await sources.causes(items.map(({ id }) => id));
    return c.json(
      {
        items: items.map((each) => incidentJson(each, causes)),
        next_cursor: next === null ? null : cursorOf([next.openedAt.getTime(), next.id]),
      },
      200,
    );
  });
  app.openapi(findingsRoute, async (c) => {
    const query = { ...c.req.valid('query'), members: 'true' as const };
    const { items, next } = await sources.list({ ...filterOf(query), states: ['open', 'acknowledged'] }, placeOf(query));
    return c.json(
      { items: items.map(findingJson), next_cursor: next === null ? null : cursorOf([next.openedAt.getTime(), next.id]) },
      200,
    );
  });
  app.openapi(readRoute, async (c) => {
    const detail = await sources.read(c.req.valid('param').id);
    const { incident, members, similar } = detail;
    const causes = await sources.causes([incident, ...members, ...similar].map(({ id }) => id));
    return c.json(detailJson(detail, causes), 200);
  });
  const answer = async (c: HttpContext, id: string, act: Act) =>
    incidentJson(await sources.act(id, act, who(c)), await sources.causes([id]));
  app.openapi(acts.acknowledge, async (c) => c.json(await answer(c, c.req.valid('param').id, { kind: 'acknowledge' }), 200));
  app.openapi(acts.unacknowledge, async (c) => c.json(await answer(c, c.req.valid('param').id, { kind: 'unacknowledge' }), 200));
  app.openapi(acts.resolve, async (c) =>
    c.json(await answer(c, c.req.valid('param').id, { kind: 'resolve', ...c.req.valid('json') }), 200),
  );
  app.openapi(acts.suppress, async (c) => {
    const { until, note: line } = c.req.valid('json');
    return c.json(await answer(c, c.req.valid('param').id, { kind: 'suppress', until: new Date(until), note: line }), 200);
  });
  app.openapi(acts.unsuppress, async (c) => c.json(await answer(c, c.req.valid('param').id, { kind: 'unsuppress' }), 200));
  app.openapi(acts.note, async (c) =>
    c.json(await answer(c, c.req.valid('param').id, { kind: 'note', ...c.req.valid('json') }), 200),
  );
  app.openapi(acts.split, async (c) => c.json(await answer(c, c.req.valid('param').id, { kind: 'split' }), 200));
}

function detailJson(
  { incident, members, events, alerts, explanation, similar }: IncidentDetail,
  causes: Parameters<typeof incidentJson>[1],
): z.input<typeof detailSchema> {
  const states = [...alerts].map(([severity, { state, silencedBy, inhibitedBy }]) => [
    severity,
    { state, silenced_by: silencedBy, inhibited_by: inhibitedBy },
  ]);
  return {
    ...incidentJson(incident, causes),
    ...explainedJson(explanation, incident.latest.event),
    members: members.map((each) => incidentJson(each, causes)),
    events: events.map(eventJson),
    similar: similar.map((each) => incidentJson(each, causes)),
    alerts: Object.fromEntries(states) as Record<string, z.output<typeof alertState>>,
  };
}

function filterOf(query: Partial<Filter>) {
  return {
    ...(query.state === undefined ? {} : { states: query.state }),
    ...(query.severity === undefined ? {} : { severities: query.severity }),
    ...(query.kind === undefined ? {} : { kinds: query.kind }),
    ...(query.dag_id === undefined ? {} : { dagId: query.dag_id }),
    ...(query.owner === undefined ? {} : { owner: query.owner }),
    ...(query.members === 'true' ? {} : { members: false }),
  };
}

/** Where a page of incidents ends, as a cursor has it. */
export const pageKey = z.tuple([instant, z.string().max(100)]).transform(([openedAt, id]): PageKey => ({ openedAt, id }));

const placeOf = ({ cursor, limit }: Pick<Filter, 'cursor' | 'limit'>) => ({
  after: cursor === undefined ? null : keyOf(pageKey, cursor),
  limit,
});
