import { cellsOf, ofOracle, ofOracleMin, precisionOf, type Recall, type Summary } from './report.ts';
import { sigmas } from './world.ts';

const percent = (share: number | null): string => (share === null || Number.isNaN(share) ? '–' : `${Math.round(100 * share)} %`);
const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');

const recallText = ({ faults, found, oracle, learner }: Recall): string => {
  const share = ofOracle({ faults, found, oracle });
  const missed = share !== null && share < ofOracleMin ? ' ✗' : '';
  return `${found} / ${learner === oracle ? '' : `${learner} / `}${oracle} of ${faults}${missed}`;
};

const days = (minutes: number | null): string => {
  if (minutes === null) return '–';
  return minutes < 120
    ? `${Math.round(minutes)} min`
    : minutes < 2880
      ? `${(minutes / 60).toFixed(1)} h`
      : `${(minutes / 1440).toFixed(1)} d`;
};

/** What the lab has shown, as the tables of docs/BENCHMARKS.md. */
export function labTables({ kinds, faults, compared, ...summary }: Summary): string {
  const byKind = table(
    ['fault', 'found', 'of the oracle’s', 'precision of its kind', 'delay, runs', 'delay', 'alerts a fault'],
    kinds.map(({ kind, recall, precision, delayRuns, delayMinutes, alertsPerFault }) => [
      kind.replaceAll('_', ' '),
      `${recall.found} of ${recall.faults}`,
      percent(ofOracle(recall)),
      percent(precision),
      delayRuns === null ? '–' : `${delayRuns}`,
      days(delayMinutes),
      alertsPerFault.toFixed(2),
    ]),
  );
  const cells = cellsOf(faults).filter(({ sigma }) => sigma !== null);
  const lines = Map.groupBy(cells, ({ kind, size }) => `${kind.replaceAll('_', ' ')}${size === null ? '' : ` × ${size}`}`);
  const bySigma = table(
    ['ours / who must learn / the oracle’s of all', ...sigmas.map((sigma) => `σ ${sigma}`)],
    [...lines].map(([name, own]) => [
      name,
      ...sigmas.map((sigma) => {
        const cell = own.find((each) => each.sigma === sigma);
        return cell === undefined ? '–' : recallText(cell.recall);
      }),
    ]),
  );
  const rules = table(
    ['rule', 'recall', 'its precision', 'ours at that recall', ''],
    compared.map((each) => {
      const [theirs, ours] = [precisionOf(each), precisionOf(each.ours)];
      const reached = each.ours.found < each.found ? ` (recall ${percent(each.ours.found / each.faults)})` : '';
      return [
        each.rule,
        percent(each.found / each.faults),
        percent(theirs),
        percent(ours) + reached,
        ours > theirs ? 'above' : '✗',
      ];
    }),
  );
  const falseText = [...summary.falseByKind].map(([kind, count]) => `${kind} ${(count / summary.weeks).toFixed(2)}`).join(', ');
  const plays = summary.falseByPlay.map((each) => each.toFixed(1)).join(', ');
  return [
    `False alerts a week: ${summary.falsePerWeek.toFixed(2)} (by play ${plays}; ${falseText})`,
    byKind,
    bySigma,
    rules,
  ].join('\n\n');
}
