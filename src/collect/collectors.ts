import type { Collector } from './collector.ts';
import { activity } from './collectors/activity.ts';
import { assets } from './collectors/assets.ts';
import { components } from './collectors/components.ts';
import { dags } from './collectors/dags.ts';
import { deadlines } from './collectors/deadlines.ts';
import { importErrors } from './collectors/import-errors.ts';
import { pools } from './collectors/pools.ts';
import { slaMisses } from './collectors/sla-misses.ts';
import { unfinished } from './collectors/unfinished.ts';

/** Every collector, by the name that `windsock_collect_success{collector}` shows. */
export const collectors = {
  activity,
  unfinished,
  components,
  pools,
  import_errors: importErrors,
  dags,
  deadlines,
  sla_misses: slaMisses,
  assets,
} satisfies Record<string, Collector>;
