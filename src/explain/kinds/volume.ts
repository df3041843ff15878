import { some } from '../evidence/words.ts';
import type { Explanation } from '../explanation.ts';
import { conclude, nameOf, weights, type Case, type Cause, type Suspect } from './case.ts';
import { partOfAnother, schedulerDown } from './late.ts';
import { explainSlow } from './slow.ts';

/** A task breaks the profile of its hours or days, or a DAG runs more or less often than usual. */
export const explainPattern = (each: Case): Explanation =>
  each.finding.observed?.unit === 'runs'
    ? conclude(each, [triggered, schedulerDown, partOfAnother], volume(each))
    : explainSlow(each);

const isMore = ({ finding: { observed, expected } }: Case): boolean => (observed?.value ?? 0) > (expected?.middle ?? 0);

const volumeText = ({ incident, finding: { observed, expected } }: Case): string =>
  `${nameOf({ subject: incident.subject })} ran ${observed?.value ?? 0} times, usually about ${Math.round(expected?.middle ?? 0)}`;

/** Most of the runs were started by somebody whom the audit log names. */
const triggered: Suspect = (each) => {
  if (!isMore(each)) return null;
  const starts = (each.circumstances.changes?.actions ?? []).filter(({ deed }) => deed === 'trigger' || deed === 'backfill');
  const by = [...Map.groupBy(starts, ({ who }) => who ?? 'somebody')].toSorted(([, a], [, b]) => b.length - a.length);
  const [most] = by;
  if (most === undefined || most[1].length < 3) return null;
  return {
    category: 'more_input',
    subcategory: 'triggered',
    sentence: `${volumeText(each)}: ${some(
      by.map(([who, list]) => `${who} started ${list.length}`),
      2,
    )}`,
    shownBy: [['E8', /triggered|backfill/]],
    steps: [`Ask ${most[0]} whether this was meant`],
    transient: 'unclear',
    weight: weights.compared,
  };
};

function volume(each: Case): Cause {
  const more = isMore(each);
  return {
    category: more ? 'more_input' : 'upstream_late',
    subcategory: more ? 'more_runs' : 'fewer_runs',
    sentence: `${volumeText(each)}: what starts it ${more ? 'does so more often' : 'does so less often'}, and Airflow does not record why`,
    shownBy: [['E5', /succeeded/], ['E8']],
    steps: [
      more
        ? 'See who or what starts these runs, by their run ids'
        : 'See whether what usually starts it (an asset, another DAG, a client) is well',
    ],
    transient: 'unclear',
    weight: weights.guess + 0.05,
  };
}
