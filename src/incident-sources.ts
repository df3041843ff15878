import type { IncidentSources } from './http/sources.ts';
import { act } from './incident/act.ts';
import { listIncidents, readIncident } from './incident/list.ts';
import { systemClock } from './lib/clock.ts';
import { readSeenStates } from './notify/rows.ts';
import type { Store } from './store/store.ts';

/** Incidents out of the store: any replica can show them, and take what people do to them. */
export function incidentSources(store: Store, deployment: () => string): IncidentSources {
  return {
    list: (filter, page) => listIncidents(store, deployment(), filter, page),
    read: async (id) => ({
      ...(await readIncident(store, deployment(), id)),
      alerts: await readSeenStates(store, deployment(), id),
    }),
    act: (id, what, who) => act(store, deployment(), id, what, { who, now: systemClock.now() }),
  };
}
