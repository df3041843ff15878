import { z } from 'zod';
import type { Tx } from '../store/store.ts';
import { certaintyOf, type Category, type Certainty, type Explanation } from './explanation.ts';
import type { KeptExplanation } from './rows.ts';

/** An explanation in short: for lists and alerts. */
export interface ShortCause {
  category: Category;
  subcategory: string;
  cause: string;
  certainty: Certainty;
  source: Explanation['source'];
  /** What shows it, with where it stands: `L118: OSError: …`; null: nothing that was verified. */
  proof: string | null;
  nextStep: string | null;
  /** Who is affected; null: nobody, as far as is known. */
  impact: string | null;
  /** When it was first explained. */
  madeAt: Date;
}

/** The explanation that is shown: what a model said, if it was verified, else what the rules said. The other one stands beside it. */
export function shownOf({ resultA, resultB, outcome }: Pick<KeptExplanation, 'resultA' | 'resultB' | 'outcome'>): {
  shown: Explanation;
  other: Explanation | null;
} {
  const isVerified = outcome === 'llm' || outcome === 'cache';
  return resultB !== null && isVerified ? { shown: resultB, other: resultA } : { shown: resultA, other: resultB };
}

const known = z.object({ known: z.object({ runbook: z.string() }) });

/** What the configuration says to read about it; null: nothing. */
export function runbookOf({ circumstances }: Pick<KeptExplanation, 'circumstances'>): string | null {
  const parsed = known.safeParse(circumstances);
  return parsed.success ? parsed.data.known.runbook : null;
}

/** An explanation in short. Pure. */
export function shortOf(explanation: Explanation, { impact, madeAt }: Pick<ShortCause, 'impact' | 'madeAt'>): ShortCause {
  const { category, subcategory, rootCause, confidence, source, evidence, nextSteps } = explanation;
  const proof = evidence.find(({ verified }) => verified);
  return {
    category,
    subcategory,
    cause: rootCause,
    certainty: certaintyOf(confidence),
    source,
    proof: proof === undefined ? null : `${proof.ref}: ${proof.quote}`,
    nextStep: nextSteps[0] ?? null,
    impact,
    madeAt,
  };
}

interface Row extends Pick<KeptExplanation, 'incidentId' | 'madeAt' | 'resultA' | 'resultB' | 'outcome'> {
  impact: string | null;
}

/** What explains these incidents, by id: of each its newest occurrence that is explained. Reads no logs. */
export async function loadCauses(tx: Tx, airflow: string, incidentIds: readonly string[]): Promise<Map<string, ShortCause>> {
  if (incidentIds.length === 0) return new Map();
  const rows = await tx.query<Row>(
    `SELECT DISTINCT ON (incident_id) incident_id AS "incidentId", made_at AS "madeAt", result_a AS "resultA", result_b AS "resultB", outcome,
       jsonb_path_query_first(evidence, '$[*] ? (@.id == "E10").text') #>> '{}' AS impact
     FROM explanation WHERE airflow = $1 AND incident_id = ANY($2) ORDER BY incident_id, made_at DESC, event`,
    [airflow, incidentIds],
  );
  return new Map(rows.map((row) => [row.incidentId, shortOf(shownOf(row).shown, row)]));
}
