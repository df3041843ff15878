import { countText, percentText, timesText } from '../lib/number-text.ts';
import type { Figure, Tone } from './document.ts';
import type { Compared } from './report.ts';

/** Which way is good. */
export type Better = 'less' | 'more' | 'neither';

/** A count, in full. */
export const wholeText = (count: number): string => Math.round(count).toLocaleString('en');

/** What to say where nothing can be said. */
export const unknownText = 'not enough data';

function toneOf({ now, before }: Compared, better: Better): Tone {
  if (now === null || before === null || now === before || better === 'neither') return 'flat';
  return now < before === (better === 'less') ? 'good' : 'bad';
}

/** How a number changed: `▲ 25 % (12 before)`; where it is not known why. Of a share the difference in points. */
export function changeText({ now, before }: Compared, show: (value: number) => string, isShare = false): string {
  if (now === null) return '';
  if (before === null) return 'nothing to compare with';
  if (now === before) return 'as before';
  const arrow = now > before ? '▲' : '▼';
  if (isShare)
    return `${arrow} ${countText(Number((Math.abs(now - before) * 100).toPrecision(2)), 'point')} (${show(before)} before)`;
  if (before === 0) return `${arrow} from none`;
  const ratio = Math.abs(now - before) / before;
  if (ratio >= 0.995 && now > before) return `${arrow} ${timesText(now / before)}× (${show(before)} before)`;
  // Two digits, but what is not all gone has not fallen by 100 %.
  const rounded = Number(ratio.toPrecision(2));
  return `${arrow} ${percentText(rounded === 1 ? ratio : rounded)} (${show(before)} before)`;
}

/** A number with how it changed. */
export function figure(
  label: string,
  of: Compared,
  { better, show = wholeText, isShare = false }: { better: Better; show?: (value: number) => string; isShare?: boolean },
): Figure {
  return {
    label,
    value: of.now === null ? unknownText : show(of.now),
    change: changeText(of, show, isShare),
    tone: toneOf(of, better),
  };
}

/** `12 incidents; ▲ 20 % (10 before)` as a part of a sentence. */
export function countChange(of: Compared, one: string, many = `${one}s`): string {
  return of.now === null ? unknownText : `${countText(of.now, one, many)}${changePart(of, wholeText)}`;
}

/** What stands behind a number in a sentence; nothing where there is nothing to compare with, which a note tells once. */
export const changePart = (of: Compared, show: (value: number) => string): string =>
  of.before === null ? '' : `; ${changeText(of, show)}`;
