import { styleText } from 'node:util';
import { evidenceOf, type Advice } from '../patterns/advise.ts';
import type { AnalysisReport } from '../patterns/found.ts';
import type { ClusterSummary } from '../patterns/list-clusters.ts';
import { redact } from '../redact/redact.ts';
import { wrap } from './wrap.ts';

const labelWidth = 9;

/** One thing that is said, behind a word that names it. */
function said(label: string, text: string, columns: number): string[] {
  const word = label.padEnd(labelWidth);
  return wrap(
    { prefix: `  ${word} `, shown: `  ${styleText('dim', word)} `, text: redact(text).replaceAll(/\s+/g, ' '), indent: 4 },
    columns,
  );
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;
const timeOf = (at: Date): string => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
const timesOf = (count: number): string => (count === 1 ? 'once' : `${count} times`);

/** What is known of one error, for people. */
export function adviceLines(
  { match, confidence, recommendation, docs, suggestions }: Advice,
  columns: number = Infinity,
): string[] {
  return [
    ...wrap({ prefix: '', text: redact(recommendation), indent: 0 }, columns),
    ...(match === null
      ? []
      : said(
          'cluster',
          `${match}, ${confidence === 1 ? 'the same error' : `${percent(confidence)} of the words in common`}`,
          columns,
        )),
    ...suggestions.flatMap(({ suggestion, confidencePercentage }) =>
      said(`${confidencePercentage.toFixed(0)} %`.padStart(5), suggestion, columns),
    ),
    ...(docs === null ? [] : said('more', docs, columns)),
  ];
}

const placesShown = 4;

/** One cluster, for people. */
export function clusterLines(
  { summary, advice }: { summary: ClusterSummary; advice: Advice },
  columns: number = Infinity,
): string[] {
  const { cluster, places } = summary;
  const names = places.slice(0, placesShown).map(({ dagId, taskId }) => (taskId === '' ? dagId : `${dagId}.${taskId}`));
  const where = places.length === 0 ? [] : [`in ${names.join(', ')}${places.length > placesShown ? ' and more' : ''}`];
  const met = [timesOf(cluster.count), `last ${timeOf(cluster.lastSeenAt)}`, ...where].join(', ');
  const type = redact(cluster.type);
  return [
    ...wrap({ prefix: `${type}  `, shown: `${styleText('bold', type)}  `, text: redact(met), indent: 4 }, columns),
    ...said('message', cluster.example === '' ? 'none' : (cluster.example.split('\n', 1)[0] ?? ''), columns),
    ...(cluster.cause === null ? [] : said('cause', cluster.cause.text, columns)),
    ...advice.suggestions.flatMap(({ suggestion }) => said('look', suggestion, columns)),
  ];
}

const reasons = {
  constant: 'the same in each task',
  one_task: 'differs in one task only',
  few_failures: 'too few failures',
  follows_failure: 'a later try is there because one failed',
} satisfies Record<AnalysisReport['untested'][number]['reason'], string>;

/** What failures in general go with, for people. */
export function analysisLines(analysis: AnalysisReport | undefined, columns: number = Infinity): string[] {
  const sentence = (text: string): string[] => wrap({ prefix: '', text, indent: 0 }, columns);
  if (analysis === undefined)
    return sentence('Failures were not looked through for patterns yet: the Windsock that serves does so by patterns.schedule.');
  const { at, tries, failures, tasks, tests, patterns, untested } = analysis;
  const general = patterns.filter(({ clusterId }) => clusterId === '');
  const tried = `${failures} failures in ${tries} tries of ${tasks} tasks, looked through ${timeOf(at)} by ${tests} tests`;
  const byReason = Map.groupBy(untested, ({ reason }) => reason);
  const left = [...byReason].map(([reason, keys]) => `${keys.map(({ key }) => key).join(', ')} (${reasons[reason]})`);
  return [
    ...sentence(
      general.length === 0 ? `No configuration goes with failures in general: ${tried}.` : `What failures go with, by ${tried}:`,
    ),
    ...general.flatMap((pattern) => said('pattern', evidenceOf(pattern), columns)),
    ...(left.length === 0 ? [] : said('untested', left.join('; '), columns)),
  ];
}
