import { headline, kindNames, spaced, withoutHeadline } from '../incident/words.ts';
import { localTime } from '../lib/calendar.ts';
import { countText, secondsText, timesText } from '../lib/number-text.ts';
import { changePart, countChange, wholeText } from './changes.ts';
import type { Block, Section, Span } from './document.ts';
import type { CauseGroup, Report, Short, ToldIncident } from './report.ts';
import type { Links } from './links.ts';

/** `and 37 more`; null where all are shown. */
export const moreText = ({ items, count }: Short<unknown>): string | null =>
  count > items.length ? `and ${wholeText(count - items.length)} more` : null;

/** A task, with where it is shown. */
export const taskSpan = ({ dagId, taskId }: { dagId: string; taskId: string }, links: Links, mapped = ''): Span => ({
  text: `${dagId}.${taskId}${mapped === '' ? '' : ` [${mapped}]`}`,
  href: links.task(dagId, taskId),
});

/** What failed and why, by kinds of causes. */
export function tellFailures({ failures }: Report, links: Links): Section {
  const { incidents, groups } = failures;
  const text =
    incidents.now === null
      ? 'What failed is not known.'
      : incidents.now === 0
        ? `Nothing failed${changePart(incidents, wholeText)}.`
        : `${countChange(incidents, 'incident')}.`;
  return {
    id: 'failed',
    title: 'What failed and why',
    blocks: [{ kind: 'text', text }, ...groups.flatMap((group) => tellGroup(group, links))],
  };
}

const categoryName = (category: CauseGroup['category']): string => {
  const words = category === 'unknown' ? 'cause not known' : spaced(category);
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
};

const tellGroup = (group: CauseGroup, links: Links): Block[] => [
  { kind: 'heading', text: categoryName(group.category), note: countChange(group.incidents, 'incident') },
  tellMany(group, links),
];

/** Incidents one by one: what, how bad, why, and the line that proves it. */
const tellMany = (incidents: Short<ToldIncident>, links: Links): Block => ({
  kind: 'entries',
  entries: incidents.items.map((incident) => ({
    title: { text: headline(incident), href: links.incident(incident.id) },
    meta: [
      incident.severity,
      incident.state === 'resolved' && incident.resolvedAt !== null
        ? `over after ${secondsText((incident.resolvedAt.getTime() - incident.openedAt.getTime()) / 1000)}`
        : incident.state,
      ...(incident.recurrences === 0 ? [] : [`seen ${incident.recurrences + 1} times`]),
    ].join(', '),
    lines: causeLines(incident),
  })),
  more: moreText(incidents),
});

/** Why, and what proves it, without what the headline says already. */
function causeLines({ cause, ...incident }: ToldIncident): string[] {
  if (cause === null) return [];
  const why = withoutHeadline(incident, cause.cause);
  const [, ref = '', quote = ''] = /^([LE]\d+): (.*)$/s.exec(cause.proof ?? '') ?? [];
  const proof = withoutHeadline(incident, quote);
  const isNew = proof !== '' && !why.includes(proof);
  return [`${why} (${cause.certainty} confidence)`, ...(isNew ? [`${ref}: ${proof}`] : [])];
}

/** What became slower: new levels, incidents, tasks whose median rose. */
export function tellSlower({ slower, tries, period }: Report, links: Links): Section {
  const { shifts, incidents, tasks } = slower;
  const blocks: Block[] = [];
  if (shifts.count > 0) {
    blocks.push({
      kind: 'heading',
      text: 'New levels',
      note: countChange(shifts.compared, 'task that stays slower', 'tasks that stay slower'),
    });
    blocks.push({
      kind: 'table',
      columns: [{ name: 'Task' }, { name: 'From', isNumber: true }, { name: 'To', isNumber: true }, { name: 'Since' }],
      rows: shifts.items.map(({ mapped, fromSeconds, toSeconds, at, ...task }) => [
        taskSpan(task, links, mapped),
        { text: secondsText(fromSeconds) },
        { text: secondsText(toSeconds) },
        { text: localTime(at, period.timeZone).date },
      ]),
      more: moreText(shifts),
    });
  }
  if (tasks.count > 0) {
    blocks.push({
      kind: 'heading',
      text: 'Tasks whose median rose',
      note: 'against the period before, and against their baseline; by what it cost',
    });
    blocks.push({
      kind: 'table',
      columns: [
        { name: 'Task' },
        { name: 'Median', isNumber: true },
        { name: 'Before', isNumber: true },
        { name: 'Baseline', isNumber: true },
        { name: 'Cost', isNumber: true },
      ],
      rows: tasks.items.map(({ now, before, baseline, lostSeconds, ...task }) => [
        taskSpan(task, links),
        { text: `${secondsText(now.seconds)} (${timesText(now.seconds / before.seconds)}×)` },
        { text: secondsText(before.seconds) },
        { text: baseline === null ? '–' : secondsText(baseline.seconds) },
        { text: `${secondsText(lostSeconds)} in ${countText(now.n, 'try', 'tries')}` },
      ]),
      more: moreText(tasks),
    });
  }
  if (incidents.count > 0) {
    const kinds = [...new Set(incidents.items.map(({ kind }) => kindNames[kind].toLowerCase()))].join(', ');
    blocks.push({ kind: 'heading', text: 'Incidents', note: `${countChange(incidents.compared, 'incident')}: ${kinds}` });
    blocks.push(tellMany(incidents, links));
  }
  if (incidents.compared.now === null) blocks.push({ kind: 'text', text: 'What became slower is not known.' });
  else if (blocks.length === 0) blocks.push({ kind: 'text', text: 'Nothing became slower.' });
  if (tries.seconds.now !== null && tries.seconds.before === null)
    blocks.push({ kind: 'text', text: 'Medians of tasks have nothing to be compared with.' });
  return { id: 'slower', title: 'What is slower', blocks };
}
