import { clockTime } from '../evidence/words.ts';
import { metricText, nowText, partText, usualText, valueText } from '../evidence/items/posted.ts';
import type { Posted } from '../evidence/circumstances.ts';
import { nameOf, weights, type Case, type Cause, type Suspect } from './case.ts';

// Why a posted metric breaks its promise, by what was posted.

/** So many values that break it say more than one that may be chance. */
const fewValues = 3;
/** A change of the number of values that is worth saying. */
const countRatio = 2;
const countChange = 5;

/** `llm_latency (p95 over 15m) is 4.2s, usually 1.1s`. */
const nowAndUsual = (part: Posted): string =>
  `${metricText(part)} is ${nowText(part)}${part.usual === null ? '' : `, ${usualText(part)}`}`;

/** One value of one label has most of what is bad. */
const onePart: Suspect = ({ circumstances: { posted } }) => {
  if (posted?.part == null) return null;
  const { part } = posted;
  const many = part.by !== 'beyond' || part.badTotal >= fewValues;
  return {
    category: 'dependency_failure',
    subcategory: 'one_part',
    sentence: `${partText(posted)}: ${nowAndUsual(posted)}`,
    shownBy: [
      ['E12', /^\S+ "/],
      ['E12', /promised/],
      ['E12', /^usually/],
    ],
    steps: [
      `Look at what is different about ${part.label} ${shorter(part.value)}`,
      'Compare it with those that keep the promise',
    ],
    transient: 'unclear',
    weight: many ? weights.compared : weights.likely,
  };
};

const shorter = (value: string): string => (value.length <= 60 ? value : `${value.slice(0, 59)}…`);

/** Much more was posted than usual, or much less. */
const otherCount: Suspect = ({ circumstances: { posted } }) => {
  const count = posted?.count;
  if (posted === undefined || count == null || count.usual === null) return null;
  if (Math.abs(count.now - count.usual) < countChange) return null;
  const more = count.now >= countRatio * count.usual;
  const fewer = count.now * countRatio <= count.usual;
  if (!more && !fewer) return null;
  return {
    category: more ? 'more_input' : 'upstream_late',
    subcategory: more ? 'more_values' : 'fewer_values',
    sentence: `${count.now} values were posted in the time, usually ${Number(count.usual.toPrecision(3))}, and ${nowAndUsual(posted)}`,
    shownBy: [
      ['E12', /^\d+ values?/],
      ['E12', /promised/],
    ],
    steps: [
      more ? 'See who posts more than usual, and whether there is more to do' : 'See whether all that post values still run',
      'See whether the promise still fits, if that is the new normal',
    ],
    transient: 'unclear',
    // A sum grows and falls with its values.
    weight: posted.statistic === 'sum' ? weights.compared : weights.likely,
  };
};

/** Its usual level does not keep the promise either. */
const tooTight: Suspect = ({ circumstances: { posted } }) => {
  if (posted?.usual == null || posted.usual.good) return null;
  return {
    category: 'configuration_error',
    subcategory: 'usual_level',
    sentence: `${metricText(posted)} is usually ${valueText(posted, posted.usual.median)}, which breaks ${posted.promised} too`,
    shownBy: [
      ['E12', /^usually/],
      ['E12', /promised/],
    ],
    steps: ['Choose a threshold that its usual level keeps, or bring that level down'],
    transient: 'no',
    weight: weights.likely,
  };
};

export const postedSuspects: readonly Suspect[] = [onePart, tooTight, otherCount];

/** What there is to say where nothing differs; null: it is about no posted metric. */
export function byPosted(each: Case): Cause | null {
  const { posted } = each.circumstances;
  if (posted === undefined) return null;
  return {
    category: 'unknown',
    subcategory: 'level_changed',
    sentence: `${nameOf(each.incident)} is broken since ${clockTime(posted.since, each.at)}: ${nowAndUsual(posted)}, promised is ${posted.promised}, and no label tells why`,
    shownBy: [
      ['E12', /promised/],
      ['E12', /^usually/],
      ['E12', /^newest/],
    ],
    steps: [
      'Look at what posts these values, and at what changed there at the time',
      'Post it with labels that tell apart what it is made of: model, host, source',
    ],
    transient: 'unclear',
    weight: posted.usual === null ? weights.guess : weights.weak,
  };
}
