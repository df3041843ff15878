import { countText, percentText } from '../lib/number-text.ts';
import { wholeText } from './changes.ts';
import type { Section, Span } from './document.ts';
import type { Report } from './report.ts';
import { moreText } from './tell-incidents.ts';
import type { Links } from './links.ts';

/** How SLAs were kept, the furthest below its promise first. */
export function tellSlas({ slas }: Report, links: Links): Section {
  const { counts, items } = slas;
  const title = 'SLAs';
  if (counts.targets === 0)
    return { id: 'slas', title, blocks: [{ kind: 'text', text: 'No SLA is configured, or none was judged yet.' }] };
  const place = ({ dagId, taskId }: (typeof items)[number]): string =>
    dagId === '' ? 'all together' : taskId === '' ? dagId : `${dagId}.${taskId}`;
  const kept = (total: number, bad: number): string => (total === 0 ? '–' : percentText((total - bad) / total));
  return {
    id: 'slas',
    title,
    blocks: [
      {
        kind: 'text',
        text: `${wholeText(counts.judged - counts.below)} of ${countText(counts.judged, 'target')} kept their promise${counts.judgedBefore === 0 ? '' : `, ${wholeText(counts.judgedBefore - counts.belowBefore)} of ${wholeText(counts.judgedBefore)} the period before`}${counts.targets > counts.judged ? `; of ${wholeText(counts.targets - counts.judged)} nothing was counted` : ''}.`,
      },
      {
        kind: 'table',
        columns: [
          { name: 'SLA' },
          { name: 'On' },
          { name: 'Good', isNumber: true },
          { name: 'Before', isNumber: true },
          { name: 'Promised', isNumber: true },
          { name: 'Left now', isNumber: true },
        ],
        rows: items.map((each): Span[] => [
          { text: each.sla },
          each.dagId === '' ? { text: place(each) } : { text: place(each), href: links.dag(each.dagId) },
          { text: kept(each.total, each.bad) },
          { text: kept(each.totalBefore, each.badBefore) },
          { text: percentText(each.objective) },
          { text: leftText(each) },
        ]),
        more: moreText(slas),
      },
    ],
  };
}

/** What may still go wrong: runs, or slices of time where time is judged. */
const leftText = ({ kind, budgetLeftRuns }: Report['slas']['items'][number]): string => {
  if (budgetLeftRuns === null) return '–';
  const what = kind === 'freshness' || kind === 'custom' ? 'slice' : 'run';
  return budgetLeftRuns < 0
    ? `${countText(-budgetLeftRuns, what)} over`
    : budgetLeftRuns === 0
      ? `no ${what}`
      : countText(budgetLeftRuns, what);
};
