import type { HttpSources } from '../../src/http/sources.ts';
import { sourcesWith } from './http.ts';
import { samplePatterns, sampleSlas } from './page-samples-more.ts';
import { hostileReport } from './reports.ts';
import { sampleDags, sampleDetail, sampleIncidents } from './page-samples.ts';

/** What would run if anything were not escaped, turn the rest of a line round, and be of any length. */
const evil = `"><img src=x onerror="document.title='owned'"><script>document.title='owned'</script>\u202egnp.\u2066${'w'.repeat(300)}`;
const evilAndLong = `${evil}${'w'.repeat(10_000)}`;

/** These come from people and logs without a limit of their own; the rest is long enough to break a line. */
const long = new Set(['dagId', 'taskId', 'title', 'text', 'quote', 'rootCause', 'message', 'host', 'subcategory']);

/** Fields that Airflow's users, their logs or a model fill with what they like. */
const free = new Set(
  [
    'dagId dag_id taskId task_id runId owners tags schedule file dag_owner team operator title text quote rootCause nextSteps cause',
    'subcategory place summary missing memberReason acknowledgedBy who type template example message trace frames sla sentence standing',
    'owner key value key host downstream docs runbook reason pool component',
  ].flatMap((names) => names.split(' ')),
);

/** The same, with something hostile behind every free text; names stay the same names. */
function hostile<Value>(value: Value, field = ''): Value {
  if (typeof value === 'string') return (free.has(field) ? `${value} ${long.has(field) ? evilAndLong : evil}` : value) as Value;
  if (value === null || typeof value !== 'object' || value instanceof Date || value instanceof Set) return value;
  if (Array.isArray(value)) return value.map((each: unknown) => hostile(each, field)) as Value;
  if (value instanceof Map) return new Map([...value].map(([key, each]: [unknown, unknown]) => [key, hostile(each)])) as Value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]: [string, unknown]) => [
      key,
      key === 'type' && field === 'subject' ? each : hostile(each, key),
    ]),
  ) as Value;
}

/** What all functions of these answer, made hostile. */
const hostileAnswers = <Sources extends object>(sources: Sources): Sources =>
  Object.fromEntries(
    Object.entries(sources).map(([name, ask]: [string, (...given: unknown[]) => Promise<unknown>]) => [
      name,
      async (...given: unknown[]) => hostile(await ask(...given)),
    ]),
  ) as Sources;

/** One task has a name that fits into an address, and all others come after it. */
async function readHostileDag(dagId: string): ReturnType<HttpSources['dags']['read']> {
  const { summary, tasks } = hostile(await sampleDags.read(dagId));
  const plain = { taskId: 'write_parquet', operator: evil, downstream: tasks.map(({ taskId }) => taskId), counts: null };
  return { summary, tasks: [...tasks, plain] };
}

/** Sources of which each free text is hostile. */
export const hostileSources = (): HttpSources =>
  sourcesWith({
    incidents: hostileAnswers(sampleIncidents),
    dags: { ...hostileAnswers(sampleDags), read: readHostileDag },
    slas: hostileAnswers(sampleSlas),
    reports: { ...sourcesWith().reports, read: async () => hostileReport(evil) },
    patterns: { ...sourcesWith().patterns, ...hostileAnswers(samplePatterns) },
    lookCloser: async ({ taskIds }) => ({
      ok: true,
      states: taskIds.map((taskId, index) => ({
        taskId,
        state: index % 2 === 0 ? `failed ${evil}` : 'failed',
        count: 1,
        startedAt: null,
        endedAt: null,
      })),
      versions: [{ number: 2, bundleVersion: evil, createdAt: sampleDetail.incident.openedAt }],
    }),
    shows: {
      deployment: evil,
      lastError: evil,
      warnings: [evil],
      reports: [{ collector: 'pools', ok: false, seconds: 1.5, error: evil }],
      importErrors: [{ filename: `${evil}.py`, atMs: 0, stacktrace: evil }],
    },
  });
