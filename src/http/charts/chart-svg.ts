import { html } from 'hono/html';
import { secondsText } from '../../lib/number-text.ts';
import { spanText } from '../../lib/time-text.ts';
import { chartDrawing, type ChartView } from '../pages/duration-chart.ts';
import type { Html } from '../pages/frame.ts';

const [width, height] = [640, 250] as const;
const top = 34;
const foot = 34;
/** Its numbers are wider here than on a page. */
const left = 10;

// The light colours of the pages' stylesheet: Slack shows an image on white and on black alike.
const style =
  'svg{overflow:visible}text{font-family:Oxygen;font-size:13px;fill:#556170}.head{font-size:14px;fill:#17202b}.grid{stroke:#e0e4e9}rect.band{fill:#cfe3f7;opacity:.75}' +
  '.middle{stroke:#4a6f96;stroke-dasharray:4 4;opacity:.8}circle.success{fill:#4a6f96}path{fill:none;stroke-width:2;stroke-linecap:round}' +
  'path.failure{stroke:#d2382f}path.retry{stroke:#d98a00}.here{stroke:#c2500c;stroke-dasharray:2 3}.ring{fill:none;stroke:#c2500c;stroke-width:2}';

/** The chart of an incident as an image for where no page is: words of ours and numbers alone, nothing that Airflow names. Pure. */
export async function chartSvg(view: ChartView | null): Promise<string> {
  const few = html`<text x="${width / 2}" y="${height / 2}" text-anchor="middle"
    >Too few runs so far to draw their durations</text
  >`;
  return String(
    await html`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
      <style>
        ${style}
      </style>
      <rect width="${width}" height="${height}" fill="#ffffff" />
      ${view === null || view.points.length < 2 ? few : whole(view)}
    </svg>`,
  );
}

function whole(view: ChartView): Html {
  const { points, band } = view;
  const over = spanText((points.at(-1)?.at.getTime() ?? 0) - (points[0]?.at.getTime() ?? 0));
  const [drawn, log] = chartDrawing(view, [width - left, height - top - foot]);
  return html`<text class="head" x="12" y="23"
      >Durations of the last ${points.length} tries, over ${over}${log ? '; logarithmic' : ''}</text
    >
    <g transform="translate(${left} ${top})">${drawn}</g>
    ${legend([
      { shape: html`<circle class="success" cx="0" cy="-4" r="4" />`, text: 'success' },
      ...(['failure', 'retry'] as const)
        .filter((outcome) => points.some((point) => point.outcome === outcome))
        .map((outcome) => ({
          shape: html`<path class="${outcome}" d="M-4 -8l8 8m0-8l-8 8" />`,
          text: outcome === 'failure' ? 'failed' : 'retried',
        })),
      ...(band === null
        ? []
        : [
            {
              shape: html`<rect class="band" x="-6" y="-10" width="12" height="12" />`,
              text: `expected${band.upper === null ? '' : ` up to ${secondsText(band.upper)}`}`,
            },
          ]),
      ...(points.some(({ marked }) => marked)
        ? [{ shape: html`<circle class="ring" cx="0" cy="-4" r="5" />`, text: 'this one' }]
        : []),
    ])}`;
}

/** About what a letter is wide. */
const letterWidth = 7;

function legend(keys: readonly { shape: Html; text: string }[]): Html[] {
  let x = 68;
  return keys.map(({ shape, text }) => {
    const at = x;
    x += 14 + text.length * letterWidth + 22;
    return html`<g transform="translate(${at} ${height - 12})">${shape}<text x="12" y="0">${text}</text></g>`;
  });
}
