import { html } from 'hono/html';
import { shownOf } from '../../explain/causes.ts';
import type { TaskTry } from '../../measure/read-task.ts';
import { severityBadge, stateBadge, badge } from './badge.ts';
import { citedLines } from './cite.ts';
import { codeChanges } from './code-changes.ts';
import { durationChart, type ChartPoint } from './duration-chart.ts';
import type { Html } from './frame.ts';
import { incidentActs } from './incident-acts.ts';
import { incidentLog } from './incident-log.ts';
import { incidentFacts, incidentImpact, whatChanged } from './incident-side.ts';
import { alertStates, evidenceList, membersOf, similarTo, timeline } from './incident-story.ts';
import type { IncidentView } from './incident-view.ts';
import { incidentWhy, otherCauses } from './incident-why.ts';
import { neighbours } from './neighbours.ts';
import { exactText } from '../../lib/time-text.ts';
import { ago } from './time.ts';
import { headline, kindNames, saidMore } from '../../incident/words.ts';

const pointsMax = 60;

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
    ${alertStates(detail)} ${timeline(detail, now)}`;
}

/** The series that the newest occurrence belongs to, drawn. */
function series({ learned, detail, closer, now }: IncidentView): Html {
  const { incident } = detail;
  const { occasion } = incident.latest;
  const isHere = ({ runPk, tryNumber, mapIndex }: TaskTry): boolean =>
    occasion !== null &&
    runPk === occasion.runPk &&
    (occasion.tryNumber === null || tryNumber === occasion.tryNumber) &&
    (occasion.mapIndex === null || mapIndex === occasion.mapIndex);
  const of = learned.find(({ tries }) => tries.some(isHere)) ?? learned[0];
  if (of === undefined) return html``;
  const ended = of.tries.filter(({ seconds }) => seconds !== null);
  const here = ended.findLastIndex(isHere);
  // What came long after it would push it out of sight.
  const until = here < 0 ? ended.length : Math.min(ended.length, here + pointsMax / 2);
  const points = ended.slice(Math.max(0, until - pointsMax), until).map((each): ChartPoint => ({
    at: each.endedAt,
    seconds: each.seconds ?? 0,
    outcome: each.outcome,
    marked: isHere(each),
  }));
  if (points.length < 2) return html``;
  const { observed, expected } = incident.latest;
  const learnedBand = of.baseline;
  const band =
    expected !== null && observed?.unit === 'seconds' && incident.kind !== 'task_stuck_queued'
      ? expected
      : learnedBand === null
        ? null
        : { lower: learnedBand.lower_seconds, middle: learnedBand.median_seconds, upper: learnedBand.upper_seconds };
  const bad = points.filter(({ outcome }) => outcome !== 'success').length;
  return html`<section class="card" aria-labelledby="durations">
    <h2 id="durations" class="quiet">
      Durations <small>of the last ${points.length} tries${bad === 0 ? '' : `, ${bad} of which failed`}</small>
    </h2>
    ${durationChart({ points, band, versions: codeChanges(closer), now })}
  </section>`;
}
