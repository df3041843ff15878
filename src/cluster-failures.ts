import { asLeader, type CycleDeps } from './cycle.ts';
import type { ReducedLog } from './explain/log/reduced-log.ts';
import { listMade, loadExplanations, type KeptExplanation, type Made } from './explain/rows.ts';
import type { Incident } from './incident/incident.ts';
import { readIncidents } from './incident/occurrences.ts';
import { userFrames } from './logs/signature.ts';
import { createMasker } from './logs/masks.ts';
import type { ClusterCause } from './patterns/cluster.ts';
import { newestOfIncidents, recordErrors, type ErrorReport } from './patterns/record-errors.ts';
import { comparable, type ToldError } from './patterns/told-error.ts';
import type { Lease } from './store/lease.ts';
import type { Store } from './store/store.ts';

/** So many explanations are taken at once; the rest follows. */
const perTurnMax = 100;
/** What a model says of a failure may come so much later. */
const lookBackMs = 3_600_000;

/** Hands failures of tasks, as they are explained, to the clusters of errors: each once, and its cause again when that is another. */
export function createClusterFailures({
  store,
  deployment,
}: Pick<CycleDeps, 'store' | 'deployment'>): (lease: Lease) => Promise<void> {
  /** Null: what was taken before is not known yet. */
  let since: Date | null = null;
  const taken = new Map<string, number>();

  return async (lease) => {
    since ??= new Date((await newestOfIncidents(store, deployment))?.getTime() ?? 0);
    // By time, and not by what is taken: a storm of failures must not fill the list with what is known.
    const made = await listMade(store, deployment, { since, limit: 10 * perTurnMax });
    const before = new Date(since.getTime() - lookBackMs);
    const spoken = await listMade(store, deployment, { since: before, byModel: true, limit: 10 * perTurnMax });
    const wanted = new Map([...spoken, ...made].map((each) => [keyOf(each), each]));
    const news = [...wanted.values()].filter((each) => !taken.has(keyOf(each))).slice(0, perTurnMax);
    if (news.length === 0) return;
    const reports = await reportsOf(store, deployment, news);
    await asLeader(store, lease, (tx) => recordErrors(tx, deployment, reports));
    for (const each of news) taken.set(keyOf(each), each.madeAt.getTime());
    since = news.reduce((latest, { madeAt }) => (madeAt > latest ? madeAt : latest), since);
    for (const [key, madeMs] of taken) if (madeMs < since.getTime() - lookBackMs) taken.delete(key);
  };
}

const keyOf = ({ incidentId, event, byModel }: Made): string => `${incidentId} ${event} ${byModel ? 'model' : 'rules'}`;

async function reportsOf(store: Store, airflow: string, news: readonly Made[]): Promise<ErrorReport[]> {
  const ids = [...new Set(news.map(({ incidentId }) => incidentId))];
  const incidents = new Map((await readIncidents(store, airflow, ids)).map((each) => [each.id, each]));
  const events = new Set(news.map(({ incidentId, event }) => `${incidentId} ${event}`));
  const reports: ErrorReport[] = [];
  for (const id of ids)
    for (const each of await loadExplanations(store, airflow, id))
      if (events.has(`${id} ${each.event}`)) reports.push(...reportOf(each, incidents.get(id)));
  return reports;
}

/** The error of an explained failure of a task; none where it is about something else, or its log tells no error. */
function reportOf(explained: KeptExplanation, incident: Incident | undefined): ErrorReport[] {
  const { log, incidentId, event, madeAt } = explained;
  if (incident?.subject.type !== 'task' || incident.kind !== 'task_failed' || log?.found !== true || log.failure === null)
    return [];
  const { dagId, taskId } = incident.subject;
  const occasion = incident.latest.event === event ? incident.latest.occasion : null;
  return [
    {
      source: 'incident',
      key: `${incidentId} ${event}`,
      error: errorOf(log, log.failure),
      at: madeAt,
      dagId,
      taskId,
      runId: occasion?.runId ?? null,
      tryNumber: occasion?.tryNumber ?? null,
      environment: null,
      cause: causeOf(explained),
    },
  ];
}

const causeOf = ({ incidentId, resultA, resultB }: KeptExplanation): ClusterCause => {
  const { category, rootCause, docs } = resultB ?? resultA;
  return { incidentId, category, text: rootCause, docs: docs ?? resultA.docs };
};

/** A reduced log keeps the last frame only. */
function errorOf({ lines, signature }: ReducedLog, failure: NonNullable<ReducedLog['failure']>): ToldError {
  const { type, message, frame, line } = failure;
  const frames = frame === null ? undefined : { type, message, line, frames: [frame] };
  const shown = lines.filter(({ why }) => why === 'exception' || why === 'failure').map(({ text }) => text);
  const masker = createMasker();
  return {
    // What a process ended with has no class.
    ...comparable({ type: type === '' ? 'Exit' : type, message, frames: userFrames(frames, masker) }, masker),
    signature,
    trace: shown.join('\n').slice(0, 8000),
  };
}
