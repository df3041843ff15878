import type { Config } from './config.ts';
import type { PatternSources } from './http/sources.ts';
import { systemClock } from './lib/clock.ts';
import { readAnalysis } from './patterns/found.ts';
import { listClusters, readCluster } from './patterns/list-clusters.ts';
import type { Meaning } from './patterns/meaning.ts';
import { suggest } from './patterns/suggest.ts';
import { takeBeacon, takeEnvironment } from './patterns/take-beacon.ts';
import { createRedactor } from './redact/redactor.ts';
import type { Store } from './store/store.ts';

/** What workers tell and what failures have in common: any replica takes and shows it. */
export function patternSources(
  store: Store,
  config: () => { airflow: Pick<Config['airflow'], 'name'>; redact: Config['redact'] },
  meaning: () => Meaning | undefined = () => undefined,
): PatternSources {
  const taking = () => {
    const { personal_data: personal, patterns } = config().redact;
    return { redactor: createRedactor({ personal, patterns }), now: systemClock.now() };
  };
  return {
    environment: (given) => takeEnvironment(store, config().airflow.name, given, taking()),
    beacon: (given) => takeBeacon(store, config().airflow.name, given, taking()),
    found: () => readAnalysis(store, config().airflow.name),
    suggest: (request) => suggest(store, config().airflow.name, request, taking().redactor, meaning()),
    clusters: (filter, page) => listClusters(store, config().airflow.name, filter, page),
    cluster: (id) => readCluster(store, config().airflow.name, id),
  };
}
