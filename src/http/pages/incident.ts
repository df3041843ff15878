import { html } from 'hono/html';
import { shownOf } from '../../explain/causes.ts';
import { severityBadge, stateBadge, badge } from './badge.ts';
import { citedLines } from './cite.ts';
import { codeChanges } from './code-changes.ts';
import { durationChart } from './duration-chart.ts';
import type { Html } from './frame.ts';
import { incidentActs } from './incident-acts.ts';
import { incidentLog } from './incident-log.ts';
import { seriesOf } from './incident-series.ts';
import { incidentFacts, incidentImpact, whatChanged } from './incident-side.ts';
import { alertStates, evidenceList, membersOf, similarTo, timeline } from './incident-story.ts';
import type { IncidentView } from './incident-view.ts';
import { incidentWhy, otherCauses } from './incident-why.ts';
import { modelCalls } from './model-calls.ts';
import { neighbours } from './neighbours.ts';
import { exactText } from '../../lib/time-text.ts';
import { ago } from './time.ts';
import { headline, kindNames, saidMore } from '../../incident/words.ts';

/** One incident: what broke, why, who is affected and what to do first; then all that is known. */
export function incidentPage(view: IncidentView): Html {
  const { detail, causes, dag, notice, mayWrite, now } = view;
  const { incident, explanation } = detail;
  const { kind, state, alertSeverity, suppression, recurrences, openedAt } = incident;
  const facts = { causes, members: new Map<string, number>(), now };
  const cited = explanation === undefined ? new Set<number>() : citedLines(shownOf(explanation).shown.evidence);
  return html`${notice === null ? '' : html`<p class="note good" role="status">${notice}</p>`}
    <div class="title ${state === 'resolved' ? 'over' : alertSeverity}">
      <p class="marks">
        ${severityBadge(alertSeverity)} ${stateBadge(state)} ${suppression === null ? '' : badge('wait', 'suppressed')}
        <span class="soft"
          >${kindNames[kind]} · opened ${ago(openedAt, now)}${recurrences > 0 ? ` · seen ${recurrences + 1} times` : ''}</span
        >
      </p>
      <h1>${headline(incident)}</h1>
      <p class="said">${saidMore(incident)}</p>
      ${
        suppression === null
          ? ''
          : html`<p class="soft">
              Nobody is told: ${suppression.reason.replaceAll('_', ' ')}
              (${suppression.by})${suppression.until === null ? '' : ` until ${exactText(suppression.until, now)}`}.
            </p>`
      }
    </div>
    <div class="split">
      <div>${incidentWhy(detail, mayWrite, now)}${series(view)}</div>
      <aside aria-label="Summary">
        ${incidentImpact(view)}${incidentFacts(view)}${incidentActs(incident, mayWrite)}${whatChanged(detail)}
      </aside>
    </div>
    ${dag === null ? '' : neighbours({ ...view, dag, incident })} ${membersOf(detail, facts)}
    ${incidentLog(explanation?.log, cited)} ${otherCauses(detail)} ${evidenceList(detail)} ${similarTo(detail, facts)}
    ${modelCalls(detail, now)} ${alertStates(detail)} ${timeline(detail, now)}`;
}

/** The series that the newest occurrence belongs to, drawn. */
function series({ learned, detail, closer, now }: IncidentView): Html {
  const of = seriesOf(learned, detail.incident);
  if (of === null) return html``;
  const bad = of.points.filter(({ outcome }) => outcome !== 'success').length;
  return html`<section class="card" aria-labelledby="durations">
    <h2 id="durations" class="quiet">
      Durations <small>of the last ${of.points.length} tries${bad === 0 ? '' : `, ${bad} of which failed`}</small>
    </h2>
    ${durationChart({ ...of, versions: codeChanges(closer), now })}
  </section>`;
}
