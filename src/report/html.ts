import { createHash } from 'node:crypto';
import { unknownText } from './changes.ts';
import { isProof, type Block, type Figure, type ReportDocument, type Span } from './document.ts';
import { mailStyle } from './mail-style.ts';

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text as HTML shows it, in elements and in attributes. */
const escapeHtml = (text: string): string => text.replaceAll(/[&<>"']/g, (char) => entities[char] ?? char);

const span = ({ text, href }: Span): string =>
  href === undefined ? escapeHtml(text) : `<a href="${escapeHtml(href)}">${escapeHtml(text)}</a>`;

const detail = (line: string): string =>
  isProof(line) ? `<p><code>${escapeHtml(line)}</code></p>` : `<p>${escapeHtml(line)}</p>`;

const more = (text: string | null): string => (text === null ? '' : `<p class="more">${escapeHtml(text)}</p>`);

function block(each: Block): string {
  switch (each.kind) {
    case 'text':
      return `<p>${escapeHtml(each.text)}</p>`;
    case 'heading':
      return `<h3>${escapeHtml(each.text)}${each.note === '' ? '' : ` <small>${escapeHtml(each.note)}</small>`}</h3>`;
    case 'entries':
      return `<ul class="told">${each.entries
        .map(
          ({ title, meta, lines }) => `<li>${span(title)} <small>${escapeHtml(meta)}</small>${lines.map(detail).join('')}</li>`,
        )
        .join('')}</ul>${more(each.more)}`;
    case 'table': {
      const kind = (index: number): string => (each.columns[index]?.isNumber === true ? ' class="number"' : '');
      const head = each.columns
        .map(({ name }, index) => (name === '' ? '<td></td>' : `<th scope="col"${kind(index)}>${escapeHtml(name)}</th>`))
        .join('');
      const rows = each.rows.map(
        (cells) =>
          `<tr>${cells
            .map((cell, index) =>
              index === 0
                ? `<th scope="row">${span(cell)}</th>`
                : `<td${kind(index)} data-label="${escapeHtml(each.columns[index]?.name ?? '')}">${span(cell)}</td>`,
            )
            .join('')}</tr>`,
      );
      return `<table><thead><tr>${head}</tr></thead><tbody>${rows.join('')}</tbody></table>${more(each.more)}`;
    }
  }
}

const figure = ({ label, value, change, tone }: Figure): string =>
  `<div><dt>${escapeHtml(label)}</dt><dd><b${value === unknownText ? ' class="unknown"' : ''}>${escapeHtml(value)}</b>${change === '' ? '' : `<small class="${tone}">${escapeHtml(change)}</small>`}</dd></div>`;

/** A report as a part of a page; all that others wrote is text. */
export function htmlPartOf({ title, subtitle, notes, figures, sections }: ReportDocument): string {
  return [
    '<article class="report">',
    `<h1>${escapeHtml(title)}</h1><p class="subtitle">${escapeHtml(subtitle)}</p>`,
    notes.length === 0 ? '' : `<ul class="notes">${notes.map((note) => `<li>${escapeHtml(note)}</li>`).join('')}</ul>`,
    `<dl class="figures">${figures.map(figure).join('')}</dl>`,
    ...sections.map(
      ({ id, title: name, blocks }) =>
        `<section aria-labelledby="${id}"><h2 id="${id}">${escapeHtml(name)}</h2>${blocks.map(block).join('')}</section>`,
    ),
    '</article>',
  ].join('\n');
}

/** What may be loaded by a report that stands alone: nothing, and its own style. */
export const mailPolicy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(mailStyle).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** A report as one file, for mail and for keeping: it loads nothing. */
export const htmlOf = (document: ReportDocument): string =>
  [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8" /><meta name="viewport" content="width=device-width, initial-scale=1" />',
    `<title>${escapeHtml(document.title)}</title><style>${mailStyle}</style></head>`,
    `<body><main>${htmlPartOf(document)}</main></body></html>`,
    '',
  ].join('\n');
