import type { Redactor } from '../redact/redactor.ts';
import type { Tx } from '../store/store.ts';
import { advise, type Advice, type Match } from './advise.ts';
import type { ClusterCause } from './cluster.ts';
import { environmentOf, type GivenEnvironment } from './environment.ts';
import { readAnalysis } from './found.ts';
import { clustersByMeaning, type Meaning } from './meaning.ts';
import { jaccard, nearAt, sizesNear } from './near.ts';
import { readFacts } from './read-trials.ts';
import { toldError, type GivenError, type ToldError } from './told-error.ts';

/** With fewer words in common an error is another. */
const alikeAt = 0.5;
const matchesMax = 5;

export interface SuggestRequest {
  error: GivenError;
  /** Of who asks: hash, or the environment itself. */
  environment: string | GivenEnvironment | null;
  host: string | null;
  /** Takes the patterns of all clusters that the error is like, instead of the nearest one's. */
  multiple: boolean;
}

/** What to look at for an error: the cluster that it is nearest to, and the configurations that go with it. Keeps nothing. `meaning` absent: only words tell. */
export async function suggest(
  tx: Tx,
  airflow: string,
  { error, environment, host, multiple }: SuggestRequest,
  redactor: Redactor,
  meaning?: Meaning,
): Promise<Advice> {
  const told = toldError(error, redactor);
  const nearest = await clustersByWords(tx, airflow, told);
  // A second opinion, where words do not tell.
  if (meaning !== undefined && Math.max(0, ...nearest.values()) < nearAt)
    for (const [id, similarity] of await clustersByMeaning(tx, airflow, told, meaning))
      nearest.set(id, Math.max(similarity, nearest.get(id) ?? 0));
  const matches = await matchesOf(tx, airflow, nearest);
  const analysis = await readAnalysis(tx, airflow);
  const facts = {
    ...(environment === null ? {} : await factsOf(tx, airflow, environment, redactor)),
    ...(host === null ? {} : { host }),
  };
  return advise(matches.slice(0, multiple ? matchesMax : 1), analysis?.patterns ?? [], facts);
}

async function factsOf(
  tx: Tx,
  airflow: string,
  environment: string | GivenEnvironment,
  redactor: Redactor,
): Promise<Readonly<Record<string, string>>> {
  if (typeof environment !== 'string') return environmentOf(environment, redactor).facts;
  return (await readFacts(tx, airflow, [environment])).get(environment) ?? {};
}

/** Clusters that an error is like, with the share of words in common; 1 where the fingerprint is the same. */
async function clustersByWords(tx: Tx, airflow: string, error: ToldError): Promise<Map<string, number>> {
  const rows = await tx.query<{ id: string; fingerprint: string; tokens: string[] }>(
    `SELECT cluster_id AS id, fingerprint, tokens FROM error_member
     WHERE airflow = $1 AND (cardinality(tokens) BETWEEN $2 AND $3 OR fingerprint = $4)`,
    [airflow, ...sizesNear(error.tokens.length, alikeAt), error.fingerprint],
  );
  const nearest = new Map<string, number>();
  for (const { id, fingerprint, tokens } of rows) {
    const similarity = fingerprint === error.fingerprint ? 1 : jaccard(tokens, error.tokens);
    if (similarity >= alikeAt && similarity > (nearest.get(id) ?? 0)) nearest.set(id, similarity);
  }
  return nearest;
}

/** Clusters with how near they are, nearest first; of equals the one met more often. */
async function matchesOf(tx: Tx, airflow: string, nearest: ReadonlyMap<string, number>): Promise<Match[]> {
  const clusters = await tx.query<{ id: string; type: string; count: number; cause: ClusterCause | null }>(
    'SELECT id, type, count, cause FROM error_cluster WHERE airflow = $1 AND id = ANY($2::text[])',
    [airflow, [...nearest.keys()]],
  );
  return clusters
    .map((cluster) => ({ ...cluster, similarity: nearest.get(cluster.id) ?? 0 }))
    .sort((a, b) => b.similarity - a.similarity || b.count - a.count || (a.id < b.id ? -1 : 1));
}
