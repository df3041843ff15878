import { html } from 'hono/html';
import type { SlaStatus } from '../../sla/status.ts';
import { badge, severityBadge, type Tone } from './badge.ts';
import type { Html } from './frame.ts';
import { dagPath } from './incident-side.ts';
import { countText, percentText, secondsText, timesText, valueText } from '../../lib/number-text.ts';
import { ago } from './time.ts';

export interface SlaListView {
  query: { state: string; owner: string };
  slas: readonly SlaStatus[];
  /** Address of the next page; null on the last. */
  next: string | null;
  now: Date;
}

const tones: Record<SlaStatus['state'], Tone> = { met: 'good', breached: 'bad', unknown: 'wait' };
const states = ['breached', 'unknown', 'met'];

/** Objectives on their targets: met or not, and how much may still go wrong. */
export function slaList({ query, slas, next, now }: SlaListView): Html {
  const isFiltered = query.state !== '' || query.owner !== '';
  return html`<h1>SLAs <small>as they were last judged</small></h1>
    <form class="filters short" method="get" action="/slas" role="search" aria-label="Filter SLAs">
      <label
        >State<select name="state">
          <option value="">Any</option>
          ${states.map((each) => html`<option value="${each}" ${each === query.state ? 'selected' : ''}>${each}</option>`)}
        </select></label
      >
      <label>Owner<input name="owner" value="${query.owner}" maxlength="500" autocomplete="off" spellcheck="false" /></label>
      <button>Filter</button>
      ${isFiltered ? html`<a class="clear" href="/slas">Clear</a>` : ''}
    </form>
    ${slas.length === 0 ? empty(isFiltered) : slaRows(slas, now)}
    ${next === null ? '' : html`<p class="paging"><a href="${next}" rel="next">More</a></p>`}`;
}

const empty = (isFiltered: boolean): Html =>
  html`<p class="card calm">
    ${
      isFiltered
        ? html`<b>No SLA matches.</b> <a href="/slas">Show all</a>`
        : html`<b>No SLA is configured.</b> Write objectives under <code>slas</code> in the configuration;
            <code>windsock sla</code> explains each in a sentence.`
    }
  </p>`;

/** Objectives as rows; also on the page of a DAG. */
export const slaRows = (slas: readonly SlaStatus[], now: Date): Html =>
  html`<ol class="incidents slas">
    ${slas.map((each) => row(each, now))}
  </ol>`;

function row(sla: SlaStatus, now: Date): Html {
  const { state, severity, dagId, taskId, sentence, standing, since, compliance, objective, budgetLeftRuns } = sla;
  return html`<li class="incident ${state === 'breached' ? severity : ''}">
    <div class="severity">${badge(tones[state], state)}</div>
    <div class="what">
      <b class="headline">${sla.sla}</b>
      <p>${sentence.replace(`${sla.sla}: `, '')}</p>
      <p class="soft">${state === 'unknown' ? 'Not known: ' : ''}${standing}</p>
      <p class="meta">
        ${dagId === '' ? html`<span>all targets together</span>` : html`<span><a href="${dagPath(dagId)}">${dagId}</a>${taskId === '' ? '' : `.${taskId}`}</span>`}
        ${sla.owner === '' ? '' : html`<span>${sla.owner}</span>`}
        <span>${state} since ${ago(since, now)}</span>
        ${state === 'breached' ? html`<span>${severityBadge(severity)}</span>` : ''}
      </p>
    </div>
    <div class="measure"><b>${valueOf(sla)}</b><small>${limitOf(sla)}</small></div>
    <div class="measure">
      <b>${compliance === null ? '–' : percentText(compliance)}</b>
      <small>good, ${percentText(objective)} promised</small>
    </div>
    <div class="measure">
      <b>${leftText(budgetLeftRuns, sla.kind === 'freshness' || sla.kind === 'custom' ? 'slice' : 'run')}</b>
      <small>may still go wrong</small>${burn(sla)}
    </div>
  </li>`;
}

const leftText = (left: number | null, what: string): string =>
  left === null ? '–' : left <= 0 ? `no ${what}` : countText(left, what);

function burn({ burns }: SlaStatus): Html {
  const [worst] = burns.toSorted((a, b) => Number(b.alert !== null) - Number(a.alert !== null) || b.rate - a.rate);
  if (worst === undefined || worst.rate <= 1) return html``;
  const text = `burns ${timesText(worst.rate)}× in ${worst.window}`;
  return worst.alert === null ? html`<small>${text}</small>` : badge(worst.alert === 'page' ? 'bad' : 'warn', text);
}

const inUnit = (value: number, unit: SlaStatus['unit']): string => {
  switch (unit) {
    case 'seconds':
      return secondsText(value);
    case 'ratio':
      return percentText(value);
    case 'value':
      return valueText(value);
  }
};
/** Seconds after its due time are early or late. */
function valueOf({ kind, value, unit }: SlaStatus): string {
  if (value === null) return '–';
  if (kind !== 'deadline') return inUnit(value, unit);
  if (value === 0) return 'in time';
  return value < 0 ? `${secondsText(-value)} early` : `${secondsText(value)} late`;
}
const limitOf = ({ kind, threshold, thresholds, unit }: SlaStatus): string =>
  kind === 'deadline'
    ? 'at the last deadline'
    : [
        `limit ${inUnit(threshold, unit)}`,
        ...thresholds.slice(1).map((each) => `${each.severity} ${inUnit(each.threshold, unit)}`),
      ].join(', ');
