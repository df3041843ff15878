import type { AirflowDatabase, AirflowRead } from '../../src/airflow/connect.ts';

/** Tables that grow with history: none may be read as a whole. */
const growing = new Set([
  'task_instance',
  'task_instance_history',
  'task_fail',
  'dag_run',
  'log',
  'job',
  'sla_miss',
  'deadline',
  'dataset_event',
  'asset_event',
]);

interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  Plans?: Plan[];
}

const scansOf = (plan: Plan): string[] => [
  ...(plan['Node Type'] === 'Seq Scan' && growing.has(plan['Relation Name'] ?? '') ? [plan['Relation Name'] ?? ''] : []),
  ...(plan.Plans ?? []).flatMap(scansOf),
];

/** Asks for the plan of every statement before it runs: `scans` tells of each that reads a table as a whole that grows with history. */
export function explaining(): { wrap: (airflow: AirflowDatabase) => AirflowDatabase; scans: string[]; statements: () => number } {
  const scans: string[] = [];
  let statements = 0;
  const explained = (read: AirflowRead): AirflowRead => ({
    ...read,
    async query<Row extends object>(text: string, values: readonly unknown[] = []) {
      const [row] = await read.query<{ 'QUERY PLAN': { Plan: Plan }[] }>(`EXPLAIN (FORMAT JSON) ${text}`, values);
      statements += 1;
      for (const table of row?.['QUERY PLAN'].flatMap(({ Plan }) => scansOf(Plan)) ?? []) scans.push(`${table}: ${text}`);
      return read.query<Row>(text, values);
    },
  });
  return {
    wrap: (airflow) => ({ ...airflow, read: (work) => airflow.read((read) => work(explained(read))) }),
    scans,
    statements: () => statements,
  };
}
