import { isAnyTagged, readTags } from '../collect/list-dags.ts';
import type { Embedder } from '../llm/embedder.ts';
import { middleCut } from '../logs/excerpt.ts';
import type { Tx } from '../store/store.ts';
import { readVectors, type Meant, type WaitingCluster } from './keep-vectors.ts';
import { meanTheSame } from './near.ts';
import type { ToldError } from './told-error.ts';
import { cosine } from './vector.ts';

/** Who makes vectors of errors, and what is made of them. */
export interface Meaning {
  embedder: Embedder;
  /** Errors of one class are one when the cosine of their vectors is at least this. */
  similarity: number;
  /** What was met in DAGs with one of these tags goes to local models only. */
  localOnlyTags: readonly string[];
}

const textMax = 1000;

/** All that is sent of an error: its class, and the first line of its message with masks in place of values. */
export const textOf = ({ type, template }: Pick<ToldError, 'type' | 'template'>): string =>
  middleCut(`${type}: ${template}`, textMax);

/** Of clusters, those whose errors may be sent: of a DAG that nobody knows, or of none, it is not known what tags it has. */
export async function mayBeSent(
  tx: Tx,
  airflow: string,
  clusters: readonly WaitingCluster[],
  { embedder, localOnlyTags }: Meaning,
): Promise<WaitingCluster[]> {
  if (embedder.local || localOnlyTags.length === 0) return [...clusters];
  const tags = await readTags(tx, airflow, [...new Set(clusters.flatMap(({ dagIds }) => dagIds))]);
  const mayLeave = (dagId: string): boolean => tags.get(dagId)?.every((tag) => !localOnlyTags.includes(tag)) ?? false;
  return clusters.filter(({ dagIds, placed }) => placed && dagIds.every((dagId) => mayLeave(dagId)));
}

export type WithVector = Meant & { vector: ArrayLike<number> };

/**
 * Pairs of errors that mean the same: those of `fresh` among each other, and with `known`. Which pairs, and in which order, depends on the
 * vectors alone.
 */
export function pairsOf(fresh: readonly WithVector[], known: readonly WithVector[], at: number): [string, string][] {
  const pairs = new Map<string, [string, string]>();
  for (const one of fresh)
    for (const other of [...fresh, ...known]) {
      if (one.fingerprint === other.fingerprint || one.type !== other.type) continue;
      if (!meanTheSame(one, other, { similarity: cosine(one.vector, other.vector), at })) continue;
      const [a, b] = one.fingerprint < other.fingerprint ? [one, other] : [other, one];
      pairs.set(`${a.fingerprint} ${b.fingerprint}`, [a.fingerprint, b.fingerprint]);
    }
  return [...pairs].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, pair]) => pair);
}

/** How near an error is that words do not tell of: from half, at the threshold, to 0.7, where words alone would do. */
const nearMin = 0.5;
const nearMax = 0.7;
export const similarityOf = (found: number, at: number): number =>
  at >= 1 ? nearMax : nearMin + ((nearMax - nearMin) * (found - at)) / (1 - at);

/** Who asks waits for it. */
const deadlineMs = 5000;

/** Clusters that an error is like by what it means, with how near it is; none when nobody can say now, or may be asked. Never throws for want of a model. */
export async function clustersByMeaning(
  tx: Tx,
  airflow: string,
  error: ToldError,
  meaning: Meaning,
): Promise<Map<string, number>> {
  const { embedder, similarity: at } = meaning;
  const nearest = new Map<string, number>();
  // Whose error it is nobody knows: where any DAG's stay at home, so does this one.
  if (!embedder.local && (await isAnyTagged(tx, airflow, meaning.localOnlyTags))) return nearest;
  const answer = await embedder.embed([textOf(error)], deadlineMs);
  const vector = answer.kind === 'vectors' ? answer.vectors[0] : undefined;
  if (vector === undefined) return nearest;
  for await (const page of readVectors(tx, airflow, { space: embedder.space, types: [error.type] }))
    for (const known of page) {
      const found = cosine(vector, known.vector);
      if (!meanTheSame(error, known, { similarity: found, at })) continue;
      nearest.set(known.clusterId, Math.max(nearest.get(known.clusterId) ?? 0, similarityOf(found, at)));
    }
  return nearest;
}
