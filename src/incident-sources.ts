import type { IncidentSources } from './http/sources.ts';
import { listCalls } from './explain/call/list-calls.ts';
import { loadCauses } from './explain/causes.ts';
import { loadExplanations } from './explain/rows.ts';
import { act } from './incident/act.ts';
import { countMembers, listIncidents, readIncident } from './incident/list.ts';
import { listSimilar } from './incident/occurrences.ts';
import { systemClock } from './lib/clock.ts';
import { readSeenStates } from './notify/rows.ts';
import type { Store } from './store/store.ts';

const similarMax = 10;
const callsMax = 10;

/** Incidents out of the store: any replica can show them, and take what people do to them. */
export function incidentSources(store: Store, deployment: () => string): IncidentSources {
  return {
    list: (filter, page) => listIncidents(store, deployment(), filter, page),
    async read(id) {
      const found = await readIncident(store, deployment(), id);
      const [explanation] = await loadExplanations(store, deployment(), id);
      return {
        ...found,
        explanation,
        alerts: await readSeenStates(store, deployment(), id),
        modelCalls: (await listCalls(store, deployment(), { incidentId: id }, { after: null, limit: callsMax })).items,
        similar: await listSimilar(store, deployment(), found.incident, similarMax),
      };
    },
    causes: (ids) => loadCauses(store, deployment(), ids),
    memberCounts: (ids) => countMembers(store, deployment(), ids),
    act: (id, what, who) => act(store, deployment(), id, what, { who, now: systemClock.now() }),
  };
}
