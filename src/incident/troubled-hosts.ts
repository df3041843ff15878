import { subjectKey, type Finding } from '../detect/finding.ts';
import { partyOf, type Standing } from './standing.ts';

/** Hosts on which three tasks or more went wrong within the window while none did on another host. */
export function troubledHosts(open: readonly Standing[], findings: readonly Finding[], windowMs: number): ReadonlySet<string> {
  const newestMs = Math.max(0, ...findings.map(({ since }) => since.getTime()));
  const parties = [...open.map(({ party }) => party), ...findings.map((finding) => partyOf(finding, finding.since.getTime()))];
  const byHost = new Map<string, Set<string>>();
  for (const { subject, carried, atMs } of parties) {
    if (carried.host === null || subject.type !== 'task' || Math.abs(newestMs - atMs) > windowMs) continue;
    byHost.set(carried.host, (byHost.get(carried.host) ?? new Set()).add(subjectKey(subject)));
  }
  const [only] = byHost;
  return new Set(byHost.size === 1 && only !== undefined && only[1].size >= 3 ? [only[0]] : []);
}
