import type { Incident } from '../../incident/incident.ts';
import { binomialUpperTail } from '../../stats/discrete.ts';
import type { ShortCause } from '../causes.ts';
import type { Common } from './surroundings.ts';
import type { Seen } from './scene.ts';

/** So many failures at least, and more than half of them, share it. */
const sharedMin = 3;
/** What chance brings more often than this says nothing of a host. */
const hostAlpha = 0.05;
/** A host, a pool or an operator must be that of nearly all: what fails elsewhere too has another cause. */
const nearlyAll = 0.8;
/** Most tasks are of these: that the failed ones are says nothing. */
const usualOperators = /^(?:_?Python|Bash|Empty|@task)/;

/** The hosts that tasks run on, as far as they show now. */
export function hostsOf(incidents: readonly Incident[], seen: Pick<Seen, 'unfinished'> | null): Set<string> {
  const hosts = [
    ...incidents.map(({ latest }) => latest.carried.host),
    ...(seen?.unfinished?.tasks ?? []).map(({ hostname }) => hostname),
  ];
  return new Set(hosts.flatMap((host) => (host === null || host === '' ? [] : [host])));
}

type Tie = readonly [
  what: Common['what'],
  of: (each: Incident) => string | null,
  isTelling: (count: number, of: number, value: string) => boolean,
];

/** `dependency_failure/connection_refused`; null: not explained, or not known. */
const causeName = (cause: Pick<ShortCause, 'category' | 'subcategory'> | undefined): string | null =>
  cause === undefined || cause.category === 'unknown'
    ? null
    : [cause.category, cause.subcategory].filter((part) => part !== '').join('/');

/**
 * What failures have in common, beyond what chance brings: the error itself first, then what each was explained by; a host when that many on one of so many hosts
 * are unlikely (binomial), a pool or an operator when it is that of nearly all, and not everybody's.
 */
export function commonOf(
  incidents: readonly Incident[],
  hosts: ReadonlySet<string>,
  causes: ReadonlyMap<string, Pick<ShortCause, 'category' | 'subcategory'>>,
): Common | null {
  const failures = incidents.filter(({ kind }) => kind === 'task_failed');
  const ties: readonly Tie[] = [
    ['signature', ({ signature }) => signature, () => true],
    ['cause', ({ id }) => causeName(causes.get(id)), () => true],
    [
      'host',
      ({ latest }) => latest.carried.host,
      (count, of) =>
        hosts.size > 1 && count >= nearlyAll * of && hosts.size * binomialUpperTail(count, of, 1 / hosts.size) <= hostAlpha,
    ],
    ['pool', ({ latest }) => latest.carried.pool, (count, of, pool) => pool !== 'default_pool' && count >= nearlyAll * of],
    [
      'operator',
      ({ latest }) => latest.carried.operator,
      (count, of, operator) => !usualOperators.test(operator) && count >= nearlyAll * of,
    ],
  ];
  for (const [what, valueOf, isTelling] of ties) {
    const [value, group] = largest(failures, valueOf);
    if (group >= sharedMin && 2 * group > failures.length && isTelling(group, failures.length, value))
      return { what, value, count: group, of: failures.length };
  }
  return null;
}

function largest(failures: readonly Incident[], valueOf: Tie[1]): [value: string, count: number] {
  let most: [string, number] = ['', 0];
  for (const [value, group] of Map.groupBy(failures, valueOf))
    if (value !== null && value !== '' && group.length > most[1]) most = [value, group.length];
  return most;
}
