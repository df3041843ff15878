import type { Shape } from './airflow/probe.ts';
import type { Snapshot } from './collect/snapshot.ts';

/** Clocks that differ by less are no trouble. */
const skewMs = 60_000;

/** What works with less than it could: a line each, with what to do. Pure; `before` is the snapshot of the cycle before, `now` our own clock. */
export function warningsOf(shape: Shape, snapshot: Snapshot, before: Snapshot | null, now: Date): string[] {
  const unknown = shape.unknownRevision
    ? [`Airflow's schema ${shape.revision} is newer than any that Windsock knows; it is read by its columns`]
    : [];
  const denied = shape.denied.map(
    ({ table, columns }) => `may not read ${table} (${columns.join(', ')}); grant it with docs/airflow-role.sql`,
  );
  return [...unknown, ...denied, ...clockWarnings(snapshot, before, now)];
}

function clockWarnings({ at, components = [] }: Snapshot, before: Snapshot | null, now: Date): string[] {
  const ours = at.getTime() - now.getTime();
  const warnings =
    Math.abs(ours) > skewMs
      ? [`the clock of Airflow's database is ${apart(ours)} ours; Windsock goes by the database's, but let NTP set both`]
      : [];
  for (const { component, up, heartbeatAt } of components) {
    if (heartbeatAt === null) continue;
    const theirs = heartbeatAt.getTime() - at.getTime();
    const last = before?.components?.find((other) => other.component === component)?.heartbeatAt ?? heartbeatAt;
    // Old, and yet it beats: its clock is behind, and Airflow's own health page takes it for dead, too.
    const behind = !up && theirs < -skewMs && heartbeatAt > last;
    if (theirs > skewMs || behind)
      warnings.push(`the clock of the ${component} is ${apart(theirs)} that of Airflow's database; let NTP set both`);
  }
  return warnings;
}

// No number, which would make a new warning of the same difference each time it changes.
const apart = (ms: number): string => `more than a minute ${ms > 0 ? 'ahead of' : 'behind'}`;
