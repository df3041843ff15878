import type { OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import type { Clock } from '../../lib/clock.ts';
import { AppError } from '../../lib/errors.ts';
import { cursorOf, keyOf } from '../api/cursor.ts';
import type { HttpContext, HttpEnv } from '../env.ts';
import type { HttpSources } from '../sources.ts';
import { orNull, send } from './answer.ts';
import { dagList } from './dag-list.ts';
import { dagPage } from './dag.ts';
import { readQuery } from './forms.ts';
import { taskPage } from './task.ts';

type Sources = Pick<HttpSources, 'status' | 'dags' | 'incidents' | 'slas' | 'lookCloser'>;

const pageMax = 50;
/** What is learned is read task by task. */
const tasksMax = 20;
const incidentsMax = 20;
const slasMax = 50;
/** Open incidents of a DAG, of which those of one task are picked. */
const openMax = 200;

const listQuery = z.object({
  named: z.string().max(500).optional(),
  owner: z.string().max(500).optional(),
  tag: z.string().max(500).optional(),
  cursor: z.string().max(3000).optional(),
});
const dagQuery = z.object({
  named: z.string().max(500).default(''),
  tasks: z.coerce.number().int().min(0).max(100_000).default(0),
});

/** GET /dags and one DAG. */
export function dagPages(app: OpenAPIHono<HttpEnv>, sources: Sources, clock: Clock): void {
  app.get('/dags', async (c) => {
    const now = clock.now();
    const { named, owner, tag, cursor } = readQuery(c, listQuery);
    const [after] = cursor === undefined ? [null] : keyOf(z.tuple([z.string().max(500)]), cursor);
    const { items, next } = await sources.dags.list({ named, owner, tag }, { after, limit: pageMax });
    const params = new URLSearchParams({
      ...(named === undefined ? {} : { named }),
      ...(owner === undefined ? {} : { owner }),
      ...(tag === undefined ? {} : { tag }),
      ...(next === null ? {} : { cursor: cursorOf([next]) }),
    });
    const body = dagList({
      query: { named: named ?? '', owner: owner ?? '', tag: tag ?? '' },
      dags: items,
      next: next === null ? null : `/dags?${params.toString()}`,
      now,
    });
    return send(c, sources, now, { title: 'DAGs', room: '/dags', refreshSeconds: 60, body });
  });
  app.get('/dags/:dag_id', async (c) => answerDag(c, c.req.param('dag_id'), sources, clock.now()));
  app.get('/dags/:dag_id/tasks/:task_id', async (c) => answerTask(c, c.req.param(), sources, clock.now()));
}

async function answerDag(c: HttpContext, dagId: string, sources: Sources, now: Date): Promise<Response> {
  const { tasks: asked, named } = readQuery(c, dagQuery);
  const detail = await sources.dags.read(dagId);
  const matching = detail.tasks.filter(({ taskId }) => taskId.toLowerCase().includes(named.toLowerCase()));
  const taskPages = Math.max(1, Math.ceil(matching.length / tasksMax));
  const taskPage = Math.min(asked, taskPages - 1);
  const tasks = [];
  for (const task of matching.slice(taskPage * tasksMax, (taskPage + 1) * tasksMax))
    tasks.push({ task, learned: (await orNull(sources.dags.baseline({ dagId, taskId: task.taskId }))) ?? [] });
  const { items } = await sources.incidents.list(
    { states: ['open', 'acknowledged'], dagId },
    { after: null, limit: incidentsMax },
  );
  const ids = items.map(({ id }) => id);
  const status = sources.status();
  const body = dagPage({
    detail,
    incidents: items,
    causes: await sources.incidents.causes(ids),
    members: await sources.incidents.memberCounts(ids),
    slas: (await sources.slas.list({ dagId }, { after: null, limit: slasMax })).items,
    tasks,
    taskPage,
    taskPages,
    named,
    airflow: { url: status.airflowUrl, version: status.airflowVersion },
    now,
  });
  return send(c, sources, now, { title: dagId, room: '/dags', refreshSeconds: 60, body });
}

async function answerTask(
  c: HttpContext,
  { dag_id: dagId, task_id: taskId }: { dag_id: string; task_id: string },
  sources: Sources,
  now: Date,
): Promise<Response> {
  const { tasks } = await sources.dags.read(dagId);
  const task = tasks.find((each) => each.taskId === taskId);
  if (task === undefined) throw new AppError('NOT_FOUND', `${dagId} has no task ${taskId}`);
  const closer = sources.lookCloser({ dagId, run: null, taskIds: [] });
  const { items } = await sources.incidents.list({ states: ['open', 'acknowledged'], dagId }, { after: null, limit: openMax });
  const incidents = items.filter(({ subject }) => subject.type === 'task' && subject.taskId === taskId).slice(0, incidentsMax);
  const ids = incidents.map(({ id }) => id);
  const status = sources.status();
  const body = taskPage({
    dagId,
    task,
    tasks,
    learned: (await orNull(sources.dags.baseline({ dagId, taskId }))) ?? [],
    incidents,
    causes: await sources.incidents.causes(ids),
    members: await sources.incidents.memberCounts(ids),
    closer: await closer,
    airflow: { url: status.airflowUrl, version: status.airflowVersion },
    now,
  });
  return send(c, sources, now, { title: `${dagId}.${taskId}`, room: '/dags', refreshSeconds: 60, body });
}
