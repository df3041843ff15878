import type { Incident } from '../incident/incident.ts';
import type { LogBaseline } from '../logs/baseline.ts';
import type { Circumstances } from './evidence/circumstances.ts';
import { tellEvidence } from './evidence/gather.ts';
import { explainByRules } from './rules/explain-by-rules.ts';
import type { Evidence, Explanation } from './explanation.ts';
import { explainFinding } from './explain-finding.ts';
import { adjustByCircumstances, tryFactsOf } from './kinds/task-failed.ts';
import type { TryLog } from './log/read-try-log.ts';
import { reduceLines, reduceMissing } from './log/reduce-log.ts';
import type { KeptLog } from './log/reduced-log.ts';
import type { Rule } from './rules/rule.ts';

/** Result A of a failure of a task, with what it rests on. */
export interface FailureExplained {
  log: KeptLog;
  evidence: Evidence[];
  result: Explanation;
}

/**
 * Why a try failed, by its log and what is known round it. Pure; of a log of 5 MB within some 200 ms. A log that is missing leaves what
 * the rows say, and says something itself.
 */
export function explainFailure(
  log: TryLog,
  incident: Incident,
  circumstances: Circumstances,
  { rules, baseline }: { rules: readonly Rule[]; baseline?: LogBaseline | undefined },
): FailureExplained {
  const facts = tryFactsOf(circumstances) ?? undefined;
  const operator = facts?.operator ?? incident.latest.carried.operator ?? '';
  if (!log.found) {
    const missing = reduceMissing(log, operator);
    const byRules = explainByRules({ log: missing, facts, own: rules });
    const byRows = explainFinding(incident, circumstances);
    const result = byRows.confidence > byRules.confidence ? byRows : adjustByCircumstances(byRules, incident, circumstances);
    return { log: missing, evidence: withLog(circumstances, { id: 'E2', text: `there is no log: ${log.reason}` }), result };
  }
  const reduction = reduceLines(log.lines, { place: log.place, operator, baseline, redactions: () => log.redactions });
  const byRules = explainByRules({ log: reduction, facts, own: rules });
  const kept = reduction.log;
  const held: Evidence[] = kept.baselineRuns === 0 ? [] : [{ id: 'E4', text: heldAgainst(kept) }];
  return {
    log: kept,
    evidence: withLog(circumstances, ...held),
    result: adjustByCircumstances(byRules, incident, circumstances),
  };
}

function heldAgainst({ summary, missing }: Extract<KeptLog, { found: true }>): string {
  const gone = missing.slice(0, 3).map((template) => `"${template.slice(0, 80)}"`);
  return gone.length === 0 ? summary : `${summary}; every success says ${gone.join(' and ')}, this log does not`;
}

const number = ({ id }: Evidence): number => Number(id.slice(1));

/** All that is known, in the order of its ids. */
const withLog = (circumstances: Circumstances, ...more: Evidence[]): Evidence[] =>
  [...tellEvidence(circumstances), ...more].toSorted((a, b) => number(a) - number(b));
