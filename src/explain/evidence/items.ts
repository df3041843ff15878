import type { PartName } from './circumstances.ts';
import type { Item } from './item.ts';
import { attempt } from './items/attempt.ts';
import { changes } from './items/changes.ts';
import { earlierTries } from './items/earlier-tries.ts';
import { history } from './items/history.ts';
import { impact } from './items/impact.ts';
import { known } from './items/known.ts';
import { neighbours } from './items/neighbours.ts';
import { platform } from './items/platform.ts';
import { posted } from './items/posted.ts';
import { run } from './items/run.ts';

/** Every item of evidence, in the order in which it is told. */
export const items: { [Name in PartName]: Item<Name> } = {
  attempt,
  earlierTries,
  history,
  run,
  neighbours,
  changes,
  platform,
  impact,
  known,
  posted,
};
