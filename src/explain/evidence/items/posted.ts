import { formatDuration } from '../../../lib/durations.ts';
import { lookAtPosted } from '../../../sla/look-at-posted.ts';
import { amount } from '../../../sla/words.ts';
import type { Posted } from '../circumstances.ts';
import type { Item } from '../item.ts';
import { clockTime, counted, quoted } from '../words.ts';

/** E12: of an SLA on a posted metric, what was posted. */
export const posted: Item<'posted'> = {
  id: 'E12',
  async gather({ incident: { subject, latest }, objectives = [], store, deployment, now }) {
    if (subject.type !== 'sla') return null;
    const { since } = latest;
    const found = await lookAtPosted(store, deployment, objectives, subject, { since, now });
    return found === null ? null : { ...found, since: since.toISOString() };
  },
  tell(part, at) {
    const { values, usual, count, overMs, since, lastPostedAtMs } = part;
    const valueAt = ({ atMs, value }: Posted['values'][number]) => `${valueText(part, value)} at ${timeText(atMs, at)}`;
    return [
      `${nowText(part)} by ${metricText(part)}, promised is ${part.promised}`,
      `broken since ${clockTime(since, at)}`,
      ...(usual === null ? [] : [`${usualText(part)}, ${rangeText(part)} in the middle half of ${usual.slices} slices before`]),
      ...(part.part === null ? [] : [partText(part)]),
      ...(count === null
        ? []
        : [
            `${counted(count.now, 'value')} in ${formatDuration(overMs)}${count.usual === null ? '' : `, usually ${Number(count.usual.toPrecision(3))}`}`,
          ]),
      ...(values.length < 2 ? [] : [`newest: ${values.map(valueAt).join(', ')}`]),
      ...(lastPostedAtMs === null ? [] : [`last posted at ${timeText(lastPostedAtMs, at)}`]),
    ];
  },
};

const timeText = (ms: number, near: Date): string => clockTime(new Date(ms).toISOString(), near);

export const valueText = ({ unit }: Posted, value: number): string => amount({ kind: 'custom', unit }, value);

/** What others wrote; a clause holds no semicolon. */
const foreign = (text: string, max: number): string => quoted(text, max).replaceAll(';', ',');

export const metricText = ({ metric }: Posted): string => foreign(metric, 160);

export const nowText = (part: Posted): string => `now ${valueText(part, part.values[0]?.value ?? 0)}`;

export const usualText = (part: Posted): string => (part.usual === null ? '' : `usually ${valueText(part, part.usual.median)}`);

const rangeText = (part: Posted): string =>
  part.usual === null ? '' : `${valueText(part, part.usual.low)} to ${valueText(part, part.usual.high)}`;

/** `model "gpt-4o" has 45 of the 48 values that break it, and 50 of 120 of all`. */
export function partText({ part, unit }: Posted): string {
  if (part === null) return '';
  const shown = (value: number) =>
    part.by === 'sum' || part.by === 'missing' ? amount({ kind: 'custom', unit }, value) : String(Number(value.toPrecision(4)));
  const [bad, all] = [shown(part.bad), shown(part.badTotal)];
  const whose = `${part.label} "${foreign(part.value, 60)}"`;
  const rest = part.of === null || part.ofTotal === null ? '' : ` ${shown(part.of)} of ${shown(part.ofTotal)}`;
  switch (part.by) {
    case 'beyond':
      return `${whose} has ${bad} of the ${all} values that break it${rest === '' ? '' : `, and${rest} of all`}`;
    case 'share':
      return `${whose} has ${bad} of the ${all} that are bad${rest === '' ? '' : `, and${rest} of all`}`;
    case 'missing':
      return `${whose} lacks ${bad} of the ${all} that are missing${rest === '' ? '' : `, usually${rest}`}`;
    case 'sum':
      return `${whose} makes ${bad} of ${all}${rest === '' ? '' : `, usually${rest}`}`;
  }
}
