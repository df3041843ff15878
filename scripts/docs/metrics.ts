import { families, familyGroups } from '../../src/measure/catalogue.ts';
import type { Definition } from '../../src/measure/define.ts';
import { durationBounds } from '../../src/measure/tally.ts';
import { measureConfig } from '../../src/measure/config.ts';
import { KNOWN } from '../../test/airflow/known-differences.ts';

const titles: Record<keyof typeof familyGroups, string> = {
  tasks: 'Tasks',
  dags: 'DAGs',
  platform: 'Airflow as a whole',
  slas: 'SLAs',
  incidents: 'Incidents',
  explanations: 'Explanations and language models',
  slack: 'Messages in Slack',
  data: 'The exposition itself',
  self: 'Windsock itself',
};

/** Where Windsock's numbers cannot equal Airflow's own. `npm run test:airflow` holds each difference to what is said here. */
const differences: Record<keyof typeof KNOWN, string> = {
  release: `${KNOWN.release}. Airflow writes only the revision of its schema there, and several releases share one:
  \`airflow_info{version}\` then names the range, such as \`2.10.3 to 2.11\`, where Airflow itself knows \`2.11.2\`.`,
  lost: `${KNOWN.lost}: a slow scheduler takes a task that comes back from deferral or from a reschedule for killed, and puts it up for
  retry without closing its try. \`airflow_task_retry_total\` counts it when a cycle saw the task wait for its retry, and only then.
  The event \`state mismatch\` in Airflow's audit log tells of each.`,
};

/** What one thing is called that a family has series for, by its labels without the enumerated one. */
const things: Record<string, string> = {
  '': '',
  'dag_id,task_id': 'task',
  dag_id: 'DAG',
  'dag_id,dag_owner,schedule,tags,file': 'DAG',
  pool: 'pool',
  queue: 'queue',
  component: 'component',
  asset: 'asset',
  family: 'family',
  collector: 'collector',
  database: 'database',
  'version,revision': '',
  'version,node': '',
};

/** Labels whose values multiply the series of a thing. */
const isEnumerated = ({ states }: Definition, label: string): boolean =>
  (label === 'state' && states !== undefined) || label === 'bound';

const thingOf = (definition: Definition): string => {
  const labels = definition.labels.filter((label) => !isEnumerated(definition, label));
  return things[labels.join(',')] ?? labels.join(', ');
};

/** Series of one thing: a histogram has a bucket per bound, +Inf, sum and count. */
function seriesEach({ kind, bounds, states, labels }: Definition): number {
  // Lower, middle, upper.
  if (labels.includes('bound')) return 3;
  return kind === 'histogram' ? (bounds ?? []).length + 3 : (states?.length ?? 1);
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function row(definition: Definition): string {
  const { name, kind, labels, help, source, states } = definition;
  const thing = thingOf(definition);
  const shown = labels.map((label) => `\`${label}\``).join(', ') || '–';
  const values = states === undefined ? '' : ` State: ${states.map((state) => `\`${state}\``).join(', ')}.`;
  const series = `${seriesEach(definition)}${thing === '' ? '' : ` per ${thing}`}`;
  return `| \`${name}\` | ${kind} | ${shown} | ${cell(help)}${values} | ${cell(source)} | ${series} |`;
}

const head = '| family | type | labels | what it says | source | series |\n|---|---|---|---|---|---|';

/** Series per thing over all families. */
export function seriesPerThing(definitions: readonly Definition[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const definition of definitions)
    found.set(thingOf(definition), (found.get(thingOf(definition)) ?? 0) + seriesEach(definition));
  return found;
}

function worstCase(): string {
  const airflow: Definition[] = Object.entries(familyGroups).flatMap(([group, of]) =>
    group === 'self' || group === 'data' || group === 'explanations' ? [] : Object.values(of),
  );
  const each = seriesPerThing(airflow);
  const perTask = each.get('task') ?? 0;
  const perDag = each.get('DAG') ?? 0;
  const rows = [...each].map(([thing, count]) => `| ${thing === '' ? 'the deployment' : thing} | ${count} |`);
  const example = (dags: number, tasks: number): string =>
    `${dags.toLocaleString('en')} DAGs of ${tasks} tasks: ${(dags * (tasks * perTask + perDag)).toLocaleString('en')}`;
  return `| for each | series at most |
|---|---|
${rows.join('\n')}

So ${example(50, 10)} · ${example(200, 10)} · ${example(1000, 10)}. Windsock itself, its process and Node.js add fewer than 250.
\`windsock_series{family}\` says what it is for you.`;
}

/** docs/METRICS.md. */
export function metricsReference(): string {
  const budget = measureConfig.parse(undefined).series_budget.toLocaleString('en');
  const tables = Object.entries(familyGroups).map(
    ([group, of]) =>
      `### ${titles[group as keyof typeof familyGroups]}\n\n${head}\n${Object.values(of as Record<string, Definition>)
        .map(row)
        .join('\n')}`,
  );
  return `# Metrics

<!-- Written by \`npm run docs\` from src/measure/catalogue.ts. Change that, or scripts/docs/metrics.ts, not this file. -->

${Object.keys(families).length} families, served at \`/metrics\` in the Prometheus text format 0.0.4 or OpenMetrics 1.0, as \`Accept\` asks.

- Base units: seconds, bytes, ratios from 0 to 1. Points in time are Unix seconds, and their names end in \`_timestamp_seconds\`.
- Every known state is there, with 0 where nothing is in it, so that \`increase()\` sees the first failure.
- Samples carry no timestamps. \`windsock_snapshot_timestamp_seconds\` says how old the \`airflow_\` series are.
- \`run_id\` is never a label. It is in the exemplars of the DAG and task histograms (OpenMetrics).
- Several replicas of one Windsock show the same: aggregate with \`max without (instance, pod)\`.

## Families

Source names the tables and columns of Airflow's database; series says how many a family has.

${tables.join('\n\n')}

Beside these stand the \`process_…\` and \`nodejs_…\` families of prom-client, under their usual names, without three gauges
that end in \`_total\`.

By OTLP everything keeps its name, and units are UCUM (\`s\`, \`By\`, \`1\`). Info and state sets arrive as gauges. The
instruments of Windsock itself arrive under their OpenTelemetry names, \`windsock.cycle.duration\` for
\`windsock_cycle_duration_seconds\`.

Bounds of the histograms of Airflow's durations, in seconds: ${durationBounds.join(' ')}.

## What a counter counts

A counter counts **attempts of tasks that ended** while Windsock was watching, each once: keyed by DAG, task, run, map
index, try and outcome, and tallied in Windsock's own store in the same transaction as what it knows of the run. So
counters never go down, and neither a restart nor a change of the leading replica changes them.

- \`airflow_task_success_total\`, \`airflow_task_failure_total\`, \`airflow_task_retry_total\`: an attempt ends in exactly one of
  the three. Failure means for good: the task has no try left. A failed attempt that is tried again is a retry.
- \`airflow_task_skipped_total\`, \`airflow_task_upstream_failed_total\`: task instances that came into this state. Nothing ran.
- \`airflow_task_marked_total\`: a person set the state, in the web interface or by the API. No attempt ended, so nothing else moves.
- \`airflow_dag_run_success_total\`, \`airflow_dag_run_failure_total\`: runs that ended by themselves. A run that is cleared
  and ends again counts again.
- Each index of a mapped task counts, under the task's one name. A reschedule or a deferral is not an end of an attempt.
- A task that was cleared while it ran has ended an attempt: a retry.
- What ended before Windsock's first start is read as history: it fills last durations, last successes, last states and
  failures in a row, and moves no counter and no histogram.
- Attempts that begin and end between two looks are counted from what Airflow keeps of them. \`airflow db clean\`, a deleted
  run or a deleted DAG take nothing away.
- Two things leave no trace that could be read later, and are counted only if a look falls between: the end of a **run** that
  is cleared within the same interval (its tasks' attempts are in Airflow's history, the run's end is not), and a **skip** whose
  task is cleared and skipped once more within it.

## When a series is absent

No series shows an old number that looks fresh.

- While Airflow's database cannot be read, all \`airflow_\` series but \`airflow_up\` are absent, and so is
  \`windsock_snapshot_timestamp_seconds\`. \`airflow_up\` is 0 when the database does not answer at all; a cycle that failed
  for another reason shows as \`windsock_collect_success{collector="runs"} 0\`.
- A collector that fails, for instance for want of a privilege, takes its own families along, and \`windsock_collect_success\`
  of it is 0. The others stay.
- A task or DAG that has not run for \`measure.task_expiry\` (30 days), and one whose DAG is gone from Airflow, is left out. Its
  counters are kept, and go on from there when it is back.
- A follower whose leader has stopped publishing shows nothing of Airflow until it leads itself.
- What has no value has no series: no success yet, no schedule, nothing queued.
- Deadlines need Airflow 3.1, SLA misses need Airflow 2; elsewhere these families are absent.

## How many series

${worstCase()}

The budget \`measure.series_budget\` (${budget}) bounds all of them together. Over it tasks lose their duration histograms, the
one that ran longest ago first; counters and everything else stay, even if the budget is exceeded by them alone. The choice
changes as little as it can from one cycle to the next, and \`windsock_series_dropped{family}\` says how much is left out.
Label values of \`airflow_dag_info\` are cut at 256 characters.

## Known differences against Airflow's own numbers

\`npm run test:airflow\` runs real Airflows and compares every counter, gauge and duration with ground truth and with
Airflow's own answers. All are equal, but for:

${Object.entries(differences)
  .map(([kind, text]) => `- *${kind}*: ${text}`)
  .join('\n')}
`;
}
