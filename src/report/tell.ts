import { instantOf, localTime, monthNames } from '../lib/calendar.ts';
import { secondsText, percentText, valueText } from '../lib/number-text.ts';
import { redact } from '../redact/redact.ts';
import { figure, wholeText, type Better } from './changes.ts';
import type { Block, Figure, ReportDocument, Section, Span } from './document.ts';
import { linksTo } from './links.ts';
import type { Period } from './period.ts';
import type { Report, TookCompared } from './report.ts';
import { tellFailures, tellSlower } from './tell-incidents.ts';
import { tellPeople } from './tell-people.ts';
import { tellSlas } from './tell-slas.ts';
import { tellModels, tellTries } from './tell-tries.ts';

/** A report in words. `base` stands before the addresses of pages: empty on a page itself. */
export function tell(report: Report, base: string): ReportDocument {
  const { period, deployment, madeAt } = report;
  const clock = localTime(madeAt, period.timeZone);
  const time = `${String(Math.floor(clock.minuteOfDay / 60)).padStart(2, '0')}:${String(clock.minuteOfDay % 60).padStart(2, '0')}`;
  const links = linksTo(base);
  return cleaned({
    title: `${period.kind === 'daily' ? 'Daily' : 'Weekly'} report: ${periodText(period)}`,
    subtitle: `Airflow “${deployment}”, days of ${period.timeZone}; as of ${clock.date} ${time}`,
    notes: notesOf(report),
    figures: comparable(figuresOf(report), report),
    sections: [
      tellFailures(report, links),
      tellSlower(report, links),
      tellSlas(report, links),
      ...tellPeople(report, links),
      ...tellTries(report, links),
      ...tellModels(report),
    ],
  });
}

const dayNames = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

const dayText = (date: string): string =>
  `${Number(date.slice(8))} ${monthNames[Number(date.slice(5, 7)) - 1]} ${date.slice(0, 4)}`;

/** `Wednesday, 25 November 2026`, `16 to 22 November 2026`. */
function periodText({ kind, first, last }: Pick<Period, 'kind' | 'first' | 'last'>): string {
  if (kind === 'daily') return `${dayNames[instantOf(first, 720, 'UTC').getUTCDay()]}, ${dayText(first)}`;
  const [from, to] = [dayText(first), dayText(last)];
  const words = from.split(' ');
  const kept = first.slice(0, 7) === last.slice(0, 7) ? 1 : first.slice(0, 4) === last.slice(0, 4) ? 2 : 3;
  return `${words.slice(0, kept).join(' ')} to ${to}`;
}

/** What the reader has to know of what is missing. */
function notesOf({ period, before, isOver, triesSince, incidentsSince, failures, models }: Report): string[] {
  const what = period.kind === 'daily' ? 'day' : 'week';
  const since = (at: Date): string => localTime(at, period.timeZone).date;
  const notes: string[] = [];
  if (!isOver) notes.push(`This ${what} is not over: it tells what was until now, and compares nothing.`);
  if (incidentsSince === null || incidentsSince >= period.to)
    notes.push(`Nothing is known of this ${what}: Windsock was not watching yet, or its rows are gone.`);
  else if (incidentsSince > period.from)
    notes.push(`Windsock watches since ${since(incidentsSince)}: this ${what} is not whole.`);
  else if (isOver && incidentsSince > before.from)
    notes.push(`Windsock watches since ${since(incidentsSince)}: there is no whole ${what} before to compare with.`);
  if (
    triesSince !== null &&
    incidentsSince !== null &&
    triesSince > period.from &&
    since(triesSince) !== since(incidentsSince) &&
    triesSince < period.to
  )
    notes.push(`Tries are counted since ${since(triesSince)}.`);
  if (failures.unread > 0)
    notes.push(`${wholeText(failures.unread)} incidents of the mildest are counted and not looked at one by one.`);
  if (models.isCut) notes.push('Not all calls of language models are kept that long: what they took is a lower bound.');
  return notes;
}

/** Where nothing took any time there is none to show. */
function tookFigure(label: string, { count, medianSeconds }: TookCompared): Figure {
  if (count.now === 0) return { label, value: '–', change: 'there was none', tone: 'flat' };
  return figure(label, medianSeconds, { better: 'less', show: secondsText });
}

/** Where no number has one to be compared with, a note says so, and not each of them. */
const comparable = (figures: Figure[], { isOver, before, incidentsSince }: Report): Figure[] =>
  isOver && incidentsSince !== null && incidentsSince <= before.from
    ? figures
    : figures.map((each) => ({ ...each, change: each.value === '–' ? each.change : '' }));

/** The first look: a dozen numbers and which way they go. */
function figuresOf(report: Report): Figure[] {
  const { failures, slower, tries, acknowledge, resolve, slas, ignored, models } = report;
  const { counts } = slas;
  const of = (better: Better, show: (value: number) => string = wholeText, isShare = false) => ({ better, show, isShare });
  const slasBelow = { now: counts.judged > 0 ? counts.below : null, before: counts.judgedBefore > 0 ? counts.belowBefore : null };
  return [
    figure('Incidents of failure', failures.incidents, of('less')),
    figure('Tasks that succeeded', tries.successRatio, of('more', percentText, true)),
    figure('Incidents of slowness', slower.incidents.compared, of('less')),
    ...(counts.targets === 0
      ? []
      : [figure('SLAs below their promise', report.isOver ? slasBelow : { ...slasBelow, before: null }, of('less'))]),
    tookFigure('Time to acknowledge, median', acknowledge),
    tookFigure('Time to resolve, median', resolve),
    figure('Alerts nobody acted on', ignored.compared, of('less')),
    figure('Spent on failed tries', tries.failedSeconds, of('less', secondsText)),
    ...(models.byModel.length === 0 ? [] : [figure('Cost of language models', models.cost, of('less', valueText))]),
  ];
}

/** What steers a terminal, or turns the direction of text, says nothing. */
const controls = /[\p{Cc}\u202a-\u202e\u2066-\u2069]+/gu;
/** Longer than any name that Airflow takes, and than any sentence of ours. */
const textMax = 600;

function clean(text: string): string {
  const shown = redact(text.slice(0, 8 * textMax)).replaceAll(controls, ' ');
  return shown.length > textMax ? `${shown.slice(0, textMax).toWellFormed()}…` : shown;
}

/** Every text without secrets and controls: names of DAGs and sentences about them come from others. */
function cleaned(document: ReportDocument): ReportDocument {
  const span = ({ text, ...rest }: Span): Span => ({ ...rest, text: clean(text) });
  const block = (each: Block): Block => {
    switch (each.kind) {
      case 'text':
        return { ...each, text: clean(each.text) };
      case 'heading':
        return { ...each, text: clean(each.text), note: clean(each.note) };
      case 'entries':
        return {
          ...each,
          entries: each.entries.map(({ title, meta, lines }) => ({
            title: span(title),
            meta: clean(meta),
            lines: lines.map(clean),
          })),
        };
      case 'table':
        return { ...each, rows: each.rows.map((row) => row.map(span)) };
    }
  };
  return {
    ...document,
    subtitle: clean(document.subtitle),
    sections: document.sections.map(({ blocks, ...rest }): Section => ({ ...rest, blocks: blocks.map(block) })),
  };
}
