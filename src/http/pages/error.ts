import { html } from 'hono/html';
import { evidenceOf } from '../../patterns/advise.ts';
import type { AnalysisReport } from '../../patterns/found.ts';
import type { KeptReport } from '../../patterns/list-clusters.ts';
import type { PatternSources } from '../sources.ts';
import { lastDays, trendBars } from './bars.ts';
import { outside } from './cite.ts';
import type { Html } from './frame.ts';
import { incidentPath } from './incident-rows.ts';
import { dagPath } from './incident-side.ts';
import { countText } from '../../lib/number-text.ts';
import { ago, exact } from './time.ts';
import { spaced } from '../../incident/words.ts';

export interface ErrorView {
  detail: Awaited<ReturnType<PatternSources['cluster']>>;
  /** What failures go with; undefined before the first analysis. */
  analysis: AnalysisReport | undefined;
  now: Date;
}

const placesShown = 20;

/** One cluster: what it is, why, where, what it goes with, and how it was told. */
export function errorPage(view: ErrorView): Html {
  const { detail, now } = view;
  const { cluster, places, days, members } = detail.summary;
  const { type, template, example, count, firstSeenAt, lastSeenAt, cause } = cluster;
  return html`<div class="title">
      <p class="soft">${countText(count, 'time')} · last ${ago(lastSeenAt, now)} · first ${exact(firstSeenAt, now)}</p>
      <h1>${type}</h1>
      <p class="said"><code>${example === '' ? template : example}</code></p>
      ${example === '' || example === template ? '' : html`<p class="soft">all of them: <code>${template}</code></p>`}
    </div>
    <div class="split">
      <div>
        <section class="card why-card" aria-labelledby="why">
          <h2 id="why">Why</h2>
          ${
            cause === null
              ? html`<p class="cause">No explanation yet.</p>`
              : html`<p class="cause">${cause.text}</p>
                  <p class="marks">
                    <span class="badge plain">${spaced(cause.category)}</span>
                    <a href="${incidentPath(cause.incidentId)}">as an incident was explained</a>
                    ${cause.docs === null ? '' : outside(cause.docs, 'read more about this error')}
                  </p>`
          }
        </section>
        ${patterns(view)} ${distinct(view)}
      </div>
      <aside aria-label="Summary">
        <section class="card side" aria-labelledby="trend">
          <h2 id="trend">Last 90 days</h2>
          ${trendBars(lastDays(days, 90, now), [320, 60])}
        </section>
        <section class="card side" aria-labelledby="where">
          <h2 id="where">Where</h2>
          <ul class="list">
            ${places.slice(0, placesShown).map(
              ({ dagId, taskId, count: times }) =>
                html`<li>
                  <span><a href="${dagPath(dagId)}">${dagId}</a>${taskId === '' ? '' : `.${taskId}`}</span>
                  <span class="number">${times.toLocaleString('en')}×</span>
                </li>`,
            )}
          </ul>
          ${members > 1 ? html`<p class="soft">${countText(members, 'distinct error')}</p>` : ''}
        </section>
      </aside>
    </div>
    ${reports(detail.reports, now)}`;
}

/** What the failures of this cluster go with, surest first. */
function patterns({ detail, analysis, now }: ErrorView): Html {
  if (analysis === undefined) return html``;
  const { id } = detail.summary.cluster;
  const found = analysis.patterns.filter(({ clusterId }) => clusterId === id);
  return html`<section class="card why-card" aria-labelledby="patterns">
    <h2 id="patterns">Goes with</h2>
    ${
      found.length === 0
        ? html`<p class="soft">
            No configuration is known to go with it, by ${countText(analysis.tries, 'try', 'tries')}, ${ago(analysis.at, now)}.
          </p>`
        : html`<ul class="list">
            ${found.map(
              (each) =>
                html`<li>
                  <span><b>${each.key} = ${each.value}</b> <small class="soft">${evidenceOf(each)}</small></span>
                </li>`,
            )}
          </ul>`
    }
  </section>`;
}

function distinct({ detail, now }: ErrorView): Html {
  const { members } = detail;
  if (members.length < 2) return html``;
  return html`<section class="card" aria-labelledby="distinct">
    <h2 id="distinct" class="quiet">Distinct errors</h2>
    <ul class="plain-rows">
      ${members.map(
        ({ type, template, frames, count, lastSeenAt }) =>
          html`<li>
            <b>${type}</b> <code>${template}</code>
            <small class="soft"
              >${count.toLocaleString('en')}×,
              ${ago(lastSeenAt, now)}${frames.length === 0 ? '' : `, in ${frames.join(' → ')}`}</small
            >
          </li>`,
      )}
    </ul>
  </section>`;
}

function reports(all: readonly KeptReport[], now: Date): Html {
  if (all.length === 0) return html``;
  return html`<section>
    <h2>Told lately</h2>
    <div class="card">
      ${all.map(({ at, source, message, trace, dagId, taskId, runId }, index) => {
        const where = [dagId, taskId].filter((name) => name !== null && name !== '').join('.');
        return html`<details id="report-${index}">
          <summary>
            <span
              >${exact(at, now)} ${where === '' ? '' : html`<b>${where}</b>`}
              <small
                >${source === 'beacon' ? 'told by a program' : 'from a log'}${runId === null ? '' : `, ${runId}`}</small
              ></span
            >
          </summary>
          <pre>${message}${trace === '' ? '' : `\n\n${trace}`}</pre>
        </details>`;
      })}
    </div>
  </section>`;
}
