import { isProof, type Block as Told, type ReportDocument, type Section, type Span } from '../../report/document.ts';
import { context, fields, header, section } from './blocks.ts';
import type { Block, SlackMessage } from './message.ts';
import { code, link, plain, said } from './mrkdwn.ts';

const headerMax = 150;
const lineMax = 300;
const nameMax = 200;
const linkMax = 600;
const proofMax = 300;
/** Slack takes 10 fields in a section, 3 000 characters in a text, and refuses a message of much more than 10 000. */
const fieldsMax = 10;
const sectionMax = 2800;
const messageMax = 9000;
/** Of each list so many; the rest stands in the report. */
const entriesMax = 3;
const rowsMax = 3;

/** A report as one message: what stands at its top, then section by section as far as a message goes, and where all of it is. Pure. */
export function renderReport(document: ReportDocument, url: string): SlackMessage {
  const { title, subtitle, notes, figures, sections } = document;
  const top: Block[] = [
    header(plain(title, headerMax)),
    context(said(subtitle, lineMax)),
    ...(notes.length === 0 ? [] : [section(notes.map((note) => `⚠️ ${said(note, lineMax)}`).join('\n'))]),
    fields(
      figures
        .slice(0, fieldsMax)
        .map(
          ({ label, value, change }) =>
            `*${said(label, 80)}*\n${said(value, 80)}${change === '' ? '' : ` · ${said(change, 120)}`}`,
        ),
    ),
  ];
  let length = lengthOf(top);
  const rest: Block[] = [];
  for (const each of sections) {
    const block = section(sectionText(each));
    if (length + lengthOf([block]) > messageMax) break;
    length += lengthOf([block]);
    rest.push(block);
  }
  const left = sections.length - rest.length;
  const whole = link(url, left === 0 ? 'The report' : `The report, with ${left} parts more`, linkMax);
  return { text: said(`${title}. ${subtitle}`, 600), blocks: [...top, ...rest, ...(whole === null ? [] : [context(whole)])] };
}

const lengthOf = (blocks: readonly Block[]): number => JSON.stringify(blocks).length;

/** One section as text, line by line as far as a text goes. */
function sectionText({ title, blocks }: Section): string {
  let text = `*${said(title, nameMax)}*`;
  for (const line of blocks.flatMap(linesOf)) {
    if (text.length + line.length + 1 > sectionMax) return `${text}\n…`;
    text += `\n${line}`;
  }
  return text;
}

function linesOf(block: Told): string[] {
  switch (block.kind) {
    case 'text':
      return [said(block.text, lineMax)];
    case 'heading':
      return [`*${said(block.text, nameMax)}*${block.note === '' ? '' : ` · ${said(block.note, lineMax)}`}`];
    case 'entries':
      return [
        ...block.entries
          .slice(0, entriesMax)
          .flatMap(({ title, meta, lines }) => [
            `• ${spanText(title)} · ${said(meta, nameMax)}`,
            ...lines.map((line) => (isProof(line) ? code([line], proofMax) : said(line, lineMax))),
          ]),
        ...restText(block.entries.length - entriesMax, block.more),
      ];
    case 'table':
      return [
        ...block.rows.slice(0, rowsMax).map((cells) => {
          const [name = { text: '' }, ...others] = cells;
          const told = others.map(
            (cell, index) => `${said(block.columns[index + 1]?.name.toLowerCase() ?? '', 80)} ${said(cell.text, 80)}`,
          );
          return `• ${spanText(name)}: ${told.join(', ')}`;
        }),
        ...restText(block.rows.length - rowsMax, block.more),
      ];
  }
}

const spanText = ({ text, href }: Span): string =>
  (href === undefined ? null : link(href, said(text, nameMax), linkMax)) ?? said(text, nameMax);

/** That there is more than what is shown here. */
const restText = (hidden: number, more: string | null): string[] =>
  hidden <= 0 ? (more === null ? [] : [said(more, nameMax)]) : [more === null ? `and ${hidden} more` : 'and more'];
