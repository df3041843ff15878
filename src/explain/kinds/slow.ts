import type { Explanation } from '../explanation.ts';
import { clockTime, hostName, spell, versionText } from '../evidence/words.ts';
import { conclude, nameOf, weights, type Case, type Cause, type Suspect } from './case.ts';
import { delaySuspects } from './delays.ts';
import { nothingDiffers } from './slow-around.ts';
import { timesOf } from './took.ts';

/** A try took longer than usual, or runs longer; or, where the low side is on, less than usual. */
export function explainSlow(each: Case): Explanation {
  const times = timesOf(each);
  if (times !== null && times.seconds < times.usualSeconds) return conclude(each, [newVersionFaster], tooFast(each));
  return conclude(each, delaySuspects, nothingDiffers(each));
}

const newVersionFaster: Suspect = (each) => {
  const version = each.circumstances.changes?.version;
  const times = timesOf(each);
  if (version == null || !version.changed || version.now === null || times === null) return null;
  return {
    category: 'unknown',
    subcategory: 'new_code',
    sentence: `${nameOf(each.incident)} took only ${spell(times.seconds)}, usually ${spell(times.usualSeconds)}, with ${versionText(version.now)} of the code: it does less, or does it faster`,
    shownBy: [
      ['E8', /code changed/],
      ['E5', /median/],
    ],
    steps: ['Check that its result is complete', `See in ${versionText(version.now)} what was left out`],
    transient: 'no',
    weight: weights.likely,
  };
};

function tooFast(each: Case): Cause {
  const times = timesOf(each);
  const text =
    times === null ? 'was faster than usual' : `took only ${spell(times.seconds)}, usually ${spell(times.usualSeconds)}`;
  return {
    category: 'data_quality',
    subcategory: 'less_input',
    sentence: `${nameOf(each.incident)} ${text}: it may have found little or nothing to process`,
    shownBy: [
      ['E1', /ran for/],
      ['E5', /median/],
    ],
    steps: ['Check that its input was there, and complete', 'Compare the rows it wrote with those of the last run'],
    transient: 'unclear',
    weight: weights.possible,
  };
}

/** Durations drift, or have a new level. */
export const explainTrend = (each: Case): Explanation => conclude(each, [versionAtShift, newHosts], drift(each));

/** A version may be this much older than the first run that shows it: a daily run has to come first. */
const deployedBeforeMs = 36 * 3_600_000;

/** When the new level began; null: it is a drift. */
function shiftAt({ finding: { event } }: Case): number | null {
  const ms = /^since:(-?\d+):level$/.exec(event)?.[1];
  return ms === undefined ? null : Number(ms);
}

const levelText = ({ finding: { observed, expected }, incident }: Case): string =>
  observed?.unit === 'seconds' && expected !== null
    ? `${nameOf(incident)} takes ${spell(observed.value)}, before it was ${spell(expected.middle)}`
    : `the durations of ${nameOf(incident)} changed`;

const isSlower = ({ finding: { observed, expected } }: Case): boolean => (observed?.value ?? 0) > (expected?.middle ?? 0);

const versionAtShift: Suspect = (each) => {
  const at = shiftAt(each);
  if (at === null) return null;
  // The shift is dated by the end of the first run of the new level.
  const version = each.circumstances.changes?.versions.find(({ createdAt }) => {
    const beforeMs = at - Date.parse(createdAt);
    return beforeMs >= 0 && beforeMs <= deployedBeforeMs;
  });
  if (version === undefined) return null;
  const name = version.number === null ? 'the DAG file' : versionText({ ...version, hash: null });
  return {
    category: isSlower(each) ? 'slower_code' : 'unknown',
    subcategory: 'new_code',
    sentence: `${levelText(each)}, since ${clockTime(new Date(at).toISOString(), each.at)}: ${name} was ${version.number === null ? 'written' : 'deployed'} ${clockTime(version.createdAt, each.at)}, just before`,
    shownBy: [
      ['E8', /versions of the DAG|code/],
      ['E5', /by code|median/],
    ],
    steps: [`Compare ${name} with the one before for what this task does`, 'Accept the new level if it is meant to be'],
    transient: 'no',
    weight: weights.compared - 0.05,
  };
};

const newHosts: Suspect = (each) => {
  const groups = each.circumstances.history?.byHost ?? [];
  const slowest = groups.toSorted((a, b) => b.medianSeconds - a.medianSeconds)[0];
  const fastest = groups.toSorted((a, b) => a.medianSeconds - b.medianSeconds)[0];
  if (slowest === undefined || fastest === undefined || slowest === fastest || slowest.n < 3 || fastest.n < 3) return null;
  if (slowest.medianSeconds < 1.5 * fastest.medianSeconds || !isSlower(each)) return null;
  return {
    category: 'platform',
    subcategory: 'slow_host',
    sentence: `${levelText(each)}: on ${hostName(slowest.name)} it takes ${spell(slowest.medianSeconds)}, on ${hostName(fastest.name)} ${spell(fastest.medianSeconds)}`,
    shownBy: [['E5', /by host/]],
    steps: [`Compare the machines ${hostName(slowest.name)} and ${hostName(fastest.name)}, and since when each takes this task`],
    transient: 'no',
    weight: weights.likely,
  };
};

function drift(each: Case): Cause {
  const { observed, n } = each.finding;
  const at = shiftAt(each);
  if (at !== null)
    return {
      category: 'unknown',
      subcategory: 'new_level',
      sentence: `${levelText(each)}, since ${clockTime(new Date(at).toISOString(), each.at)}, and no change of its code is known from then`,
      shownBy: [['E5', /median/], ['E8']],
      steps: [
        'See what changed that day outside of Airflow: data, database, machines',
        'Accept the new level if it is meant to be',
      ],
      transient: 'no',
      weight: weights.guess,
    };
  const growing = (observed?.value ?? 0) > 0;
  return {
    category: growing ? 'more_input' : 'unknown',
    subcategory: growing ? 'growing_input' : 'shrinking',
    sentence: growing
      ? `${nameOf(each.incident)} has grown slower by ${(observed?.value ?? 0).toPrecision(2)} % a run over ${n} runs: steady growth is mostly input that grows`
      : `${nameOf(each.incident)} has become steadily faster over ${n} runs: it may have less to process`,
    shownBy: [
      ['E5', /median/],
      ['E8', /same code|last success/],
    ],
    steps: growing
      ? [
          'Look at the growth of its input, and whether it reads more than it needs',
          'Work out when it will no longer fit its schedule',
        ]
      : ['Check that its input is complete'],
    transient: 'no',
    weight: weights.possible,
  };
}
