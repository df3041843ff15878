import { html } from 'hono/html';
import type { Html } from './frame.ts';
import { countText } from '../../lib/number-text.ts';

const dayMs = 86_400_000;

/** Counts of the last `days` days, oldest first; days of which nothing is told have 0. `day` is as 2026-11-26, UTC. */
export function lastDays(told: readonly { day: string; count: number }[], days: number, now: Date): number[] {
  const counts = new Map(told.map(({ day, count }) => [day, count]));
  return Array.from({ length: days }, (_, index) => {
    const day = new Date(now.getTime() - (days - 1 - index) * dayMs).toISOString().slice(0, 10);
    return counts.get(day) ?? 0;
  });
}

/** A trend as bars, one a day; what it says stands beside it for those who do not see it. */
export function trendBars(counts: readonly number[], [width, height]: readonly [number, number]): Html {
  const top = Math.max(1, ...counts);
  const step = width / counts.length;
  const bars = counts.map((count, index) => {
    const tall = count === 0 ? 1 : Math.max(2, Math.round((count / top) * height));
    return html`<rect
      class="${count === 0 ? 'none' : ''}"
      x="${Math.round(index * step * 10) / 10}"
      y="${height - tall}"
      width="${Math.max(1, Math.round((step - 1) * 10) / 10)}"
      height="${tall}"
    />`;
  });
  const sum = counts.reduce((total, count) => total + count, 0);
  return html`<svg
    class="bars"
    viewBox="0 0 ${width} ${height}"
    width="${width}"
    height="${height}"
    role="img"
    aria-label="${`${countText(sum, 'time')} in ${counts.length} days, ${top === 1 && sum === 0 ? 0 : top} a day at most`}"
  >
    ${bars}
  </svg>`;
}
