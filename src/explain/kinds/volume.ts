import { counted, some, versionText } from '../evidence/words.ts';
import type { Explanation } from '../explanation.ts';
import { conclude, nameOf, weights, type Case, type Cause, type Suspect } from './case.ts';
import { partOfAnother, schedulerDown } from './late.ts';
import { explainSlow } from './slow.ts';

/** A task breaks the profile of its hours or days, has more or fewer mapped instances, or a DAG runs more or less often than usual. */
export function explainPattern(each: Case): Explanation {
  const unit = each.finding.observed?.unit;
  if (unit === 'runs') return conclude(each, [triggered, schedulerDown, partOfAnother], volume(each));
  return unit === 'tasks' ? conclude(each, [newCode, upstreamTrouble], mapped(each)) : explainSlow(each);
}

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

const mappedText = ({ incident, finding: { observed, expected } }: Case): string =>
  `${nameOf(incident)} had ${counted(observed?.value ?? 0, 'mapped instance')}, usually about ${Math.round(expected?.middle ?? 0)}`;

const newCode: Suspect = (each) => {
  const version = each.circumstances.changes?.version;
  if (version == null || !version.changed || version.now === null) return null;
  return {
    category: 'unknown',
    subcategory: 'new_code',
    sentence: `${mappedText(each)}, with ${versionText(version.now)} of the code`,
    shownBy: [['E8', /code changed/]],
    steps: [`See in ${versionText(version.now)} what changed of the items that it maps over`],
    transient: 'no',
    weight: weights.likely,
  };
};

/** What makes its items did not go well. */
const upstreamTrouble: Suspect = (each) => {
  const { run } = each.circumstances;
  const troubled = run?.upstream.find(({ state, taskId }) => run.above.includes(taskId) && state !== 'success');
  if (troubled === undefined) return null;
  return {
    category: 'upstream_late',
    subcategory: 'upstream_task',
    sentence: `${mappedText(each)}: ${troubled.taskId} before it is ${troubled.state}`,
    shownBy: [['E6', /^upstream/]],
    steps: [`Mend ${troubled.taskId} first`],
    transient: 'unclear',
    weight: weights.compared,
  };
};

function mapped(each: Case): Cause {
  const more = isMore(each);
  const above = each.circumstances.run?.above ?? [];
  const by = above.length === 0 ? 'what makes its items' : some(above);
  return {
    category: more ? 'more_input' : 'data_quality',
    subcategory: more ? 'more_instances' : 'fewer_instances',
    sentence: `${mappedText(each)}: ${by} gave it ${more ? 'more' : 'fewer'} items`,
    shownBy: [
      ['E6', /mapped instance/],
      ['E5', /mapped instances/],
    ],
    steps: [
      more ? `See why ${by} found more this time` : `Check that the input of ${by} was there, and complete`,
      ...(more ? ['Raise the pool or the concurrency if more is the new normal'] : []),
    ],
    transient: 'unclear',
    weight: weights.likely,
  };
}
