// Where Windsock's numbers cannot equal Airflow's own: each kind is explained in docs/METRICS.md, and is held to what is said there.
import { readFile } from 'node:fs/promises';
import type { Line } from './compare.ts';
import { seriesKey, type Series } from './exposition.ts';
import type { Query } from './postgres.ts';

/** Each kind with the words under which the reference explains it. At most three. */
export const KNOWN = {
  release: 'the patch release is not in the database',
  lost: 'a try that Airflow loses track of is not in its history',
} as const;

/** Kinds that the reference does not explain; a difference that nobody is told of is a fault. */
export async function unexplained(reference: URL): Promise<string[]> {
  const text = await readFile(reference, 'utf8').catch(() => '');
  return Object.values(KNOWN).filter((words) => !text.includes(words));
}

const numbers = (version: string): number[] => version.split('.').map(Number);

/** Below 0, 0 or above, comparing as many parts as the bound has. */
function compareVersions(release: string, bound: string): number {
  const parts = numbers(release);
  const differs = numbers(bound).map((part, index) => (parts[index] ?? 0) - part);
  return differs.find((difference) => difference !== 0) ?? 0;
}

/** True when a label such as `3.3` or `2.10.3 to 2.11` names this release, by a minor version at least. */
export function namesRelease(label: string, release: string): boolean {
  const [first = '', last = first] = label.split(' to ');
  if (numbers(first).length < 2) return false;
  return compareVersions(release, first) >= 0 && compareVersions(release, last) <= 0;
}

/** `airflow_info` names the releases that share the schema's revision: one of them must be the one that runs. */
export function compareRelease(seen: readonly Series[], release: string): Line {
  const infos = seen.filter(({ name }) => name === 'airflow_info');
  const version = infos[0]?.labels['version'] ?? '';
  const ok = infos.length === 1 && infos[0]?.value === 1 && namesRelease(version, release);
  return { metric: 'airflow_info', series: `{version="${version}"} names ${release}`, expected: 1, seen: infos[0]?.value, ok };
}

export type LostTries = { dag: string; task: string; count: number };

/** Tries that the scheduler took for killed (event `state mismatch`) and of which neither row nor history tells any more. */
export async function readLostTries(query: Query): Promise<LostTries[]> {
  return (await query(
    `SELECT l.dag_id AS dag, l.task_id AS task, count(*)::int AS count FROM log l
     WHERE l.event = 'state mismatch' AND NOT EXISTS (SELECT FROM task_instance_history h WHERE h.dag_id = l.dag_id AND h.run_id = l.run_id
       AND h.task_id = l.task_id AND h.map_index = l.map_index AND h.try_number = l.try_number)
     GROUP BY 1, 2`,
  )) as LostTries[];
}

/** Such a try is counted as a retry when a look saw it wait for the next one, and only then: so many more are as right. */
export function allowLostTries(lines: readonly Line[], lost: readonly LostTries[]): Line[] {
  const counts = new Map(lost.map(({ dag, task, count }) => [seriesKey('', { dag_id: dag, task_id: task }), count]));
  return lines.map((line) => {
    const count = line.metric === 'airflow_task_retry_total' ? (counts.get(line.series) ?? 0) : 0;
    const seen = line.seen ?? 0;
    return count > 0 && seen >= line.expected && seen <= line.expected + count ? { ...line, ok: true } : line;
  });
}
