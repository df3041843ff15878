import { readDagsOfFile } from '../../../collect/list-dags.ts';
import { downstreamDags } from '../../../incident/topology.ts';
import { listSlas } from '../../../sla/list.ts';
import type { Item } from '../item.ts';
import { counted, some } from '../words.ts';

const namedMost = 50;
/** 2.x says dataset. */
const isAsset = /^(?:asset|dataset)/;

/** E10: who waits for it, and what was promised. */
export const impact: Item<'impact'> = {
  id: 'E10',
  async gather(scene) {
    const { dagId, taskId, store, deployment, snapshot, incident } = scene;
    const { subject, latest } = incident;
    const carried =
      subject.type === 'file' ? await readDagsOfFile(store, deployment, subject.file, namedMost) : (latest.carried.dags ?? []);
    const own = dagId === null ? [...carried] : [dagId];
    if (own.length === 0) return null;
    const tasks = taskId === null ? [] : below(taskId, await scene.graph());
    const links = await scene.links();
    const dags = downstreamDags(links, own);
    const assets = links.flatMap((graph) =>
      graph.dagId === dagId
        ? graph.links.flatMap(({ source, type, id }) => (source === dagId && isAsset.test(type) ? [id] : []))
        : [],
    );
    const concerned = new Set([...own, ...dags]);
    const deadlines = (snapshot?.deadlines ?? []).filter((each) => concerned.has(each.dagId) && each.state !== 'missed');
    const slas = (await listSlas(store, deployment)).filter((each) => concerned.has(each.dagId));
    return {
      tasks: tasks.slice(0, namedMost),
      dags: [...(dagId === null ? carried : []), ...dags].slice(0, namedMost),
      assets: [...new Set(assets)].slice(0, namedMost),
      deadlines: deadlines.map((each) => ({ dagId: each.dagId, at: each.newestAt.toISOString(), state: each.state })),
      slas: slas.map(({ sla, dagId: of, state, sentence }) => ({ sla, dagId: of, state, sentence })).slice(0, namedMost),
    };
  },
  tell({ tasks, dags, assets, deadlines, slas }) {
    return [
      ...(tasks.length === 0
        ? []
        : [`${counted(tasks.length, 'task')} of the DAG ${tasks.length === 1 ? 'comes' : 'come'} after it: ${some(tasks)}`]),
      ...(dags.length === 0
        ? []
        : [`${counted(dags.length, 'DAG')} ${dags.length === 1 ? 'depends' : 'depend'} on it: ${some(dags)}`]),
      ...(assets.length === 0 ? [] : [`it updates ${counted(assets.length, 'asset')}: ${some(assets)}`]),
      ...deadlines
        .slice(0, 2)
        .map(
          ({ dagId, at, state }) => `deadline of ${dagId} ${state === 'overdue' ? 'passed at' : 'at'} ${at.slice(11, 16)} UTC`,
        ),
      ...(slas.length === 0
        ? []
        : [`${counted(slas.length, 'SLA')} on it: ${some(slas.map(({ sla, state }) => `${sla} (${state})`))}`]),
    ];
  },
};

/** All tasks after one, at any distance, in the order of the graph. */
function below(taskId: string, graph: readonly { taskId: string; downstream: readonly string[] }[]): string[] {
  const next = new Map(graph.map((task) => [task.taskId, task.downstream]));
  const found = new Set<string>();
  const queue = [...(next.get(taskId) ?? [])];
  for (let each = queue.shift(); each !== undefined; each = queue.shift()) {
    if (found.has(each)) continue;
    found.add(each);
    queue.push(...(next.get(each) ?? []));
  }
  found.delete(taskId);
  return [...found];
}
