import { isProof, type Block, type ReportDocument, type Span } from './document.ts';

const flat = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();

/**
 * Text as Markdown shows it, whatever it holds: no mark-up, no link, no mention, no beginning of a list or heading. (Escapes before
 * punctuation are CommonMark's; those inside addresses keep GitHub's from becoming links.)
 */
export const escapeMarkdown = (text: string): string =>
  flat(text)
    .replaceAll(/[\\`*_{}[\]<>#|~&!@$]/g, String.raw`\$&`)
    .replaceAll('://', String.raw`\://`)
    .replaceAll(/www\./gi, String.raw`www\.`)
    .replace(/^(\d+)([.)])(?=\s|$)/, String.raw`$1\$2`)
    .replace(/^[-+=:]/, String.raw`\$&`);

/** A line of a log as code, whatever backticks it holds; `|` would end the cell of a table, and is none here. */
function code(text: string): string {
  const line = flat(text);
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return longest === 0 ? `${fence}${line}${fence}` : `${fence} ${line} ${fence}`;
}

const span = ({ text, href }: Span): string =>
  href === undefined ? escapeMarkdown(text) : `[${escapeMarkdown(text)}](<${href}>)`;

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

function block(each: Block): string[] {
  switch (each.kind) {
    case 'text':
      return [escapeMarkdown(each.text), ''];
    case 'heading':
      return [`### ${escapeMarkdown(each.text)}`, '', ...(each.note === '' ? [] : [escapeMarkdown(each.note), ''])];
    case 'entries':
      return [
        ...each.entries.flatMap(({ title, meta, lines }) => [
          `- ${span(title)}: ${escapeMarkdown(meta)}`,
          ...lines.map((line) => `  - ${isProof(line) ? code(line) : escapeMarkdown(line)}`),
        ]),
        ...(each.more === null ? [] : [`- ${escapeMarkdown(each.more)}`]),
        '',
      ];
    case 'table':
      return [
        row(each.columns.map(({ name }) => escapeMarkdown(name))),
        row(each.columns.map(({ isNumber = false }) => (isNumber ? '---:' : '---'))),
        ...each.rows.map((cells) => row(cells.map(span))),
        '',
        ...(each.more === null ? [] : [escapeMarkdown(each.more), '']),
      ];
  }
}

/** A report as Markdown (CommonMark with GitHub's tables). */
export function markdownOf({ title, subtitle, notes, figures, sections }: ReportDocument): string {
  return [
    `# ${escapeMarkdown(title)}`,
    '',
    escapeMarkdown(subtitle),
    '',
    ...notes.flatMap((note) => [`> ${escapeMarkdown(note)}`, '']),
    row(['', 'Now', 'Change']),
    row(['---', '---:', '---']),
    ...figures.map(({ label, value, change }) => row([label, value, change].map(escapeMarkdown))),
    '',
    ...sections.flatMap(({ title: name, blocks }) => [`## ${escapeMarkdown(name)}`, '', ...blocks.flatMap(block)]),
  ].join('\n');
}
