import { html } from 'hono/html';
import { taskRunUrl } from '../../airflow/deep-links.ts';
import type { DagRun, DagSummary } from '../sources.ts';
import { outside } from './cite.ts';
import type { Html } from './frame.ts';
import { countText, secondsText } from '../../lib/number-text.ts';
import { exactText } from '../../lib/time-text.ts';

const known: Record<string, string> = { success: 'success', failed: 'failed', running: 'running', queued: 'queued' };

const secondsOf = ({ startedAt, endedAt }: DagRun, now: Date): number =>
  startedAt === null ? 0 : ((endedAt ?? now).getTime() - startedAt.getTime()) / 1000;

/** Runs as bars, the newest at the right: the height is how long they took, the colour how they ended. `runs` come newest first. */
export function runStrip(
  runs: readonly DagRun[],
  { height, step, stretch = false, now }: { height: number; step: number; stretch?: boolean; now: Date },
): Html {
  const shown = runs.toReversed();
  const top = Math.max(1, ...shown.map((run) => secondsOf(run, now)));
  const width = Math.max(1, shown.length) * step;
  const failed = shown.filter(({ state }) => state === 'failed').length;
  const bars = shown.map((run, index) => {
    const seconds = secondsOf(run, now);
    const tall = Math.max(3, Math.round((seconds / top) * height));
    const when = run.dueAt ?? run.startedAt;
    const title = `${run.state}, ${seconds === 0 ? 'not started' : secondsText(seconds)}${when === null ? '' : `, ${exactText(when, now)}`}${run.runType === 'scheduled' ? '' : `, ${run.runType}`}`;
    return html`<rect
      class="${known[run.state] ?? ''}"
      x="${index * step}"
      y="${height - tall}"
      width="${step - 2}"
      height="${tall}"
      rx="1"
      ><title>${title}</title></rect
    >`;
  });
  return html`<svg
    class="runs"
    viewBox="0 0 ${width} ${height}"
    width="${width}"
    height="${height}"
    preserveAspectRatio="${stretch ? 'none' : 'xMinYMax'}"
    role="img"
    aria-label="${`the last ${countText(shown.length, 'run')}, ${failed === 0 ? 'none' : failed} of which failed`}"
  >
    ${bars}
  </svg>`;
}

/** The same runs in words, with where Airflow shows each; the newest first. */
export const runTable = (
  runs: readonly DagRun[],
  {
    detail,
    airflow,
    now,
  }: { detail: { summary: Pick<DagSummary, 'dag'> }; airflow: { url: string | null; version: string }; now: Date },
): Html => {
  const { dagId } = detail.summary.dag;
  const linked = ({ runId }: DagRun): Html => {
    const occasion = { runId, mapIndex: null, tryNumber: null };
    const url = airflow.url === null ? null : taskRunUrl(airflow.url, airflow.version, { dagId }, occasion);
    return url === null ? html`${runId}` : outside(url, runId);
  };
  return html`<details class="as-table" id="runs-table">
    <summary>As a table</summary>
    <div class="scroll" tabindex="0" role="region" aria-label="Last runs as a table">
      <table>
        <thead>
          <tr>
            <th scope="col">Run</th>
            <th scope="col">State</th>
            <th scope="col">Started (UTC)</th>
            <th scope="col" class="number">Duration</th>
          </tr>
        </thead>
        <tbody>
          ${runs.map(
            (run) =>
              html`<tr>
                <th scope="row">${linked(run)}</th>
                <td>${run.state}</td>
                <td>${run.startedAt === null ? '–' : run.startedAt.toISOString().slice(0, 19).replace('T', ' ')}</td>
                <td class="number">${run.startedAt === null ? '–' : secondsText(secondsOf(run, now))}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </details>`;
};
