import { headline, subjectName } from '../incident/words.ts';
import { countText, secondsText } from '../lib/number-text.ts';
import { changePart, unknownText, wholeText } from './changes.ts';
import type { Block, Section, Span } from './document.ts';
import type { Compared, Report, Short, TookCompared } from './report.ts';
import { moreText } from './tell-incidents.ts';
import type { Links } from './links.ts';

/** What people did: how soon, what not, what they forgot, what they were not told of. */
export function tellPeople(report: Report, links: Links): Section[] {
  const { acknowledge, resolve, ignored, forgotten, quiet, noisiest, period, isOver, madeAt } = report;
  const end = isOver ? period.to : madeAt;
  const told: Block[] = [
    {
      kind: 'table',
      columns: [
        { name: '' },
        { name: 'Incidents', isNumber: true },
        { name: 'Median', isNumber: true },
        { name: 'Mean', isNumber: true },
        { name: 'Mean before', isNumber: true },
      ],
      rows: [tookRow('To acknowledge (MTTA)', acknowledge), tookRow('To resolve (MTTR)', resolve)],
      more: null,
    },
    { kind: 'heading', text: 'Alerts nobody acted on', note: ignoredText(ignored) },
    ...entriesOf(ignored, (incident) => ({
      title: { text: headline(incident), href: links.incident(incident.id) },
      meta: `${incident.severity}, ${incident.state === 'resolved' ? 'went by itself' : 'still open'}`,
      lines: [],
    })),
    {
      kind: 'heading',
      text: 'Forgotten acknowledgements',
      note: `${forgotten.count === 0 ? 'none' : `${wholeText(forgotten.count)} taken up for more than a day and not over`}${(forgotten.givenBack.now ?? 0) === 0 ? '' : `; ${wholeText(forgotten.givenBack.now ?? 0)} given back by Windsock`}`,
    },
    ...entriesOf(forgotten, (incident) => ({
      title: { text: headline(incident), href: links.incident(incident.id) },
      meta: `${incident.severity}, acknowledged ${secondsText((end.getTime() - incident.acknowledgedAt.getTime()) / 1000)} by ${incident.acknowledgedBy}`,
      lines: [],
    })),
  ];
  const suppressed: Block[] =
    quiet.count === 0
      ? []
      : [
          { kind: 'heading', text: 'Not told', note: 'what kept incidents quiet' },
          {
            kind: 'table',
            columns: [{ name: 'Why' }, { name: 'Incidents', isNumber: true }],
            rows: quiet.items.map(({ reason, incidents }) => [{ text: reason }, { text: wholeText(incidents) }]),
            more: moreText(quiet),
          },
        ];
  const noise: Block = {
    kind: 'table',
    columns: [{ name: 'What' }, { name: 'Incidents', isNumber: true }, { name: 'Times', isNumber: true }],
    rows: noisiest.items.map(({ subject, dagId, incidents, times }) => [
      dagId === null ? { text: subjectName(subject) } : { text: subjectName(subject), href: links.dag(dagId) },
      { text: wholeText(incidents) },
      { text: wholeText(times) },
    ]),
    more: moreText(noisiest),
  };
  return [
    { id: 'people', title: 'Who took care', blocks: [...told, ...suppressed] },
    {
      id: 'noisiest',
      title: 'Noisiest',
      blocks:
        noisiest.count === 0
          ? [{ kind: 'text', text: ignored.told.now === null ? 'Who made noise is not known.' : 'Nothing made itself heard.' }]
          : [noise],
    },
  ];
}

const tookRow = (name: string, { count, meanSeconds, medianSeconds }: TookCompared): Span[] => {
  const seconds = (value: number | null, of: Compared): string =>
    value !== null ? secondsText(value) : of.now === 0 ? '–' : unknownText;
  return [
    { text: name },
    { text: count.now === null ? unknownText : wholeText(count.now) },
    { text: seconds(medianSeconds.now, count) },
    { text: seconds(meanSeconds.now, count) },
    { text: meanSeconds.before === null ? (count.before === 0 ? '–' : unknownText) : secondsText(meanSeconds.before) },
  ];
};

const ignoredText = ({ told, compared, count }: Report['ignored']): string =>
  told.now === null
    ? unknownText
    : told.now === 0
      ? 'nobody was told of anything'
      : `${wholeText(count)} of ${countText(told.now, 'alert')}${changePart(compared, wholeText)}`;

function entriesOf<Item>(list: Short<Item>, entry: (item: Item) => { title: Span; meta: string; lines: string[] }): Block[] {
  return list.count === 0 ? [] : [{ kind: 'entries', entries: list.items.map(entry), more: moreText(list) }];
}
