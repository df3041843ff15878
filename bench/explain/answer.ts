import { explainByRules } from '../../src/explain/rules/explain-by-rules.ts';
import type { Explanation, TryFacts } from '../../src/explain/explanation.ts';
import { reduceLines, reduceMissing, type Reduction } from '../../src/explain/log/reduce-log.ts';
import type { NoReducedLog } from '../../src/explain/log/reduced-log.ts';
import { learnBaseline } from '../../src/logs/baseline.ts';
import { parseLog } from '../../src/logs/parse-log.ts';
import { createRedactor } from '../../src/redact/redactor.ts';
import type { Failure } from '../../test/airflow/failures/load.ts';

/** A failure of the set with what was answered, and how long it took from its lines to the answer. */
export interface Answered {
  failure: Failure;
  log: Reduction | NoReducedLog;
  explanation: Explanation;
  ms: number;
}

function factsOf({ operator, facts }: Failure): TryFacts {
  return { ...facts, operator, host: null };
}

/** Result A as a leader gets it: redaction, reduction, rules. Baselines are learned before, when a task has succeeded. */
export function answerByRules(failure: Failure): Answered {
  const { log: text, operator, baselineLogs } = failure;
  const facts = factsOf(failure);
  const baseline =
    baselineLogs.length === 0 ? undefined : learnBaseline(baselineLogs.map((each) => [...parseLog(redacted(each))]));
  const lines = text?.split('\n');
  const start = performance.now();
  const redactor = createRedactor();
  const redact = redactor.log();
  const log =
    lines === undefined
      ? reduceMissing({ why: 'not_there', reason: 'there is no log' }, operator)
      : reduceLines(lines.map(redact), { place: failure.id, operator, baseline, redactions: () => redactor.counts() });
  const explanation = explainByRules({ log, facts });
  return { failure, log, explanation, ms: performance.now() - start };
}

function redacted(text: string): string[] {
  const redact = createRedactor().log();
  return text.split('\n').map(redact);
}
