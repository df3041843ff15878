import { loadNewest, readVersions } from '../../explain/newest.ts';
import { listEndings, readProgress } from '../../incident/list-told.ts';
import { readIncidents } from '../../incident/occurrences.ts';
import type { Tx } from '../../store/store.ts';
import { storyOf, type IncidentStory, type StoryPlaces } from './story.ts';

/** How far an incident has come: a message that says this state needs no edit. */
export interface Progress {
  version: string;
  lastEvent: number;
  resolvedAt: Date | null;
}

/** How far these incidents have come, by id: a few index look-ups, no story is read. */
export async function loadProgress(tx: Tx, airflow: string, ids: readonly string[]): Promise<Map<string, Progress>> {
  const progress = await readProgress(tx, airflow, ids);
  const explained = await readVersions(tx, airflow, ids);
  return new Map(
    [...progress].map(([id, { lastEvent, members, resolvedAt }]) => [
      id,
      { version: `${lastEvent} ${members} ${explained.get(id) ?? ''}`, lastEvent, resolvedAt },
    ]),
  );
}

/** What is known of these incidents, by id, in five statements however many they are. */
export async function loadStories(
  tx: Tx,
  airflow: string,
  ids: readonly string[],
  places: StoryPlaces,
): Promise<Map<string, IncidentStory>> {
  if (ids.length === 0) return new Map();
  const progress = await readProgress(tx, airflow, ids);
  const explanations = await loadNewest(tx, airflow, ids);
  const endings = await listEndings(tx, airflow, ids);
  const incidents = await readIncidents(tx, airflow, ids);
  return new Map(
    incidents.map((incident) => {
      const ending = endings.get(incident.id);
      const story = storyOf(
        {
          incident,
          explanation: explanations.get(incident.id),
          consequences: progress.get(incident.id)?.members ?? 0,
          events: ending === undefined ? [] : [ending],
        },
        places,
      );
      return [incident.id, story];
    }),
  );
}
