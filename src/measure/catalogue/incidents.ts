import { gauge, histogram, info, own } from '../define.ts';

/** From a minute to a week: how soon people take up what they are told. */
const handlingBounds = [60, 300, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400, 259_200, 604_800] as const;

/** Incidents: values of each cycle from Windsock's own store, equal on every replica. */
export const incidentFamilies = {
  incidents: gauge(
    'windsock_incidents',
    ['state', 'severity', 'kind'],
    'Incidents that are open or acknowledged, 0 for every combination that has none; members of another incident are not counted.',
    own,
  ),
  incidentInfo: info(
    'windsock_incident_info',
    ['id', 'kind', 'severity', 'state', 'dag_id', 'task_id', 'subject'],
    'Incidents that are open or acknowledged, the worst 500 of them; members of another incident are left out.',
    own,
  ),
  incidentTimeToAcknowledge: histogram(
    'windsock_incident_time_to_acknowledge_seconds',
    ['severity'],
    handlingBounds,
    'From the opening of incidents until a person first acknowledged them.',
    own,
  ),
  incidentTimeToResolve: histogram(
    'windsock_incident_time_to_resolve_seconds',
    ['severity'],
    handlingBounds,
    'From the opening of incidents until they were resolved, whatever resolved them.',
    own,
  ),
} as const;
