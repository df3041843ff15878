import { severities } from '../src/detect/finding.ts';
import { families } from '../src/measure/catalogue.ts';
import { labelVariable, mark } from './frame.ts';
import { dagOfCell, incidentOfCell } from './links.ts';
import { palette } from './palette.ts';
import { curves, rows, type Column, type Panel } from './panels.ts';
import { increase, now, ranked, sum, type Expression } from './query.ts';

// What several dashboards show.

/** 0 is good, anything more is not. */
export const noneIsGood = [
  [null, palette.good],
  [1, palette.bad],
] as const;

/** Shares of successes: below 90 % bad, below 99 % to be looked at. */
export const highIsGood = [
  [null, palette.bad],
  [0.9, palette.warn],
  [0.99, palette.good],
] as const;

export const ownerVariable = () =>
  labelVariable('dag_owner', {
    label: 'Owner',
    of: `${families.dagInfo.name}{airflow=~"$airflow"}, dag_owner`,
    hint: 'Owners of DAGs; chooses among the DAGs.',
    every: 'any',
  });

const dagsOfOwner = `${families.dagInfo.name}{airflow=~"$airflow", dag_owner=~"$dag_owner"}, dag_id`;

export const dagsVariable = () => labelVariable('dag_id', { label: 'DAG', of: dagsOfOwner, hint: 'DAGs of the chosen owners.' });

export const dagVariable = () =>
  labelVariable('dag_id', { label: 'DAG', of: dagsOfOwner, hint: 'The DAG that is looked at.', every: 'none' });

/** Of many DAGs, as a variable with several values gives them; and of the one. */
export const chosenDags = { dag_id: '=~"$dag_id"' } as const;
export const chosenDag = { dag_id: '="$dag_id"' } as const;
type OfDags = Partial<typeof chosenDags> | typeof chosenDag;

export const dagColumn: Column = { title: 'DAG', links: dagOfCell };

const severityWords = {
  '1': ['info', palette.calm],
  '2': ['warning', palette.warn],
  '3': ['error', palette.bad],
  '4': ['critical', palette.worst],
} as const;

/** Regions in time during which an incident stood. */
export const incidentMarks = (matchers: OfDags = {}) =>
  mark(
    'Incidents',
    palette.bad,
    now(families.incidentInfo, { severity: '=~"error|critical"', ...matchers }),
    '{{kind}}: {{subject}}',
    '{{severity}}, incident {{id}}',
  );

/** Incidents that stand now, each with its page. */
export const incidentTable = (
  { title, description, width, height = 9 }: { title: string; description: string; width: number; height?: number },
  matchers: OfDags = {},
): Panel =>
  rows({
    title,
    description,
    unit: 'none',
    empty: 'No incident is open',
    width,
    height,
    values: [
      {
        title: 'Severity',
        expression: ranked(families.incidentInfo, 'severity', severities, matchers),
        words: severityWords,
        width: 100,
      },
    ],
    labels: {
      kind: { title: 'Kind', width: 150 },
      subject: { title: 'Subject' },
      dag_id: dagColumn,
      state: { title: 'State', width: 120 },
      id: { title: 'Incident', links: incidentOfCell },
    },
    sort: 'Severity',
  });

/** How runs ended, in bars. */
export const runsEnded = (
  { title, description, width, bars }: { title: string; description: string; width: number; bars: string },
  matchers: OfDags = {},
): Panel =>
  curves({
    title,
    description,
    unit: 'none',
    empty: 'No run ended in this time',
    width,
    bars,
    stacked: true,
    min: 0,
    series: [
      { legend: 'succeeded', expression: sum(increase(families.dagRunSuccess, '$__interval', matchers)) },
      { legend: 'failed', expression: sum(increase(families.dagRunFailure, '$__interval', matchers)) },
    ],
  });

/** How attempts of tasks ended, in bars. */
export const attemptsEnded = (
  { title, description, width, bars }: { title: string; description: string; width: number; bars: string },
  matchers: OfDags = {},
): Panel => {
  const grew = (family: typeof families.taskSuccess): Expression => sum(increase(family, '$__interval', matchers));
  return curves({
    title,
    description,
    unit: 'none',
    empty: 'No attempt ended in this time',
    width,
    bars,
    stacked: true,
    min: 0,
    series: [
      { legend: 'succeeded', expression: grew(families.taskSuccess) },
      { legend: 'retried', expression: grew(families.taskRetry) },
      { legend: 'failed', expression: grew(families.taskFailure) },
      { legend: 'upstream failed', expression: grew(families.taskUpstreamFailed) },
      { legend: 'skipped', expression: grew(families.taskSkipped) },
    ],
  });
};

export const metWords = { '0': ['breached', palette.bad], '1': ['met', palette.good] } as const;

/** How grave a breach is; `severityWords` are of the worst of many. */
export const breachWords = {
  '0': ['met', palette.good],
  '1': ['info', palette.calm],
  '2': ['warning', palette.warn],
  '3': ['error', palette.bad],
  '4': ['critical', palette.worst],
} as const;

/** Error budgets that are left: spent, nearly so, enough. */
export const budgetSteps = [
  [null, palette.bad],
  [0.01, palette.warn],
  [0.25, palette.good],
] as const;
