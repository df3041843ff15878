import { html } from 'hono/html';
import type { KeptLog, ReducedLog } from '../../explain/log/reduced-log.ts';
import type { Html } from './frame.ts';
import { countText } from '../../lib/number-text.ts';

type Line = ReducedLog['lines'][number];

/** What is kept of the log, with a target for each line and the cited ones marked. */
export function incidentLog(log: KeptLog | null | undefined, cited: ReadonlySet<number>): Html {
  if (log === null || log === undefined) return html``;
  if (!log.found)
    return html`<section>
      <h2 id="log">Log</h2>
      <p class="card calm">There is no log: ${log.reason}</p>
    </section>`;
  const { lines, lineCount, place, summary, missing, baselineRuns } = log;
  const redacted = Object.values(log.redactions).reduce((sum, count) => sum + count, 0);
  const held = baselineRuns === 0 ? '' : `, held against ${countText(baselineRuns, 'success', 'successes')}`;
  return html`<section>
    <h2 id="log">
      Log
      <small>${countText(new Set(lines.map(({ line }) => line)).size, 'line')} of ${lineCount.toLocaleString('en')}${held}</small>
    </h2>
    <div class="card">
      <div class="log" tabindex="0" role="region" aria-labelledby="log">
        ${lines.map((line, index) => entry(line, lines[index - 1]?.line ?? 0, cited))}
      </div>
      <p class="log-foot">
        <span>${place}</span> ${summary === '' ? '' : html`<span>${summary}</span>`}
        ${redacted === 0 ? '' : html`<span>${countText(redacted, 'secret')} taken out</span>`}
      </p>
    </div>
    ${missing.length === 0 ? '' : missingLines(missing)}
  </section>`;
}

/** One line, behind what is left out since the one before. A record of several lines has one number: its first carries it. */
function entry({ line, text, why, count = 1 }: Line, before: number, cited: ReadonlySet<number>): Html {
  const id = `L${line}`;
  const gap = line - before - 1;
  const left = gap > 0 ? html`<div class="gap">${countText(gap, 'line')} left out</div>` : '';
  const mark = `entry ${why}${cited.has(line) ? ' cited' : ''}`;
  const often = count > 1 ? html`<small>× ${count}</small>` : '';
  return html`${left}
  ${
    line === before
      ? html`<div class="${mark}"><span></span><code>${text}</code>${often}</div>`
      : html`<div class="${mark}" id="${id}"><a href="#${id}">${line}</a><code>${text}</code>${often}</div>`
  }`;
}

const missingLines = (missing: readonly string[]): Html =>
  html`<details class="card" id="missing">
    <summary>${countText(missing.length, 'line')} that nearly every success has are missing</summary>
    <div class="log">${missing.map((text) => html`<div class="entry"><span></span><code>${text}</code></div>`)}</div>
  </details>`;
