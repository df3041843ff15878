import { html, raw } from 'hono/html';
import { htmlPartOf } from '../../report/html.ts';
import type { Period } from '../../report/period.ts';
import { reportKinds } from '../../report/period.ts';
import type { Report } from '../../report/report.ts';
import { tell } from '../../report/tell.ts';
import type { Html } from './frame.ts';

const names = { daily: 'Daily', weekly: 'Weekly' } as const;
const addressOf = ({ kind, first }: Pick<Period, 'kind' | 'first'>): string => `/report?kind=${kind}&date=${first}`;

/** A day or a week told, with the ways to others. `next` is null for the present one. */
export function reportPageBody(report: Report, next: Period | null): { title: string; body: Html } {
  const { period, before } = report;
  const document = tell(report, '');
  const what = period.kind === 'daily' ? 'day' : 'week';
  const file = (format: string): string => `/api/v1/reports/${period.kind}?date=${period.first}&format=${format}`;
  const body = html`<nav class="report-ways" aria-label="Reports">
      <span class="kinds"
        >${reportKinds.map((kind) =>
          kind === period.kind
            ? html`<a href="/report?kind=${kind}" aria-current="true">${names[kind]}</a>`
            : html`<a href="/report?kind=${kind}&amp;date=${period.last}">${names[kind]}</a>`,
        )}</span
      >
      <span class="steps"
        ><a href="${addressOf(before)}" rel="prev">← The ${what} before</a>
        ${next === null ? '' : html`<a href="${addressOf(next)}" rel="next">The ${what} after →</a>`}</span
      >
      <form method="get" action="/report">
        <input type="hidden" name="kind" value="${period.kind}" />
        <label>Day<input type="date" name="date" value="${period.first}" required /></label>
        <button>Show</button>
      </form>
    </nav>
    ${raw(htmlPartOf(document))}
    <p class="report-files">
      The same as <a href="${file('markdown')}">Markdown</a>, <a href="${file('html')}">one HTML file</a> or
      <a href="${file('json')}">JSON</a>.
    </p>`;
  return { title: document.title, body };
}
