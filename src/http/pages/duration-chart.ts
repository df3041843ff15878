import { html } from 'hono/html';
import type { Html } from './frame.ts';
import { secondsText } from '../../lib/number-text.ts';
import { agoText } from '../../lib/time-text.ts';

/** One try, oldest first. */
export interface ChartPoint {
  at: Date;
  seconds: number;
  outcome: 'success' | 'failure' | 'retry';
  /** The one that the page is about. */
  marked: boolean;
}

export interface ChartView {
  points: readonly ChartPoint[];
  /** Where durations are expected; an open side is null. */
  band: { lower: number | null; middle: number; upper: number | null } | null;
  /** Since when which code of the DAG is in force, in any order; those from before the first point are not drawn. */
  versions?: readonly CodeChange[];
  /** Of this chart alone on its page; it begins the ids of its parts. */
  name?: string;
  now: Date;
}

/** A version of a DAG's code. */
export interface CodeChange {
  at: Date;
  /** `v14`, or a commit; empty where Airflow numbers none. */
  name: string;
}

/** Before which point each version begins, in the order of time; of several before one point the newest stands for all. Pure. */
export function versionMarks(
  points: readonly Pick<ChartPoint, 'at'>[],
  versions: readonly CodeChange[],
): { before: number; name: string }[] {
  const marks = new Map<number, string>();
  for (const { at, name } of versions.toSorted((a, b) => a.at.getTime() - b.at.getTime())) {
    const before = points.findIndex((point) => point.at >= at);
    // One that is newer than all points has run nothing yet.
    if (before > 0) marks.set(before, name);
  }
  let named = -Infinity;
  return [...marks].map(([before, name]) => {
    const fits = before - named >= namesApart;
    if (fits) named = before;
    return { before, name: fits ? name : '' };
  });
}

const steps = [
  0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400, 172_800, 604_800,
];
/** Above this spread the small ones would lie on the ground: then the axis is logarithmic. */
const spreadMax = 12;
const ticksMax = 4;
/** Names of versions that stand nearer, in points, would lie on each other: some DAGs get a version with every run. */
const namesApart = 6;

interface Scale {
  /** Share of the height, 0 at the bottom. */
  share: (seconds: number) => number;
  ticks: number[];
  log: boolean;
}

/** The axis of durations. Pure. */
export function scaleOf(values: readonly number[]): Scale {
  const top = Math.max(...values, 0.1) * 1.1;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)] ?? top;
  if (middle > 0 && top / middle > spreadMax) {
    const floor = Math.max(0.1, Math.min(...values.filter((value) => value > 0)) * 0.7);
    const width = Math.log(top / floor);
    const inside = steps.filter((step) => step >= floor && step <= top);
    const every = Math.max(1, Math.ceil(inside.length / (ticksMax + 1)));
    return {
      share: (seconds) => (seconds <= floor ? 0 : Math.log(seconds / floor) / width),
      ticks: inside.filter((_, index) => index % every === 0),
      log: true,
    };
  }
  const step = steps.find((each) => top / each <= ticksMax) ?? top / ticksMax;
  return {
    share: (seconds) => Math.max(0, seconds) / top,
    ticks: Array.from({ length: Math.floor(top / step) + 1 }, (_, index) => index * step),
    log: false,
  };
}

const margin = { left: 52, right: 12, top: 14, bottom: 8 };

function drawing(
  { points, band, versions = [] }: ChartView,
  scale: Scale,
  [width, height]: readonly [number, number],
  look: string,
): Html {
  const x = (index: number): number =>
    Math.round((margin.left + ((width - margin.left - margin.right) * (index + 0.5)) / points.length) * 10) / 10;
  const y = (seconds: number): number =>
    Math.round((height - margin.bottom - (height - margin.top - margin.bottom) * Math.min(1, scale.share(seconds))) * 10) / 10;
  const right = width - margin.right;
  const grid = scale.ticks.map(
    (tick) =>
      html`<line class="grid" x1="${margin.left}" x2="${right}" y1="${y(tick)}" y2="${y(tick)}" />
        <text x="${margin.left - 8}" y="${y(tick) + 4}" text-anchor="end">${tick === 0 ? '0' : secondsText(tick)}</text>`,
  );
  return html`<svg class="${look}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" aria-hidden="true">
    ${grid} ${band === null ? '' : bandShape(band, y, right, height)}
    ${versionMarks(points, versions).map(({ before, name }) => versionLine(name, (x(before - 1) + x(before)) / 2, height))}
    ${points.map((point, index) => mark(point, x(index), y(point.seconds), height))}
    ${points.map((point, index) => target(point, x(index), (right - margin.left) / points.length, height))}
  </svg>`;
}

const versionLine = (name: string, x: number, height: number): Html =>
  html`<line class="version" x1="${x}" x2="${x}" y1="${margin.top}" y2="${height - margin.bottom}" />
    <text class="version" x="${x}" y="${margin.top - 3}" text-anchor="middle">${name}</text>`;

/** All above and below a point says what the point says: a point is small for a pointer. */
function target({ outcome, seconds, at }: ChartPoint, x: number, width: number, height: number): Html {
  const title = `${secondsText(seconds)}, ${outcome}, ${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return html`<rect
    class="target"
    x="${Math.round((x - width / 2) * 10) / 10}"
    width="${Math.round(width * 10) / 10}"
    y="0"
    height="${height}"
    fill="transparent"
    ><title>${title}</title></rect
  >`;
}

function bandShape(
  { lower, middle, upper }: NonNullable<ChartView['band']>,
  y: (seconds: number) => number,
  right: number,
  height: number,
): Html {
  const [high, low] = [upper === null ? margin.top : y(upper), lower === null ? height - margin.bottom : y(lower)];
  return html`<rect
      class="band"
      x="${margin.left}"
      width="${right - margin.left}"
      y="${high}"
      height="${Math.max(1, low - high)}"
    />
    <line class="middle" x1="${margin.left}" x2="${right}" y1="${y(middle)}" y2="${y(middle)}" />`;
}

function mark({ outcome, marked }: ChartPoint, x: number, y: number, height: number): Html {
  const line = marked ? html`<line class="here" x1="${x}" x2="${x}" y1="${margin.top}" y2="${height - margin.bottom}" />` : '';
  const shape =
    outcome === 'success'
      ? html`<circle class="success" cx="${x}" cy="${y}" r="${marked ? 5 : 3.2}" />`
      : html`<path class="${outcome}" d="M${x - 4} ${y - 4}l8 8m0-8l-8 8" />`;
  const ring = marked ? html`<circle class="ring" cx="${x}" cy="${y}" r="9" />` : '';
  return html`${line}${shape}${ring}`;
}

const scaleFor = ({ points, band }: ChartView): Scale => {
  const edges = band === null ? [] : [band.lower, band.middle, band.upper].filter((edge) => edge !== null);
  return scaleOf([...points.map(({ seconds }) => seconds), ...edges]);
};

/** The drawing alone, for an image, and whether its axis is logarithmic. */
export function chartDrawing(view: ChartView, size: readonly [width: number, height: number]): [Html, boolean] {
  const scale = scaleFor(view);
  return [drawing(view, scale, size, ''), scale.log];
}

/** Durations of the last tries against what is expected, as a drawing of the server's; the table says the same. */
export function durationChart(view: ChartView): Html {
  const { points, band, versions = [], name = 'durations', now } = view;
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || points.length < 2) return html``;
  const scale = scaleFor(view);
  return html`<figure class="chart">
    ${drawing(view, scale, [960, 220], 'wide')}${drawing(view, scale, [350, 190], 'narrow')}
    <div class="axis"><span>${agoText(first.at, now)}</span><span>${agoText(last.at, now)}</span></div>
    <figcaption>
      <span class="key success">success</span>
      ${points.some(({ outcome }) => outcome === 'failure') ? html`<span class="key failure">failed</span>` : ''}
      ${points.some(({ outcome }) => outcome === 'retry') ? html`<span class="key retry">retried</span>` : ''}
      ${band === null ? '' : html`<span class="key band">expected${band.upper === null ? '' : ` up to ${secondsText(band.upper)}`}</span>`}
      ${points.some(({ marked }) => marked) ? html`<span class="key here">this one</span>` : ''}
      ${versionMarks(points, versions).length > 0 ? html`<span class="key version">new version of the DAG</span>` : ''}
      ${scale.log ? html`<span>logarithmic</span>` : ''}
    </figcaption>
    ${asTable(points, name)}
  </figure>`;
}

const asTable = (points: readonly ChartPoint[], name: string): Html =>
  html`<details class="as-table" id="${name}-table">
    <summary>As a table</summary>
    <div class="scroll" tabindex="0" role="region" aria-label="${name} as a table">
      <table>
        <thead>
          <tr>
            <th scope="col">Ended (UTC)</th>
            <th scope="col">Outcome</th>
            <th scope="col" class="number">Duration</th>
          </tr>
        </thead>
        <tbody>
          ${points.toReversed().map(
            ({ at, outcome, seconds, marked }) =>
              html`<tr class="${marked ? 'marked' : ''}">
                <td>${at.toISOString().slice(0, 19).replace('T', ' ')}</td>
                <td>${outcome}${marked ? ' (this one)' : ''}</td>
                <td class="number">${secondsText(seconds)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </details>`;
