import type { EarlierTry } from '../circumstances.ts';
import type { Item } from '../item.ts';
import { timeOf } from '../scene.ts';
import { counted, hostName, some, spell } from '../words.ts';

/** E3: earlier tries of the same task in the same run. */
export const earlierTries: Item<'earlierTries'> = {
  id: 'E3',
  async gather(scene) {
    const { taskId, signatures, incident } = scene;
    if (taskId === null) return null;
    const wanted = incident.latest.occasion?.tryNumber ?? Infinity;
    const closed = await scene.closedTries();
    const tries = closed
      .map(({ tryNumber, state, hostname, endDate, durationSeconds }, index): EarlierTry => ({
        // Before 2.10 tries are kept without their number.
        tryNumber: tryNumber ?? index + 1,
        state: state ?? 'failed',
        host: hostname === '' ? null : hostname,
        endedAt: timeOf(endDate),
        durationSeconds,
        signature: signatures.find((each) => each.tryNumber === (tryNumber ?? index + 1))?.signature ?? null,
      }))
      .filter(({ tryNumber }) => (tryNumber ?? 0) < wanted);
    return tries.length === 0 ? null : tries;
  },
  tell(tries) {
    const signatures = new Set(tries.flatMap(({ signature }) => signature ?? []));
    const hosts = [...new Set(tries.flatMap(({ host }) => host ?? []))];
    const each = tries.slice(-5).map(({ tryNumber, state, durationSeconds }) => {
      const after = durationSeconds === null ? '' : ` after ${spell(durationSeconds)}`;
      return `try ${tryNumber} ${state}${after}`;
    });
    return [
      `${counted(tries.length, 'earlier try').replace('trys', 'tries')}: ${some(each, 5)}`,
      ...(hosts.length === 0 ? [] : [`on ${some(hosts.map(hostName))}`]),
      ...(signatures.size === 0 ? [] : [signatures.size === 1 ? 'all known ones with the same error' : 'with different errors']),
    ];
  },
};
