import type { Tx } from '../../store/store.ts';
import type { Category } from '../explanation.ts';
import { unsupported } from './identifiers.ts';
import type { ConfirmedExample } from './prompt.ts';
import type { KeptExplanation } from '../rows.ts';
import { showCase } from './shown.ts';
import { capped } from './visible.ts';

const linesMax = 5;
const contextMax = 700;

/** The lines of a failure that tell most, as an example shows them; empty: there are none. */
export function contextOf({ log, evidence }: Pick<KeptExplanation, 'log' | 'evidence'>): string {
  const { lines } = showCase({ type: 'failure', dagId: '', taskId: '', evidence, log, rules: null });
  const telling = lines.filter(({ why }) => why === 'exception' || why === 'failure' || why === 'error');
  const chosen = (telling.length > 0 ? telling : lines).slice(0, linesMax);
  return capped(chosen.map(({ line, text }) => `L${line} ${text}`).join('\n'), contextMax);
}

interface ConfirmedRow {
  dagId: string;
  taskId: string;
  logContext: string;
  category: Category;
  rootCause: string;
  said: { evidence: { ref: string; quote: string }[]; nextSteps: string[]; transient: string; category: Category };
}

/** A right answer to `logContext`, as a model is to give it. */
function exampleOf({ logContext, category, rootCause, said }: ConfirmedRow): ConfirmedExample {
  const evidence = said.evidence
    .filter(({ ref, quote }) => logContext.split('\n').some((line) => line.startsWith(`${ref} `) && line.includes(quote)))
    .slice(0, 2)
    .map(({ ref, quote }) => ({ ref, quote }));
  const own = category === said.category;
  const response = {
    evidence,
    category,
    root_cause: rootCause,
    transient: own ? said.transient : 'unclear',
    next_steps: own ? said.nextSteps.slice(0, 1).filter((step) => unsupported(step, logContext).length === 0) : [],
    alternative: '',
    certainty: 'high',
  };
  return { logContext, response: JSON.stringify(response) };
}

export interface Likeness {
  signature: string;
  errorType: string;
  dagId: string;
  taskId: string;
}

/** The newest confirmed cases like this one, the likest first: the same error, the same exception, the same task. Each with its DAG. */
export async function loadExamples(
  tx: Tx,
  airflow: string,
  { signature, errorType, dagId, taskId }: Likeness,
  limit: number,
): Promise<(ConfirmedExample & { dagId: string })[]> {
  const rows = await tx.query<ConfirmedRow>(
    `SELECT dag_id AS "dagId", task_id AS "taskId", log_context AS "logContext", coalesce(category, said ->> 'category') AS category,
       coalesce(root_cause, said ->> 'rootCause') AS "rootCause", said
     FROM explanation_feedback
     WHERE airflow = $1 AND state = 'confirmed' AND log_context <> ''
       AND (signature = $2 OR (error_type = $3 AND $3 <> '') OR (dag_id = $4 AND task_id = $5))
     ORDER BY signature = $2 DESC NULLS LAST, error_type = $3 DESC, decided_at DESC LIMIT $6`,
    [airflow, signature, errorType, dagId, taskId, limit],
  );
  return rows.map((row) => ({ ...exampleOf(row), dagId: row.dagId }));
}
