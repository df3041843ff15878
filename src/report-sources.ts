import type { Config } from './config.ts';
import type { ReportSources } from './http/sources.ts';
import { systemClock } from './lib/clock.ts';
import { periodAsked } from './report/period.ts';
import { readReport } from './report/read-report.ts';
import type { Store } from './store/store.ts';

/** Where people reach this Windsock, as far as is known. */
export const publicUrlOf = ({ notify, http }: Pick<Config, 'notify' | 'http'>): string =>
  notify.public_url ?? `http://127.0.0.1:${http.port}/`;

/** Reports out of the store: any replica can tell them. */
export const reportSources = (store: Store, config: () => Config): ReportSources => ({
  base: () => publicUrlOf(config()),
  read(kind, date) {
    const { airflow, report } = config();
    const now = systemClock.now();
    return readReport(store, airflow.name, periodAsked(kind, date, report.time_zone, now), now);
  },
});
