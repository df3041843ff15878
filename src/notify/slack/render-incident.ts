import type { Incident } from '../../incident/incident.ts';
import { endTexts, headline, kindNames, saidMore, spaced, unusual } from '../../incident/words.ts';
import { formatDuration } from '../../lib/durations.ts';
import { countText } from '../../lib/number-text.ts';
import { actions, button, confirm, context, fields, header, image, section } from './blocks.ts';
import { calledOf } from './interaction.ts';
import type { Block, SlackMessage } from './message.ts';
import { code, link, plain, said, time } from './mrkdwn.ts';
import type { IncidentStory, StoryCause } from './story.ts';

export interface RenderContext {
  /** Whether Slack's buttons reach us. */
  interactive: boolean;
  now: Date;
}

// What a part may have at most, so that all of them together stay below 10 000: Slack refuses a message a little above that.
const headerMax = 150;
const stateMax = 300;
const saidMax = 500;
const fieldMax = 260;
const causeMax = 400;
const quotesShown = 3;
const quoteMax = 450;
const partMax = 250;
const partsShown = 3;
const stepsShown = 3;
const stepMax = 250;
const linkMax = 590;
const urlMax = 3000;
const fallbackMax = 600;

const severityIcons: Record<Incident['severity'], string> = { critical: '🚨', error: '🔴', warning: '🟠', info: '🔵' };
const iconOf = ({ state, alertSeverity }: Incident): string => (state === 'resolved' ? '✅' : severityIcons[alertSeverity]);

/** The one message of an incident, as it is now: what, why, who is affected, what to do, where to look. Pure. */
export function renderIncident(story: IncidentStory, { interactive, now }: RenderContext): SlackMessage {
  const { incident, cause, chart } = story;
  const over = incident.state === 'resolved';
  const facts = factsOf(incident, now);
  const more = said(saidMore(incident), saidMax);
  const blocks: (Block | null)[] = [
    header(`${iconOf(incident)} ${plain(`${over ? 'Resolved: ' : ''}${headline(incident)}`, headerMax - 3)}`),
    section([stateLine(story, now), ...(more === '' ? [] : [more])].join('\n')),
    facts.length === 0 ? null : fields(facts),
    chart === null || over || chart.length > urlMax ? null : image(chart, plain(`Durations: ${headline(incident)}`, fieldMax)),
    section(cause === null ? '*Why*\nNot explained yet.' : whyText(cause)),
    told('What changed', story.changed),
    told('Who is affected', [...story.impact, ...consequencesOf(story)]),
    cause === null || over || cause.nextSteps.length === 0 ? null : section(stepsText(cause.nextSteps)),
    context(linksText(story)),
    interactive ? buttonsOf(incident, cause !== null) : null,
  ];
  return { text: fallbackOf(story), blocks: blocks.filter((block) => block !== null) };
}

/** Alone where blocks are not shown: on a lock screen, and in a notification. */
function fallbackOf({ incident, cause }: IncidentStory): string {
  const parts = [
    incident.state === 'open' ? incident.alertSeverity : incident.state,
    `: ${headline(incident)}`,
    cause === null ? `. ${saidMore(incident)}` : `. ${cause.rootCause}`,
  ];
  return `${iconOf(incident)} ${said(parts.join(''), fallbackMax)}`;
}

const span = (from: Date, to: Date): string => formatDuration(Math.max(0, to.getTime() - from.getTime()));

/** Who has it, or how it ended; and while nobody is told, why. */
function stateLine({ incident, ending }: IncidentStory, now: Date): string {
  const { state, openedAt, acknowledgedAt, acknowledgedBy, resolvedAt, endReason, suppression, kind, alertSeverity, first } =
    incident;
  const marks = ` · ${alertSeverity} · ${kindNames[kind]}`;
  const quiet =
    suppression === null || state === 'resolved'
      ? ''
      : `\n🔕 ${said(`Suppressed: ${spaced(suppression.reason)} (${suppression.by})`, stateMax / 2)}${suppression.until === null ? '' : ` until ${time(suppression.until, now)}`}`;
  switch (state) {
    case 'open':
      return `*Open* since ${time(first.since, now)}${marks}${quiet}`;
    case 'acknowledged': {
      const after = acknowledgedAt === null ? '' : `, ${span(openedAt, acknowledgedAt)} after it opened`;
      return `👀 *Acknowledged* by ${said(calledOf(acknowledgedBy ?? 'somebody'), stateMax / 2)}${after}${marks}${quiet}`;
    }
    case 'resolved': {
      const why = ending ?? (endReason === null ? '' : endTexts[endReason]);
      const after = resolvedAt === null ? '' : ` after ${span(openedAt, resolvedAt)}`;
      return `*Resolved*${after}${why === '' ? '' : `: ${said(calledOf(why), stateMax)}`}${marks}`;
    }
  }
}

/** Since when, how unusual, which run, whose. */
function factsOf(incident: Incident, now: Date): string[] {
  const { state, first, latest, recurrences, labels } = incident;
  const { occasion } = latest;
  const how = unusual(incident);
  const tried = occasion?.tryNumber == null ? '' : `, try ${occasion.tryNumber}`;
  const mapped = (occasion?.mapIndex ?? -1) < 0 ? '' : ` [${occasion?.mapIndex}]`;
  const owner = [labels['dag_owner'], labels['team']].filter((name) => name !== undefined).join(', team ');
  const field = (name: string, text: string): string[] => (text === '' ? [] : [`*${name}*\n${text}`]);
  return [
    ...field('Since', state === 'open' ? '' : time(first.since, now)),
    ...field(
      recurrences > 0 && latest.expected === null ? 'How often' : 'How unusual',
      said([how.short, how.more].filter((text) => text !== '').join(', '), fieldMax),
    ),
    ...field('Run', occasion === null ? '' : said(`${occasion.runId}${mapped}${tried}`, fieldMax)),
    ...field('Owner', said(owner, fieldMax)),
  ];
}

/** The cause, how sure that is, and the lines that prove it. */
export function whyText({ category, subcategory, rootCause, certainty, quotes, transient, isOlder }: StoryCause): string {
  const what = category === 'unknown' ? 'unknown cause' : spaced(category);
  const marks = [what, ...(subcategory === '' ? [] : [spaced(subcategory)]), `${certainty} confidence`];
  // What changed and who is affected stand below.
  const proofs = quotes.filter(({ ref }) => ref !== 'E8' && ref !== 'E10').slice(0, quotesShown);
  const lines = proofs.filter(({ ref }) => ref.startsWith('L'));
  const facts = proofs.filter(({ ref }) => ref.startsWith('E'));
  const outlook = transient === 'yes' ? ' Trying again may help.' : transient === 'no' ? ' Trying again will not help.' : '';
  return [
    `*Why*\n${said(rootCause, causeMax)}${outlook}`,
    `_${said(marks.join(' · '), partMax)}${isOlder ? '; of an earlier occurrence' : ''}_`,
    ...facts.map(({ quote }) => `• ${said(quote, quoteMax)}`),
    ...(lines.length === 0
      ? []
      : [
          code(
            lines.map(({ ref, quote }) => `${ref} ${quote}`),
            quoteMax,
          ),
        ]),
  ].join('\n');
}

const told = (title: string, parts: readonly string[]): Block | null =>
  parts.length === 0
    ? null
    : section([`*${title}*`, ...parts.slice(0, partsShown).map((part) => said(part, partMax)), ...rest(parts)].join('\n'));

const rest = (parts: readonly string[]): string[] =>
  parts.length <= partsShown ? [] : [`and ${countText(parts.length - partsShown, 'other')}`];

const consequencesOf = ({ consequences }: IncidentStory): string[] =>
  consequences === 0
    ? []
    : [`${countText(consequences, 'consequence')} ${consequences === 1 ? 'is' : 'are'} part of this incident.`];

const stepsText = (steps: readonly string[]): string =>
  ['*What to do*', ...steps.slice(0, stepsShown).map((step, index) => `${index + 1}. ${said(step, stepMax)}`)].join('\n');

function linksText({ links, incident }: IncidentStory): string {
  const all = [
    link(links.incident, 'Incident', linkMax),
    link(links.run, 'Airflow', linkMax),
    link(links.grafana, 'Grafana', linkMax),
    link(links.runbook, 'Runbook', linkMax),
    links.docs === links.runbook ? null : link(links.docs, 'About this error', linkMax),
  ].filter((each) => each !== null);
  return all.length === 0 ? `Incident ${said(incident.id, fieldMax)}` : all.join('  ·  ');
}

/** What people can do about it by hand. */
function buttonsOf({ id, state }: Incident, explained: boolean): Block | null {
  const acts =
    state === 'resolved'
      ? []
      : [
          state === 'open'
            ? button('acknowledge', 'Acknowledge', id, { style: 'primary' })
            : button('unacknowledge', 'Give back', id),
          button(
            'resolve',
            'Resolve',
            id,
            confirm('Resolve this incident?', 'It stays closed until the same thing happens anew.', 'Resolve'),
          ),
        ];
  const opinions = explained ? [button('right', '👍 Cause is right', id), button('wrong', '👎 Cause is wrong', id)] : [];
  const all = [...acts, ...opinions];
  return all.length === 0 ? null : actions(all);
}
